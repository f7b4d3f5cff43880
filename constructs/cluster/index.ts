export * from './llm-cluster';
export * from './node-launch-template';
export * from './pod-identity-role';
export * from './system-node-group';
