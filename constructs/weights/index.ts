export * from './model-weights';
export * from './stored-weights';
