export * from './model-autoscaling';
