export { type ClusterAccess } from './cluster-access';
export * from './llm-cluster';
export { type LlmClusterOptions } from './llm-cluster-options';
export { NodeOperatingSystem } from './node-operating-system';
