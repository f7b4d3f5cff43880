export * from './engine-image';
export * from './engine-metrics';
export * from './model-source';
