export * from './model-routing';
