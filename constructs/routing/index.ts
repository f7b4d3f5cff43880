export * from './endpoint-picker-rbac-chart';
export * from './model-routing';
