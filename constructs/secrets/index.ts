export * from './encrypted-secret';
export * from './secret-sync';
export * from './synced-secret';
