export * from './accelerator';
export * from './accelerator-manufacturer';
export * from './gpu-node-group';
