export * from './llm-platform';
export * from './llm-platform-props';
export { type ModelCapacity, type PlatformControllers, type PlatformStorage } from './platform-base';
export * from './platform-capabilities';
export { type WorkloadAdmission } from './workload-admission';
