export * from './llm-platform';
export * from './llm-platform-props';
export * from './platform-base';
export * from './platform-capabilities';
