export * from './accelerator';
export * from './accelerator-manufacturer';
