import { secondsOf } from '../checks/durations';
import { mebibytes } from '../checks/sizes';
import { MAX_DEADLINE_SECONDS } from '../kubernetes/contract/names';
import { PROMETHEUS_ADDRESS } from '../controllers/names';
import { isAtAws, routedEgress, routedKeys, withFallbacks } from '../model-providers/routed-models';
import { HealthGate } from '../rollout/health-gate';
import { RolloutStrategy } from '../rollout/rollout-strategy';
import { type GatewayEngineModel } from './gateway-engine';
import { GatewayEngine } from './gateway-engines';
import { type GatewayOptions } from './gateway-options';
import { gatewayProblems } from './gateway-problems';
import {
  CANARY_SERVICE,
  CONFIG_DIRECTORY,
  GATEWAY_NAME,
  GATEWAY_NAMESPACE,
  GATEWAY_PORT,
  MANAGEMENT_PORT,
  POLICY_FILE,
} from './names';
import { policyText } from './policy-document';
import { type GatewayTimes, type ResolvedGateway } from './resolved-gateway';
import { TenantCache } from './tenant';

/** Time between two scrapes, seconds. */
const SCRAPE_INTERVAL_SECONDS = 15;

/** Time in which load balancers and Services stop sending, seconds: the engine takes no new connection once it is told to end. */
const PRE_STOP_SECONDS = 20;

/** Time between the last request and the end of the process, seconds: LiteLLM gives what it tears down 10 s. */
const TEARDOWN_SECONDS = 20;

/** What became of the options of a gateway. */
export interface GatewayResolution {
  /** The gateway. Its values are those that were given, also where they are wrong: nothing may be made of one with problems. */
  readonly gateway: ResolvedGateway;
  /** Everything that is wrong, one problem per line: `<option>: expected …, got …; what to do`. */
  readonly problems: string[];
}

/** Resolves the options of a gateway. */
export function resolveGateway(options: GatewayOptions): GatewayResolution {
  const times = timesOf(options);
  const { requestTimeoutSeconds } = times;
  const { redis, replicas = 2 } = options;
  const endpoints = withFallbacks(options.models.map(({ endpoint }) => endpoint));
  const maxBodyBytes = options.maxBodySize ? mebibytes(options.maxBodySize) * 1024 ** 2 : 1024 ** 2;
  const { allowedFailures = 3 } = options.circuitBreaker ?? {};
  const engine = (options.engine ?? GatewayEngine.liteLlm()).bind({
    models: engineModels(options, requestTimeoutSeconds),
    configDirectory: CONFIG_DIRECTORY,
    port: GATEWAY_PORT,
    managementPort: MANAGEMENT_PORT,
    requestTimeoutSeconds,
    shutdownTimeoutSeconds: requestTimeoutSeconds,
    allowedFailures,
    cooldownSeconds: times.cooldownSeconds,
    ...(options.tenants.some(({ cache }) => cache === TenantCache.EXACT) ? { cacheSeconds: times.cacheSeconds } : {}),
  });
  const { maxReplicas = 4 * replicas } = options;
  const gates = [HealthGate.errorRatio(), HealthGate.refusedRequests(), HealthGate.unfinishedAnswers()].filter(
    (gate) => gate._problems(engine.metrics).length === 0,
  );
  const resolved = {
    ...times,
    // What a rollout calls a model is what it rolls out.
    model: GATEWAY_NAME,
    canaryService: CANARY_SERVICE,
    namespace: options.namespace ?? GATEWAY_NAMESPACE,
    image: options.image,
    imagePullSecrets: options.imagePullSecrets ?? [],
    replicas,
    maxReplicas,
    rollout: options.rollout?._judgedBy(gates) ?? RolloutStrategy._default(gates, maxReplicas),
    engine,
    metrics: engine.metrics,
    scrapeIntervalSeconds: SCRAPE_INTERVAL_SECONDS,
    expectedStartupSeconds: engine.expectedStartupSeconds,
    expectedNodeWaitSeconds: 0,
    prometheusAddress: options.prometheusAddress ?? PROMETHEUS_ADDRESS,
    files: { ...engine.files, [POLICY_FILE]: policyText(options, { maxBodyBytes, requestTimeoutSeconds }) },
    keys: routedKeys(endpoints),
    egress: routedEgress(endpoints),
    awsIdentity: endpoints.some(isAtAws),
    redis: {
      host: redis.host,
      port: redis.port ?? 6379,
      tls: redis.tls ?? true,
      password: redis.passwordSecret !== undefined,
      ipv4Ranges: redis.ipv4Ranges,
    },
    callers: options.callers ?? [],
    preStopSeconds: PRE_STOP_SECONDS,
    // A request that came at the last moment has its whole time.
    shutdownTimeoutSeconds: requestTimeoutSeconds,
    terminationGracePeriodSeconds: PRE_STOP_SECONDS + requestTimeoutSeconds + TEARDOWN_SECONDS,
    maxBodyBytes,
    allowedFailures,
  };
  const gateway = {
    ...resolved,
    plannedRolloutSeconds: resolved.rollout._plan.plannedSeconds({ ...resolved, replicas: maxReplicas }),
  };
  return { gateway, problems: gatewayProblems(options, gateway) };
}

function timesOf({ requestTimeout, circuitBreaker, cacheTimeToLive, deadline }: GatewayOptions): GatewayTimes {
  return {
    requestTimeoutSeconds: requestTimeout ? secondsOf(requestTimeout) : 600,
    cooldownSeconds: circuitBreaker?.cooldown ? secondsOf(circuitBreaker.cooldown) : 30,
    cacheSeconds: cacheTimeToLive ? secondsOf(cacheTimeToLive) : 3600,
    deadlineSeconds: deadline ? secondsOf(deadline) : MAX_DEADLINE_SECONDS,
  };
}

function engineModels({ models }: GatewayOptions, requestTimeoutSeconds: number): GatewayEngineModel[] {
  return models.map(({ endpoint, maxInputTokens, maxOutputTokens, timeout, ...prices }) => ({
    endpoint,
    maxInputTokens,
    maxOutputTokens,
    inputUsdPerMillionTokens: prices.inputUsdPerMillionTokens ?? 0,
    outputUsdPerMillionTokens: prices.outputUsdPerMillionTokens ?? 0,
    timeoutSeconds: timeout ? secondsOf(timeout) : requestTimeoutSeconds,
  }));
}
