import { resolveAutoscaling } from '../autoscaling/resolved-autoscaling';
import { secondsOf } from '../checks/durations';
import { isUnresolved } from '../checks/unresolved';
import { MAX_DEADLINE_SECONDS, MODEL_LABEL } from '../kubernetes/contract/names';
import { EngineImage } from '../models/engine-image';
import { CompileCacheChart } from '../nodes/compile-cache-chart';
import { ENGINE_PORT, MODEL_NAMESPACE } from '../models/names';
import { PROMETHEUS_ADDRESS } from '../controllers/names';
import { resolveRouting } from '../routing/resolved-routing';
import { HealthGate } from '../rollout/health-gate';
import { RolloutStrategy } from '../rollout/rollout-strategy';
import { type StoredWeights } from '../weights/stored-weights';
import { VERIFY_PROGRAM_TEXT } from '../weights/verify-program';
import { weightsUri } from '../weights/weights-pod';
import { boundAdapters } from './adapter-config';
import { instanceArchitecture } from './engines/cpu-architecture';
import { VllmEngine } from './engines/vllm-engine';
import { DEFAULT_VLLM_VERSION } from '../models/vllm-versions';
import { type InferenceEngineBindOptions, type InferenceEngineConfig } from './inference-engine';
import { type ModelOptions } from './model-options';
import { modelProblems } from './model-problems';
import { type ResolvedPlace, resolvePlace } from './model-resources';
import { CACHE_DIRECTORY, COMPILE_CACHE_DIRECTORY, defaultCacheMib, weightsOnDiskMib } from './model-storage';
import { type ResolvedModel } from './resolved-model';
import { type ResolvedTimings, resolveTimings } from '../models/resolved-timings';
import { mebibytes } from '../checks/sizes';
import { weightsOf } from './weights-location';

/** Label that LeaderWorkerSet gives every pod: its number in its group, 0 for the one that answers requests. */
const WORKER_INDEX_LABEL = 'leaderworkerset.sigs.k8s.io/worker-index';

/** The engine of a model that names none. */
export const DEFAULT_ENGINE = VllmEngine;

/** Bucket of imported weights. */
export interface WeightsStore {
  readonly bucketName: string;
  readonly region: string;
}

/** What became of the options of a model. */
export interface ModelResolution {
  /** The model. Its values are those that were given, also where they are wrong: nothing may be made of a model with problems. */
  readonly model: ResolvedModel;
  /** Everything that is wrong, one problem per line: `<option>: expected …, got …; what to do`. */
  readonly problems: string[];
}

/**
 * Resolves the options of a model.
 *
 * @param options the options
 * @param store bucket of imported weights; one that is missing is not reported
 */
export function resolveModel(
  options: ModelOptions,
  store: WeightsStore = { bucketName: 'weights', region: '' },
): ModelResolution {
  const {
    modelName = '',
    namespace = MODEL_NAMESPACE,
    autoscaling,
    replicas = 2,
    image = `vllm/vllm-openai:v${DEFAULT_VLLM_VERSION}`,
  } = options;
  const engine = options.engine ?? new DEFAULT_ENGINE({ image: EngineImage._unchecked(image) });
  const timings = resolveTimings(options.timings);
  const place = resolvePlace(options);
  const weights = options.weights && { ...options.weights, ...store };
  const bound = bindOptions({ ...options, modelName }, place, timings, weights);
  const config = engine.bind(bound);
  const canaryService = `${modelName}-canary`;
  const { syntheticRequest: request } = config;
  const disk = { weights, weightsMib: weightsMibOf(options), ...options.model };
  // A model that sleeps is woken for its rollout.
  const replicaRange = autoscaling
    ? { least: Math.max(1, autoscaling.minReplicas), most: autoscaling.maxReplicas }
    : { least: replicas, most: replicas };
  const gates = defaultGates(config);
  const { prometheusAddress = PROMETHEUS_ADDRESS } = options;
  const resolved = {
    ...timings,
    ...place,
    namespace,
    model: modelName,
    repository: options.model.repository,
    revision: options.model.revision,
    replicas,
    replicaRange,
    autoscaling:
      autoscaling &&
      resolveAutoscaling(autoscaling, {
        ...timings,
        ...place,
        namespace,
        model: modelName,
        replicas,
        metrics: config.metrics,
        prometheusAddress,
      }),
    adapters: options.adapters ?? [],
    endpointPicker: options.routing && resolveRouting(options.routing),
    rollout:
      options.rollout?._judgedBy(gates) ??
      (place.nodes > 1 ? RolloutStrategy.rolling() : RolloutStrategy._default(gates, replicaRange.most)),
    callers: options.callers ?? [{}],
    weights,
    weightsProgram: weights && VERIFY_PROGRAM_TEXT,
    weightsMib: disk.weightsMib,
    cacheSizeMib: options.cacheSize ? mebibytes(options.cacheSize) : defaultCacheMib(weightsOnDiskMib(disk)),
    compileCacheClaim: options.compileCache ? CompileCacheChart.claimName(modelName) : undefined,
    hubTokenSecretName: options.hubTokenSecretName,
    imagePullSecrets: options.imagePullSecrets ?? [],
    configFiles: { ...options.configFiles, ...config.files },
    prometheusAddress,
    deadlineSeconds: options.deadline ? secondsOf(options.deadline) : MAX_DEADLINE_SECONDS,
    engine: config,
    worker: place.nodes > 1 ? engine.bind({ ...bound, group: { ...bound.group!, worker: true } }) : undefined,
    metrics: config.metrics,
    metricsPath: config.metricsPath,
    syntheticRequest: request && {
      ...request,
      url: `http://${canaryService}.${namespace}.svc:${ENGINE_PORT}${request.path}`,
    },
    canaryService,
    podLabels: { [MODEL_LABEL]: modelName, ...(place.nodes > 1 ? { [WORKER_INDEX_LABEL]: '0' } : {}) },
  };
  const model = {
    ...resolved,
    plannedRolloutSeconds: resolved.rollout._plan.plannedSeconds({ ...resolved, replicas: resolved.replicaRange.most }),
  };
  return { model, problems: modelProblems(options, model, engine.problems(bound)) };
}

/** What the engine of a model is asked to serve. */
function bindOptions(
  options: ModelOptions & { readonly modelName: string },
  place: ResolvedPlace,
  { shutdownTimeoutSeconds }: ResolvedTimings,
  stored?: StoredWeights,
): InferenceEngineBindOptions {
  const {
    placement,
    gpuSharing,
    adapters = [],
    model: { repository, revision },
  } = options;
  const { gpus, nodes, accelerator, computeCapability } = place;
  return defined({
    weights: stored ? { ...weightsOf(weightsUri(stored), revision), imported: true } : weightsOf(repository, revision),
    servedModelName: options.modelName,
    gpus,
    computeCapability,
    architecture:
      accelerator === undefined || isUnresolved(accelerator) ? undefined : instanceArchitecture(accelerator),
    ...parallelism(options, place),
    maxModelLen: options.maxModelLen,
    plannedMaxModelLen: placement?.facts.maxModelLen,
    gpuMemoryUtilization: placement?.facts.gpuMemoryUtilization,
    // Parts have memory of their own: an engine takes one for a GPU.
    podsPerGpu: gpuSharing?.dividesMemory === false ? gpuSharing.podsPerGpu : undefined,
    // What LeaderWorkerSet passes to every pod of a group.
    group:
      nodes > 1
        ? { nodes, leaderAddress: '$(LWS_LEADER_ADDRESS)', nodeRank: '$(LWS_WORKER_INDEX)', worker: false }
        : undefined,
    adapters: adapters.length > 0 ? boundAdapters(adapters) : undefined,
    port: ENGINE_PORT,
    shutdownTimeoutSeconds,
    cacheDirectory: CACHE_DIRECTORY,
    compileCacheDirectory: options.compileCache ? COMPILE_CACHE_DIRECTORY : undefined,
  });
}

/** Tensor parallelism asks for the fast links inside a node; the layers are divided between nodes. */
function parallelism(
  { placement }: ModelOptions,
  { nodes, gpus }: ResolvedPlace,
): Pick<InferenceEngineBindOptions, 'tensorParallelSize' | 'pipelineParallelSize'> {
  const { tensorParallel = gpus, pipelineParallel } = placement?.facts ?? {};
  // What engines do by themselves is not said: a placement that changes nothing changes no pod.
  if (!(nodes > 1) && tensorParallel === gpus && (pipelineParallel ?? 1) === 1) return {};
  return { tensorParallelSize: tensorParallel, pipelineParallelSize: pipelineParallel ?? nodes };
}

/** What is known of the weights on disk. Every node of a replica keeps all of them. */
function weightsMibOf({ weightsSize, weights, placement }: ModelOptions): number | undefined {
  if (weightsSize !== undefined) return Math.ceil(mebibytes(weightsSize));
  const bytes =
    weights?.bytes ??
    (placement &&
      placement.facts.memory.weights.toBytes() * placement.facts.tensorParallel * placement.facts.pipelineParallel);
  // A size that cannot be has a report of its own.
  return bytes === undefined || !(bytes > 0) ? undefined : Math.ceil(bytes / 1024 ** 2);
}

/** Every gate that the engine's metrics can answer. */
function defaultGates({ metrics, syntheticRequest }: InferenceEngineConfig): HealthGate[] {
  const gates = [
    HealthGate.syntheticRequest(),
    HealthGate.timeToFirstToken(),
    HealthGate.errorRatio(),
    HealthGate.refusedRequests(),
    HealthGate.unfinishedAnswers(),
    HealthGate.forwardProgress(),
  ];
  return gates.filter((gate) => gate._problems(metrics, syntheticRequest !== undefined).length === 0);
}

/** Engines may look at which options there are. */
function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
