export { EngineImage } from './engine-image';
export * from './engine-metrics';
export { type ModelSource } from './model-source';
export * from './context-options';
export * from './model-timings';
