export * from './kubernetes-release';
export * from './release-provider';
export * from './contract/release-tier';
