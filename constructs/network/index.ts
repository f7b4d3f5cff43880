export * from './egress';
export * from './platform-network';
