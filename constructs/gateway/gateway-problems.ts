import { wholeSecondsProblems, secondsOf, givenSeconds } from '../checks/durations';
import { httpAddressProblems } from '../checks/http-address';
import { deployTimeProblems, isUnresolved } from '../checks/unresolved';
import { EgressReach, ModelEndpointKind } from '../model-providers/model-endpoint';
import { routeProblems, withFallbacks } from '../model-providers/routed-models';
import { imageReferenceProblems } from '../models/engine-image';
import { callerProblems } from '../serving/model-problems';
import { type GatewayCaller, type GatewayModel, type GatewayOptions } from './gateway-options';
import { type ResolvedGateway } from './resolved-gateway';
import { tenantProblems } from './tenant-problems';

/** Longest time of a request, seconds: a node that is drained waits for it. */
const MAX_REQUEST_SECONDS = 3600;

/** What is wrong with a gateway, one problem per line; empty when nothing is. */
export function gatewayProblems(options: GatewayOptions, gateway: ResolvedGateway): string[] {
  return [
    ...new Set([
      ...namespaceProblems(gateway.namespace),
      ...imageReferenceProblems(options.image, options.requireDigest),
      ...replicaProblems(gateway),
      ...modelProblems(options),
      ...tenantProblems(options),
      ...redisProblems(options),
      ...timeProblems(options, gateway),
      ...(options.callers ?? []).flatMap((caller, index) => gatewayCallerProblems(`callers[${index}]`, caller)),
      ...httpAddressProblems('prometheusAddress', gateway.prometheusAddress),
      ...rolloutProblems(gateway),
    ]),
  ];
}

/** What is wrong with a caller, one problem per line. */
export function gatewayCallerProblems(path: string, caller: GatewayCaller): string[] {
  const { ipv4Ranges, namespaceLabels, podLabels } = caller;
  if (!ipv4Ranges) return callerProblems(path, { namespaceLabels, podLabels });
  return [
    ...(namespaceLabels || podLabels
      ? [`${path}: expected labels or ipv4Ranges, got both; make two callers of it`]
      : []),
    ...rangeProblems(`${path}.ipv4Ranges`, ipv4Ranges),
  ];
}

/** An empty list would let everybody in. */
function rangeProblems(option: string, ranges: readonly string[]): string[] {
  return [
    ...(ranges.length === 0 ? [`${option}: expected at least one range, got none; leave it out, or name one`] : []),
    ...ranges
      .filter((range) => !isUnresolved(range) && !/^(\d{1,3}\.){3}\d{1,3}\/([1-9]|[12]\d|3[0-2])$/.test(range))
      .map(
        (range) =>
          `${option}: expected IPv4 ranges such as 10.0.0.0/16, got ${JSON.stringify(range)}; correct it, the whole internet is none`,
      ),
  ];
}

function namespaceProblems(namespace: string): string[] {
  if (isUnresolved(namespace))
    return [
      'namespace: expected a name that is known at synth, got a deploy-time value; models let the gateway in by its name',
    ];
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)
    ? []
    : [`namespace: expected a DNS label of at most 63 characters, got ${JSON.stringify(namespace)}; rename it`];
}

function replicaProblems({ replicas, maxReplicas }: ResolvedGateway): string[] {
  const deployTime = deployTimeProblems({ replicas, maxReplicas });
  if (deployTime.length > 0) return deployTime.slice(0, 1);
  if (!Number.isInteger(replicas) || replicas < 2)
    return [
      `replicas: expected a whole number from 2, got ${replicas}; while the only one starts, which takes up to 41 s, nobody is answered`,
    ];
  return Number.isInteger(maxReplicas) && maxReplicas >= replicas
    ? []
    : [
        `maxReplicas: expected a whole number from replicas (${replicas}), got ${maxReplicas}; raise it, or lower replicas`,
      ];
}

function modelProblems({ models }: GatewayOptions): string[] {
  const endpoints = models.map(({ endpoint }) => endpoint);
  const undeclared = withFallbacks(endpoints).filter((endpoint) => !endpoints.includes(endpoint));
  return [
    ...routeProblems(endpoints),
    ...undeclared.map(
      ({ modelName }) =>
        `models: expected every fallback among them, got none for ${JSON.stringify(modelName)}; add it with its limits and prices`,
    ),
    ...models.flatMap(singleModelProblems),
  ];
}

function singleModelProblems(model: GatewayModel): string[] {
  const { endpoint, maxInputTokens, maxOutputTokens, timeout, revision } = model;
  const path = `models.${endpoint.modelName}`;
  const prices = {
    inputUsdPerMillionTokens: model.inputUsdPerMillionTokens,
    outputUsdPerMillionTokens: model.outputUsdPerMillionTokens,
  };
  const numbers = { maxInputTokens, maxOutputTokens, ...prices };
  const whole = (option: string, value: number, least: number) =>
    isUnresolved(value) || (Number.isInteger(value) && value >= least)
      ? []
      : [`${path}.${option}: expected a whole number from ${least}, got ${value}; it is a number of tokens`];
  return [
    ...deployTimeProblems(
      Object.fromEntries(Object.entries(numbers).map(([option, value]) => [`${path}.${option}`, value])),
    ),
    ...whole('maxInputTokens', maxInputTokens, 1),
    ...whole('maxOutputTokens', maxOutputTokens, 0),
    ...Object.entries(prices).flatMap(([option, price]) =>
      price === undefined || isUnresolved(price) || (Number.isFinite(price) && price >= 0)
        ? []
        : [`${path}.${option}: expected 0 or more USD, got ${price}; it is the price of a million tokens`],
    ),
    ...(timeout === undefined
      ? []
      : wholeSecondsProblems(`${path}.timeout`, secondsOf(timeout), 1, 'it is the wait before the fallback is asked')),
    ...(revision === undefined || isUnresolved(revision) || /^[\x21-\x7e]+$/.test(revision)
      ? []
      : [
          `${path}.revision: expected printable characters without spaces, got ${JSON.stringify(revision)}; it stands in a header`,
        ]),
    ...secretProblems(path, model),
  ];
}

/** Somebody else's models ask for a key; those at AWS for an identity. */
function secretProblems(path: string, { endpoint: { kind, egress, apiKey } }: GatewayModel): string[] {
  const byNetworkOrIdentity = [ModelEndpointKind.SELF_HOSTED, ModelEndpointKind.SAGEMAKER, ModelEndpointKind.BEDROCK];
  return apiKey || byNetworkOrIdentity.includes(kind) || egress.every(({ reach }) => reach !== EgressReach.INTERNET)
    ? []
    : [
        `${path}: expected an apiKey of the provider ${kind}, got none; put the key into a secret and give it to the model`,
      ];
}

function redisProblems({ redis }: GatewayOptions): string[] {
  const { host, port = 6379, passwordSecret, passwordSecretField, ipv4Ranges } = redis;
  return [
    ...(isUnresolved(host) || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host)
      ? []
      : [`redis.host: expected the name of a host, got ${JSON.stringify(host)}; leave scheme and port out`]),
    ...deployTimeProblems({ 'redis.port': port }),
    ...(isUnresolved(port) || (Number.isInteger(port) && port >= 1 && port <= 65535)
      ? []
      : [`redis.port: expected a port from 1 to 65535, got ${port}; correct it`]),
    ...(passwordSecretField !== undefined && !passwordSecret
      ? ['redis.passwordSecretField: expected a passwordSecret beside it, got none; give it, or leave the field out']
      : []),
    ...(ipv4Ranges ? rangeProblems('redis.ipv4Ranges', ipv4Ranges) : []),
  ];
}

function timeProblems(options: GatewayOptions, gateway: ResolvedGateway): string[] {
  const { requestTimeoutSeconds, maxBodyBytes, allowedFailures } = gateway;
  return [
    ...wholeSecondsProblems('requestTimeout', requestTimeoutSeconds, 1, 'it is the longest time of a request'),
    ...(requestTimeoutSeconds > MAX_REQUEST_SECONDS
      ? [
          `requestTimeout: expected at most an hour, got ${givenSeconds(requestTimeoutSeconds)} seconds; a pod that ends waits for it, shorten it`,
        ]
      : []),
    ...wholeSecondsProblems(
      'circuitBreaker.cooldown',
      gateway.cooldownSeconds,
      1,
      'it is the time for which a model that fails is left alone',
    ),
    ...wholeSecondsProblems('cacheTimeToLive', gateway.cacheSeconds, 1, 'tenants without a cache have none'),
    ...deployTimeProblems({ 'circuitBreaker.allowedFailures': allowedFailures }),
    ...(isUnresolved(allowedFailures) || (Number.isInteger(allowedFailures) && allowedFailures >= 0)
      ? []
      : [
          `circuitBreaker.allowedFailures: expected a whole number from 0, got ${allowedFailures}; 0 leaves a model alone after its first failure`,
        ]),
    ...(Number.isInteger(maxBodyBytes) && maxBodyBytes >= 1024
      ? []
      : [
          `maxBodySize: expected at least 1 KiB in whole bytes, got ${maxBodyBytes < 0 ? 'a deploy-time value' : `${maxBodyBytes} bytes`}; give the size itself`,
        ]),
    ...(options.deadline
      ? wholeSecondsProblems('deadline', gateway.deadlineSeconds, 1, 'a rollout takes minutes')
      : []),
    // A time that cannot be has a report of its own.
    ...(gateway.rollout.detached ||
    !(gateway.deadlineSeconds > 0 && gateway.plannedRolloutSeconds >= gateway.deadlineSeconds)
      ? []
      : [
          `rollout: expected less than the deadline of ${gateway.deadlineSeconds} seconds, got ${gateway.plannedRolloutSeconds} seconds with ${gateway.maxReplicas} replicas; shorten the holds, raise maxSurge, or set detached`,
        ]),
  ];
}

/** A rollout may start at any number of replicas that there may be; both ends are looked at. */
function rolloutProblems(gateway: ResolvedGateway): string[] {
  const { replicas, maxReplicas, rollout } = gateway;
  if (replicaProblems(gateway).length > 0) return [];
  return [
    ...[replicas, maxReplicas].flatMap((count) =>
      rollout._plan.problems({ ...gateway, replicas: count }).map((problem) => `rollout.${problem}`),
    ),
    ...(rollout._plan.render(gateway).strategy.canary?.dynamicStableScale
      ? [
          'rollout.dynamicStableScale: expected none of a gateway, which is scaled, got it; an autoscaler that scales after an abort brings the aborted canary back (argo-rollouts #4973), remove it',
        ]
      : []),
  ];
}
