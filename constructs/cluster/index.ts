export { type ClusterAccess } from './cluster-access';
export * from './llm-cluster';
