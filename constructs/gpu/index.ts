export * from './accelerator';
export * from './gpu-node-group';
