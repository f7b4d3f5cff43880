export * from './engines';
export * from './inference-engine';
export * from './model-adapter';
export * from './model-options';
export * from './model-service';
