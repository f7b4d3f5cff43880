/** What a file of `environments/` may say. */
export type * from './environment-config';
export type * from './gateway/edge-config';
export type * from './gateway/gateway-config';
export type * from './model/engine-config';
export type * from './model/model-config';
export type * from './model/placement-config';
export type * from './model/routing-config';
export type * from './model/weights-config';
export type * from './nodes/node-config';
