export * from './accelerator';
export * from './accelerator-manufacturer';
export * from '../nodes/managed/gpu-node-group';
