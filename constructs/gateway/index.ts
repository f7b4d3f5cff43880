export * from './ai-gateway';
export * from './gateway-engine';
export * from './gateway-engines';
export * from './gateway-options';
export * from './guardrail';
export * from './tenant';
