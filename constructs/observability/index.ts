export * from './bridged-model';
export * from './metric-bridge';
export * from './model-alarms';
export * from './model-metrics';
