export * from './edge-authentication';
export * from './edge-firewall';
export * from './edge-service';
export { FirewallAction } from './firewall-rules';
export * from './gateway-edge';
export * from './gateway-edge-props';
export * from './managed-rule-group';
export * from './sign-in';
