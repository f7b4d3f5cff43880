export * from './blue-green-options';
export * from './canary-options';
export * from './gate-options';
export * from './health-gate';
export * from './judgement';
export * from './rolling-options';
export * from './rollout-strategy';
export * from './traffic-split';
