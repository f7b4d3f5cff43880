export * from './bridged-model';
export * from './metric-bridge';
export * from './metric-bridge-chart';
export * from './model-alarms';
export * from './model-metrics';
