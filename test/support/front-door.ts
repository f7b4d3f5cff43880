import { production } from '../../environments';
import type { EnvironmentConfig, GatewayConfig } from '../../lib/environment';

const DIGEST = `sha256:${'0'.repeat(64)}`;

/** A gateway with models of others behind those of production, and a public way in. */
export const gateway: GatewayConfig = {
  image: `222222222222.dkr.ecr.us-east-1.amazonaws.com/llm-gateway:1.0.0@${DIGEST}`,
  models: [
    {
      name: 'chat',
      kind: 'self-hosted',
      fallback: 'claude',
      maxInputTokens: 16384,
      maxOutputTokens: 4096,
      inputUsdPerMillionTokens: 0.2,
      outputUsdPerMillionTokens: 0.6,
      timeout: '90s',
    },
    {
      name: 'claude',
      kind: 'bedrock',
      model: 'us.anthropic.claude-sonnet-4-6',
      fallback: 'spare',
      maxInputTokens: 200000,
      maxOutputTokens: 8192,
      inputUsdPerMillionTokens: 3,
      outputUsdPerMillionTokens: 15,
    },
    {
      name: 'spare',
      kind: 'openai',
      model: 'gpt-4.1',
      secret: 'llm/providers/openai',
      maxInputTokens: 1000000,
      maxOutputTokens: 32768,
      inputUsdPerMillionTokens: 2,
      outputUsdPerMillionTokens: 8,
    },
  ],
  tenantsFile: 'test/support/tenants.json',
  guardrails: [
    { name: 'pii', kind: 'pii', entities: ['EMAIL_ADDRESS', 'CREDIT_CARD'] },
    { name: 'injection', kind: 'injection-rules' },
  ],
  redis: { host: 'redis.example.internal', passwordSecret: 'llm/redis', ipv4Ranges: ['10.30.128.0/17'] },
  plainHopsAccepted: 'The network is of this environment alone, and its flows are declared',
  edge: {
    domainName: 'llm.example.com',
    hostedZone: { id: 'Z0123456789ABCDEFGHIJ', name: 'example.com' },
    exposure: 'public',
    authentication: { kind: 'gateway-keys' },
    firewall: { ruleActions: { NoUserAgent_HEADER: 'count' }, requestsPerKey: 6000 },
  },
};

/** Production with a gateway and an edge. */
export const frontDoor: EnvironmentConfig = {
  ...production,
  name: 'front-door',
  images: {
    digests: {
      ...production.images?.digests,
      'ghcr.io/external-secrets/external-secrets:v2.9.0': DIGEST,
      'public.ecr.aws/eks/aws-load-balancer-controller:v3.5.0': DIGEST,
    },
  },
  gateway,
};
