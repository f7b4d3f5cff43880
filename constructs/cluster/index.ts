export { type ClusterAccess } from './cluster-access';
export * from './llm-cluster';
export { NodeOperatingSystem } from './node-operating-system';
