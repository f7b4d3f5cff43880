export * from './llm-platform';
export * from './platform-base';
