export * from './engine-image';
export * from './model-source';
