import { type ModelAutoscaling } from '../autoscaling/model-autoscaling';
import { type ScalingSubject } from '../autoscaling/scaling-subject';
import { isUnresolved } from '../checks/unresolved';
import { sharedMemoryMib } from '../gpu/node-share';
import { MODEL_LABEL } from '../kubernetes/names';
import { ENGINE_PORT } from '../platform/names';
import { ModelRouting } from '../routing/model-routing';
import { type RoutingSubject } from '../routing/routing-subject';
import { HealthGate } from '../rollout/health-gate';
import { RolloutStrategy } from '../rollout/rollout-strategy';
import { type RolloutSubject } from '../rollout/strategy-plan';
import { type StoredWeights } from '../weights/stored-weights';
import { weightsUri } from '../weights/weights-pod';
import { type InferenceEngineBindOptions, type InferenceEngineConfig } from './inference-engine';
import { boundAdapters } from './adapter-config';
import { instanceArchitecture } from './engines/instance-architecture';
import { type ModelChartProps } from './model-chart-props';
import { defaultCacheMib, weightsOnDiskMib } from './model-storage';
import { weightsOf } from './weights-location';

/** Writable directory of every engine. */
export const CACHE_DIRECTORY = '/cache';

/** Where the claim of a model's compiled kernels is mounted. */
export const COMPILE_CACHE_DIRECTORY = '/compile-cache';

/**
 * Time between the last request and the end of the process, seconds: the engine ends its workers and frees its GPUs. vLLM 0.32.0 took 11 s
 * when idle and 12 s behind the last request, on CPUs; the rest is for larger models. It is no longer, because requests that outlast
 * `shutdownTimeoutSeconds` hang without an answer until the pod is killed.
 */
export const DRAIN_SLACK_SECONDS = 30;

/** Props that only the engine looks at, which has defaults of its own. */
type EngineChoice = 'tensorParallelSize' | 'pipelineParallelSize' | 'contextTokens' | 'gpuMemoryUtilization' | 'podsPerGpu';

/** The props of a model with every default filled in. */
export interface ModelSettings extends Required<Omit<ModelChartProps, 'weights' | 'hubTokenSecretName' | 'callers' | 'autoscaling' | 'accelerator' | 'compileCacheClaim' | 'weightsMib' | 'computeCapability' | EngineChoice>> {
  readonly accelerator?: string;
  readonly weights?: StoredWeights;
  readonly weightsMib?: number;
  readonly computeCapability?: string;
  readonly hubTokenSecretName?: string;
  readonly compileCacheClaim?: string;
  readonly autoscaling?: ModelAutoscaling;
  readonly callers: NonNullable<ModelChartProps['callers']>;
  readonly canaryService: string;
  readonly engineConfig: InferenceEngineConfig;
  /** How the pods of a replica other than the first are run; only with several nodes. */
  readonly workerConfig?: InferenceEngineConfig;
}

/** Fills in the defaults. */
export function settingsOf(props: ModelChartProps): ModelSettings {
  const startupBudgetSeconds = props.startupBudgetSeconds ?? 1200;
  const preStopSeconds = props.preStopSeconds ?? 15;
  const shutdownTimeoutSeconds = props.shutdownTimeoutSeconds ?? 60;
  const engineConfig = props.engine.bind(engineOptions(props, shutdownTimeoutSeconds));
  const nodes = props.nodes ?? 1;
  return {
    ...props,
    nodes,
    adapters: props.adapters ?? [],
    imagePullSecrets: props.imagePullSecrets ?? [],
    routing: props.routing ?? ModelRouting.roundRobin(),
    sharedMemoryMib: props.sharedMemoryMib ?? sharedMemoryMib(props.gpus),
    cacheSizeMib: props.cacheSizeMib ?? defaultCacheMib(weightsOnDiskMib(props)),
    rollout: props.rollout ?? (nodes > 1 ? RolloutStrategy.rolling() : defaultRollout(engineConfig)),
    startupBudgetSeconds,
    capacityBudgetSeconds: props.capacityBudgetSeconds ?? 900,
    expectedStartupSeconds: props.expectedStartupSeconds ?? Math.ceil(startupBudgetSeconds / 2),
    probePeriodSeconds: props.probePeriodSeconds ?? 5,
    preStopSeconds,
    shutdownTimeoutSeconds,
    terminationGracePeriodSeconds: props.terminationGracePeriodSeconds ?? preStopSeconds + shutdownTimeoutSeconds + DRAIN_SLACK_SECONDS,
    scrapeIntervalSeconds: props.scrapeIntervalSeconds ?? 15,
    callers: props.callers ?? [{}],
    weightsFromHub: props.weightsFromHub ?? props.weights === undefined,
    configFiles: { ...props.configFiles, ...engineConfig.files },
    canaryService: `${props.model}-canary`,
    engineConfig,
    ...(nodes > 1 ? { workerConfig: props.engine.bind(engineOptions(props, shutdownTimeoutSeconds, true)) } : {}),
  };
}

/**
 * What the engine of a model is asked to serve.
 *
 * @param worker whether for a pod other than the first of a replica of several nodes
 */
export function engineOptions(props: ModelChartProps, shutdownTimeoutSeconds: number, worker = false): InferenceEngineBindOptions {
  const { nodes = 1, adapters = [] } = props;
  return {
    weights: weightsOf(props.weights === undefined ? props.repository : weightsUri(props.weights), props.revision),
    servedModelName: props.model,
    gpus: props.gpus,
    ...(props.computeCapability === undefined ? {} : { computeCapability: props.computeCapability }),
    ...(props.accelerator === undefined || isUnresolved(props.accelerator) ? {} : { architecture: instanceArchitecture(props.accelerator) }),
    ...parallelism(props),
    ...(props.contextTokens === undefined ? {} : { contextTokens: props.contextTokens }),
    ...(props.gpuMemoryUtilization === undefined ? {} : { gpuMemoryUtilization: props.gpuMemoryUtilization }),
    ...(props.podsPerGpu === undefined ? {} : { podsPerGpu: props.podsPerGpu }),
    // What LeaderWorkerSet tells every pod of a group.
    ...(nodes > 1 ? { group: { nodes, leaderAddress: '$(LWS_LEADER_ADDRESS)', nodeRank: '$(LWS_WORKER_INDEX)', worker } } : {}),
    ...(adapters.length > 0 ? { adapters: boundAdapters(adapters) } : {}),
    port: ENGINE_PORT,
    shutdownTimeoutSeconds,
    cacheDirectory: CACHE_DIRECTORY,
    ...(props.compileCacheClaim === undefined ? {} : { compileCacheDirectory: COMPILE_CACHE_DIRECTORY }),
  };
}

/** Tensor parallelism asks for the fast links inside a node; the layers are divided between nodes. */
function parallelism({ nodes = 1, gpus, tensorParallelSize, pipelineParallelSize }: ModelChartProps): Pick<InferenceEngineBindOptions, 'tensorParallelSize' | 'pipelineParallelSize'> {
  // What engines do by themselves is not said: a placement that changes nothing changes no pod.
  if (!(nodes > 1) && (tensorParallelSize ?? gpus) === gpus && (pipelineParallelSize ?? 1) === 1) return {};
  return { tensorParallelSize: tensorParallelSize ?? gpus, pipelineParallelSize: pipelineParallelSize ?? nodes };
}

/**
 * What a rollout strategy needs to know of a model.
 *
 * @param replicas replicas that it has when the rollout starts
 */
export function rolloutSubject(settings: ModelSettings, replicas = settings.replicas): RolloutSubject {
  const { syntheticRequest: request } = settings.engineConfig;
  return {
    model: settings.model,
    namespace: settings.namespace,
    metrics: settings.engineConfig.metrics,
    scrapeIntervalSeconds: settings.scrapeIntervalSeconds,
    replicas,
    expectedStartupSeconds: settings.expectedStartupSeconds,
    service: settings.model,
    canaryService: settings.canaryService,
    ...(request && {
      syntheticRequest: { ...request, url: `http://${settings.canaryService}.${settings.namespace}.svc:${ENGINE_PORT}${request.path}` },
    }),
  };
}

/** Fewest and most replicas that a model may have when a rollout starts. */
export function replicaRange({ replicas, autoscaling }: Pick<ModelSettings, 'replicas' | 'autoscaling'>): { least: number; most: number } {
  // A model that sleeps is woken for its rollout.
  return autoscaling ? { least: Math.max(1, autoscaling.minReplicas), most: autoscaling.maxReplicas } : { least: replicas, most: replicas };
}

/** What autoscaling needs to know of a model. */
export function scalingSubject(settings: ModelSettings): ScalingSubject {
  return {
    model: settings.model,
    namespace: settings.namespace,
    ...(settings.nodes > 1
      ? { targetApiVersion: 'leaderworkerset.x-k8s.io/v1', targetKind: 'LeaderWorkerSet' }
      : { targetApiVersion: 'argoproj.io/v1alpha1', targetKind: 'Rollout' }),
    replicas: settings.replicas,
    metrics: settings.engineConfig.metrics,
    capacityBudgetSeconds: settings.capacityBudgetSeconds,
    startupBudgetSeconds: settings.startupBudgetSeconds,
    drainSeconds: settings.terminationGracePeriodSeconds,
  };
}

/** What routing needs to know of a model. */
export function routingSubject(settings: ModelSettings): RoutingSubject {
  const { model, namespace, engineConfig, rollout, scrapeIntervalSeconds } = settings;
  return {
    model,
    namespace,
    podLabels: leaderSelector(settings),
    metrics: engineConfig.metrics,
    metricsPath: engineConfig.metricsPath,
    imagePullSecrets: settings.imagePullSecrets,
    adapters: settings.adapters.length > 0,
    switchesAtOnce: rollout._plan.render(rolloutSubject(settings)).strategy.blueGreen !== undefined,
    scrapeIntervalSeconds,
    drainSeconds: settings.terminationGracePeriodSeconds,
  };
}

/** Label that LeaderWorkerSet gives every pod: its number in its group, 0 for the one that answers requests. */
const WORKER_INDEX_LABEL = 'leaderworkerset.sigs.k8s.io/worker-index';

/** Labels of the pods of a model that answer requests. */
export function leaderSelector({ model, nodes }: Pick<ModelSettings, 'model' | 'nodes'>): { [label: string]: string } {
  return { [MODEL_LABEL]: model, ...(nodes > 1 ? { [WORKER_INDEX_LABEL]: '0' } : {}) };
}

/** Every gate that the engine's metrics can answer. */
function defaultRollout({ metrics, syntheticRequest }: InferenceEngineConfig): RolloutStrategy {
  const gates = [HealthGate.syntheticRequest(), HealthGate.timeToFirstToken(), HealthGate.errorRatio(), HealthGate.unfinishedAnswers(), HealthGate.forwardProgress()];
  return RolloutStrategy.canary({
    steps: [{ weight: 25, holdSeconds: 240 }, { weight: 50, holdSeconds: 180 }],
    gates: gates.filter((gate) => gate._problems(metrics, syntheticRequest !== undefined).length === 0),
  });
}
