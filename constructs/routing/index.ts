export * from './endpoint-picker-access-chart';
export * from './model-routing';
