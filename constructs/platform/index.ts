export * from './controller-catalog';
export * from './definitions-chart';
export * from './helm-controller';
export * from './model-access-chart';
export * from './namespaces-chart';
export * from './prometheus-service-chart';
export * from './storage-chart';
