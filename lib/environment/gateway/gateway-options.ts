import { Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import {
  type GatewayModel,
  type GatewayOptions,
  Guardrail,
  type GuardrailAction,
  type Tenant,
  type TenantCache,
} from '../../../constructs/gateway';
import { resolveGateway } from '../../../constructs/gateway/resolve-gateway';
import { RolloutStrategy } from '../../../constructs/rollout';
import type { EnvironmentConfig } from '../environment-config';
import { judgementOf, stepsOf } from '../model/model-rollout';
import { durationOf, sizeOf, withDurations } from '../plain-data';
import { edgeConfigProblems } from './edge-options';
import type { GatewayConfig, GuardrailConfig, TenantConfig } from './gateway-config';
import { gatewayEndpoints } from './gateway-models';
import { namedSecret, secretNameProblems } from './named-secret';
import { tenantsOf } from './tenants';

/**
 * How `AiGateway` serves the gateway of an environment. What cannot be read is left out or replaced, so that it hides nothing of the rest.
 *
 * @param scope gets the secrets that are named, and what models at AWS need
 * @param problems gets what cannot be read
 */
export function gatewayOptions(
  gateway: GatewayConfig,
  environment: EnvironmentConfig,
  scope: Construct,
  problems: string[],
): GatewayOptions {
  const served = environment.models.map(({ name }) => name);
  const endpoints = gatewayEndpoints(gateway.models, scope, served, problems);
  const { image, replicas, maxReplicas, callers, circuitBreaker, requestTimeout, cacheTimeToLive } = gateway;
  const models = gateway.models.map(
    ({ name, maxInputTokens, maxOutputTokens, timeout, revision, ...terms }, index): GatewayModel => ({
      endpoint: endpoints[index],
      maxInputTokens,
      maxOutputTokens,
      inputUsdPerMillionTokens: terms.inputUsdPerMillionTokens,
      outputUsdPerMillionTokens: terms.outputUsdPerMillionTokens,
      timeout: durationOf(`models.${name}.timeout`, timeout, problems),
      revision,
    }),
  );
  return {
    image,
    models,
    tenants: tenantOptions(gateway, models, scope, problems),
    guardrails: (gateway.guardrails ?? []).map(guardrailOf),
    redis: redisOf(gateway, scope, problems),
    replicas,
    maxReplicas,
    rollout: rolloutOf(gateway, problems),
    callers: callers?.map((caller) => ({ ...caller, ipv4Ranges: caller.ipv4Ranges && [...caller.ipv4Ranges] })),
    requestTimeout: durationOf('requestTimeout', requestTimeout, problems),
    maxBodySize: sizeOf('maxBodySize', gateway.maxBodySize, problems),
    circuitBreaker: circuitBreaker && withDurations('circuitBreaker', circuitBreaker, ['cooldown'], problems),
    cacheTimeToLive: durationOf('cacheTimeToLive', cacheTimeToLive, problems),
    deadline: durationOf('deadline', gateway.deadline, problems),
    requireLimits: environment.requirePins,
    requireDigest: environment.requirePins,
  };
}

/** What is wrong with the gateway of an environment and its edge, one problem per line. */
export function gatewayConfigProblems(environment: EnvironmentConfig): string[] {
  const { gateway, account, region } = environment;
  if (!gateway) return [];
  const problems: string[] = [];
  // Nothing is made of it: options name secrets, which have a scope.
  const scope = new Stack(undefined, 'Check', { env: { account, region } });
  const resolution = resolveGateway(gatewayOptions(gateway, environment, scope, problems));
  const requestTimeout = Duration.seconds(Math.max(0, resolution.gateway.requestTimeoutSeconds));
  return [
    ...problems,
    ...resolution.problems,
    ...clusterProblems(environment),
    ...plainHopProblems(gateway, environment),
    ...(gateway.edge ? edgeConfigProblems(gateway.edge, requestTimeout, environment, scope) : []),
  ].map((problem) => `gateway.${problem}`);
}

/** Secrets, and the pods behind a load balancer, are brought by controllers that stand in a cluster of this environment only. */
function clusterProblems({ cluster }: EnvironmentConfig): string[] {
  return 'create' in cluster
    ? []
    : [
        'cluster: expected a cluster that the environment makes, got an existing one; its External Secrets is not known, build the gateway by AiGateway and SecretSync',
      ];
}

function plainHopProblems(gateway: GatewayConfig, { requirePins }: EnvironmentConfig): string[] {
  const { models, redis, edge, plainHopsAccepted } = gateway;
  const hops = [
    ...models.filter(({ kind }) => kind === 'self-hosted').map(({ name }) => `to the model ${name}`),
    ...models.flatMap((model) =>
      model.kind === 'openai-compatible' && model.url.startsWith('http:') ? [`to the model ${model.name}`] : [],
    ),
    ...(redis.tls === false ? ['to Redis'] : []),
    ...(edge ? ['from the load balancer to the gateway'] : []),
  ];
  return !requirePins || hops.length === 0 || (plainHopsAccepted ?? '').trim() !== ''
    ? []
    : [
        `plainHopsAccepted: expected why requests may travel in the clear ${hops.join(', ')}, got none; say the reason, or take these away`,
      ];
}

function tenantOptions(
  gateway: GatewayConfig,
  models: readonly GatewayModel[],
  scope: Construct,
  problems: string[],
): Tenant[] {
  const before = problems.length;
  const tenants = tenantsOf(gateway, problems).map(
    ({ keySecret, models: allowed, guardrails, cache, ...rest }: TenantConfig): Tenant => ({
      ...rest,
      models: [...allowed],
      keySecret: namedSecret(scope, keySecret),
      guardrails: guardrails?.map(({ name, action }) => ({ name, action: action as GuardrailAction | undefined })),
      cache: cache as TenantCache | undefined,
    }),
  );
  // In the place of those that cannot be read: whatever refers to them has no report of its own.
  const isPriced = ({ inputUsdPerMillionTokens: input = 0, outputUsdPerMillionTokens: output = 0 }: GatewayModel) =>
    input + output > 0;
  const usable = models.find(isPriced) ?? models[0];
  return problems.length === before || !usable
    ? tenants
    : [
        ...tenants,
        {
          name: 'unread',
          models: [usable.endpoint.modelName],
          keySecret: namedSecret(scope, 'unread'),
          requestsPerMinute: 1,
          tokensPerMinute: 1,
          budgetUsdPerMonth: isPriced(usable) ? 1 : undefined,
          guardrails: [...new Set((gateway.guardrails ?? []).map(({ name }) => name))].map((name) => ({ name })),
        },
      ];
}

function guardrailOf(config: GuardrailConfig): Guardrail {
  const { name } = config;
  switch (config.kind) {
    case 'pii':
      return Guardrail.pii(name, { entities: [...config.entities], maxCharacters: config.maxCharacters });
    case 'injection-rules':
      return Guardrail.injectionRules(name);
    default:
      return Guardrail.outputRules(name, { secretPatterns: config.secretPatterns, activeHtml: config.activeHtml });
  }
}

function redisOf({ redis }: GatewayConfig, scope: Construct, problems: string[]): GatewayOptions['redis'] {
  const { passwordSecret, ipv4Ranges, ...rest } = redis;
  const wrong = passwordSecret === undefined ? [] : secretNameProblems('redis.passwordSecret', passwordSecret);
  problems.push(...wrong);
  return {
    ...rest,
    ipv4Ranges: ipv4Ranges && [...ipv4Ranges],
    passwordSecret:
      passwordSecret === undefined ? undefined : namedSecret(scope, wrong.length > 0 ? 'unread' : passwordSecret),
  };
}

function rolloutOf({ rollout }: GatewayConfig, problems: string[]): RolloutStrategy | undefined {
  return (
    rollout &&
    RolloutStrategy.canary({
      steps: stepsOf(rollout.steps, problems),
      maxSurge: rollout.maxSurge,
      bakeTime: durationOf('rollout.bakeTime', rollout.bakeTime, problems),
      judgement: judgementOf(rollout.judgement, problems),
    })
  );
}
