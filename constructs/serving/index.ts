export * from './engines';
export * from './inference-engine';
export * from './model-adapter';
export * from './model-chart';
export * from './model-chart-props';
export { type ModelResources } from './model-resources';
export * from './model-service';
export * from './model-timings';
