export * from './llm-platform';
export * from './platform-base';
export * from './platform-capabilities';
