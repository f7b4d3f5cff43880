export * from './ai-gateway';
export * from './gateway-engine';
export * from './gateway-engines';
export * from './gateway-options';
export { type GatewaySecret, type GatewaySecretEntry } from './gateway-secret';
export * from './guardrail';
export * from './tenant';
