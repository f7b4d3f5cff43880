export { EngineImage } from './engine-image';
export * from './engine-metrics';
export { type ModelSource } from './model-source';
