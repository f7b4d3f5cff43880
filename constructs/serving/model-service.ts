import { Annotations, Duration, type Size, SizeRoundingBehavior } from 'aws-cdk-lib';
import { App as ChartApp } from 'cdk8s';
import { Construct } from 'constructs';
import { type ModelAutoscaling } from '../autoscaling/model-autoscaling';
import { type Accelerator } from '../gpu/accelerator';
import { KubernetesRelease } from '../kubernetes/kubernetes-release';
import { type IReleaseProvider } from '../kubernetes/release-provider';
import { ReleaseTier } from '../kubernetes/release-tier';
import { CompileCacheChart } from '../nodes/compile-cache-chart';
import { type GpuSharing } from '../nodes/gpu-sharing';
import { chainProblems } from '../model-providers/fallback-chain';
import { type EgressDestination, EgressReach, type IModelEndpoint, ModelEndpointKind, type ModelRoute } from '../model-providers/model-endpoint';
import { EngineImage } from '../models/engine-image';
import { type EngineMetrics } from '../models/engine-metrics';
import { ModelSource, type ModelSourceProps } from '../models/model-source';
import { type ILlmPlatform } from '../platform/llm-platform';
import { type PlacementPlan } from '../placement/placement-plan';
import { type ModelRouting } from '../routing/model-routing';
import { type RolloutStrategy } from '../rollout/rollout-strategy';
import { type EffectiveWeight } from '../rollout/traffic-split';
import { type IModelWeights } from '../weights/model-weights';
import { type ImportedWeights } from '../weights/stored-weights';
import { storedWeightsProblems } from '../weights/stored-weights-problems';
import { type IInferenceEngine } from './inference-engine';
import { unpinnedAdapters } from './adapter-config';
import { type ModelAdapter } from './model-adapter';
import { ModelChart } from './model-chart';
import { type ModelCaller, type ModelChartProps } from './model-chart-props';
import { plannedRolloutSeconds } from './model-problems';
import { chartPlacement, type ModelResources, resourceProblems } from './model-resources';
import { type NamedOptions, platformProblems, withDefaults, withPlatform } from './model-service-defaults';
import { storedWeights, WeightsReader } from './model-service-weights';
import { type ModelSettings, replicaRange, settingsOf } from './model-settings';
import { type ModelTimings } from './model-timings';
import { VllmEngine } from './engines/vllm-engine';

/** Longest rollout that a deployment can wait for. */
const MAX_ROLLOUT = Duration.minutes(55);

/** How a model is served, wherever it is. */
export interface ModelServiceOptions {
  /**
   * Namespace of the model. It must exist, with the group `llm-platform:model-releases` bound to the rights of a release there:
   * `ModelAccessChart` binds it in `models` only.
   *
   * @default - that of the platform, `models`
   */
  readonly namespace?: string;

  /**
   * Name of the model: of its Service, and the name by which clients ask for it.
   *
   * @default - the id of the construct in kebab case: `chat-large` of `ChatLarge`
   */
  readonly modelName?: string;

  /** Where the weights come from. */
  readonly model: ModelSourceProps;

  /**
   * Instance type that serves the model.
   *
   * @default - none: the model runs on CPUs, with `resources`
   */
  readonly accelerator?: Accelerator;

  /**
   * Where the model fits, from `Placement.plan`: it decides accelerator, GPUs, nodes and parallelism, what a pod asks for, and the longest
   * context of an engine that says none. It takes the place of `accelerator`, `gpus` and `nodes`.
   *
   * @default - `accelerator`, `gpus` and `nodes`
   */
  readonly placement?: PlacementPlan;

  /**
   * How the nodes of the model share each GPU among pods; the same as the `sharing` of their `NodeDemand`. A replica then has one share
   * of a GPU, and as small a share of the node.
   *
   * @default - replicas have whole GPUs
   */
  readonly gpuSharing?: GpuSharing;

  /**
   * CPUs and memory of a replica.
   *
   * @default - those of the placement; without one the replica's share of three quarters of the accelerator's node; required without an accelerator
   */
  readonly resources?: ModelResources;

  /**
   * Replicas; with `autoscaling` those of the first deployment.
   *
   * @default 2
   */
  readonly replicas?: number;

  /**
   * When there are more replicas, and when fewer. A deployment then leaves the number of replicas alone, and scaling is paused
   * while it rolls out.
   *
   * @default - always as many as `replicas`
   */
  readonly autoscaling?: ModelAutoscaling;

  /**
   * Container image of vLLM, with a tag or digest. Give this or `engine`.
   *
   * @default - that of vLLM 0.32.0, by tag, unless `engine` is given
   */
  readonly image?: string;

  /**
   * Server of the model, for settings of vLLM or another engine. Give this or `image`.
   *
   * @default - vLLM with its defaults, in `image`
   */
  readonly engine?: IInferenceEngine;

  /**
   * Refuse an image without a digest, and a revision of the model that is no commit, as production should.
   *
   * @default false
   */
  readonly requireDigest?: boolean;

  /**
   * GPUs of a replica, or of each of its nodes.
   *
   * @default - 1, or 0 without an accelerator
   */
  readonly gpus?: number;

  /**
   * Nodes of a replica, for a model that does not fit on one: a LeaderWorkerSet takes the place of the Rollout, with `gpus` on each
   * node, and replaces group after group without a canary.
   *
   * @default 1
   */
  readonly nodes?: number;

  /**
   * LoRA adapters that are served beside the model, each by its own name. A replica is ready when it has loaded them all.
   *
   * @default - none
   */
  readonly adapters?: ModelAdapter[];

  /**
   * How requests find a replica. With an endpoint picker, a canary's share of the requests is what the picker sends it, not its
   * share of the replicas.
   *
   * @default ModelRouting.roundRobin()
   */
  readonly routing?: ModelRouting;

  /**
   * How the model goes from one revision to the next.
   *
   * @default - a canary at 25 % for four minutes, at 50 % for three and at full weight for seven more, judged by every gate that the engine's metrics can answer
   */
  readonly rollout?: RolloutStrategy;

  /**
   * How long the parts of a replica's life take.
   *
   * @default - see `ModelTimings`
   */
  readonly timings?: ModelTimings;

  /**
   * Size of the weights on disk: of the model, and of a draft model and adapters that the engine downloads. A placement does not know
   * that of a checkpoint which the engine quantizes when it loads it.
   *
   * @default - that of imported weights (`weights.bytes`), else what the placement counts; unknown without either
   */
  readonly weightsSize?: Size;

  /**
   * Most that weights and compiled kernels may take of the node's disk. A replica asks the node for that much and 2 GiB more,
   * so the node's data volume must hold it once for each replica on a node, beside the images.
   *
   * @default - 100 GiB, or more where the size of the weights is known and asks for it
   */
  readonly cacheSize?: Size;

  /**
   * Whether replicas share the kernels that the engine compiles, through the claim that `CompileCache` makes for the model.
   *
   * @default false
   */
  readonly compileCache?: boolean;

  /**
   * Who may call the model. Callers in the namespace `models` need a way out too: the label
   * `llm-platform.dev/calls-models: "true"` on their pods.
   *
   * @default - every pod of the model's namespace
   */
  readonly callers?: ModelCaller[];

  /**
   * Imported weights, which are verified before the engine starts. The engine then reaches no hub.
   *
   * @default - the engine downloads the model from the hub
   */
  readonly weights?: ImportedWeights;

  /**
   * Secret in the namespace with the hub's access token under the key `token`, for models that ask for one.
   *
   * @default - none
   */
  readonly hubTokenSecretName?: string;

  /**
   * Secrets in the namespace with credentials for registries (`kubernetes.io/dockerconfigjson`), for the images of every pod of the
   * model: engine, imported weights, endpoint pickers. ECR needs none: nodes pull from it by their role.
   *
   * @default - none
   */
  readonly imagePullSecrets?: string[];

  /**
   * Files for the engine by name, mounted at `/etc/engine`, such as a chat template.
   *
   * @default - none
   */
  readonly configFiles?: { [name: string]: string };

  /**
   * Longest time from the start of a deployment until the rollout is over; then it fails and is rolled back. Whole seconds, at most 55
   * minutes: CloudFormation ends a custom resource after an hour.
   *
   * @default Duration.minutes(55)
   */
  readonly deadline?: Duration;
}

/** Properties of `ModelService`. */
export interface ModelServiceProps extends ModelServiceOptions {
  /**
   * Platform that serves the model. The model waits for its controllers and nodes.
   *
   * @default - `provider` is given
   */
  readonly platform?: ILlmPlatform;

  /**
   * Provider of the cluster that serves the model, for a cluster without a platform.
   *
   * @default - that of the platform
   */
  readonly provider?: IReleaseProvider;

  /**
   * Bucket of the weights.
   *
   * @default - that of the platform, with `weights`
   */
  readonly weightsBucket?: IModelWeights;

  /**
   * Model that a gateway asks when this one fails, of any kind; `ModelRoutes` takes it along.
   *
   * @default - none
   */
  readonly fallback?: IModelEndpoint;
}

/**
 * A model that is served on a cluster, and shipped by a rollout that a deployment waits for.
 *
 * @example
 * new ModelService(this, 'Chat', {
 *   platform,
 *   model: { repository: 'Qwen/Qwen3-8B', revision: 'b968826d9c46dd6066d109eabc6255188de91218' },
 *   accelerator: Accelerator.G6E_XLARGE,
 * });
 */
export class ModelService extends Construct implements IModelEndpoint {
  /** What is wrong with a model, one line a problem; empty when nothing is. For callers that collect problems. */
  public static problemsOf(given: ModelServiceOptions): string[] {
    const options = withDefaults(given);
    const chartProps = modelChartProps(options);
    return [...new Set([
      ...serviceProblems(options, settingsOf(chartProps)), ...ModelChart.problemsOf(chartProps), ...deadlineProblems(options, chartProps),
    ])];
  }

  /** Names of the metrics that the engine of a model exports. */
  public static engineMetrics(options: ModelServiceOptions): EngineMetrics {
    return settingsOf(modelChartProps(withDefaults(options))).engineConfig.metrics;
  }

  /** Time until a pod of a model is killed. */
  public static terminationGracePeriod(options: ModelServiceOptions): Duration {
    return Duration.seconds(settingsOf(modelChartProps(withDefaults(options))).terminationGracePeriodSeconds);
  }

  /** Time that a rollout of a model takes when nothing goes wrong. */
  public static plannedRollout(options: ModelServiceOptions): Duration {
    return Duration.seconds(plannedRolloutSeconds(modelChartProps(withDefaults(options))));
  }

  public readonly modelName: string;
  public readonly kind: ModelEndpointKind = ModelEndpointKind.SELF_HOSTED;
  public readonly route: ModelRoute;
  public readonly egress: EgressDestination[];
  public readonly fallback?: IModelEndpoint;

  /** The release that ships the model. */
  public readonly release: KubernetesRelease;

  /** Base URL of the OpenAI-compatible API inside the cluster. */
  public readonly url: string;

  /** GPUs that exist at once while the model rolls out, with as many replicas as autoscaling allows. */
  public readonly peakGpus: number;

  /** What the weights of a canary's steps will really be. */
  public readonly effectiveWeights: EffectiveWeight[];

  /**
   * @throws when something is wrong with the props; the error lists every problem.
   */
  public constructor(scope: Construct, id: string, given: ModelServiceProps) {
    super(scope, id);
    const props = withDefaults(withPlatform(id, given));
    const chartProps = modelChartProps(props, props.weightsBucket);
    const { provider } = props;
    const problems = [...platformProblems(given), ...ModelService.problemsOf(props), ...WeightsReader.problemsOf(this, props.weights, props.weightsBucket), ...chainProblems(props.modelName, props.fallback)];
    if (problems.length > 0 || !provider) throw new Error(`${this.node.path}:\n  ${problems.join('\n  ')}`);
    if (props.platform) this.node.addDependency(props.platform);

    // The chart has a tree of its own: tags and aspects of the CDK tree have no meaning in it.
    const chart = new ModelChart(new ChartApp(), props.modelName, chartProps);
    this.release = new KubernetesRelease(this, 'Release', {
      provider,
      tier: ReleaseTier.MODEL,
      name: props.modelName,
      namespace: props.namespace,
      charts: [chart],
      deadline: props.deadline,
      plannedRollout: Duration.seconds(chart.plannedRolloutSeconds),
      detached: props.rollout?.detached,
    });
    if (props.weights && props.weightsBucket) {
      const { modelName, namespace, weights, weightsBucket } = props;
      const reader = new WeightsReader(this, 'WeightsReader', { clusterName: provider.clusterName, namespace, modelName, weights, weightsBucket });
      // Pods get the role only if it is there when they start.
      this.release.node.addDependency(reader);
    }
    const host = `${props.modelName}.${props.namespace}.svc`;
    this.url = `http://${host}:8000/v1`;
    this.modelName = props.modelName;
    this.route = { model: `hosted_vllm/${props.modelName}`, apiBase: this.url };
    this.egress = [{ host, port: 8000, reach: EgressReach.CLUSTER }];
    this.fallback = props.fallback;
    const rollout = chart.rollout;
    this.effectiveWeights = rollout.effectiveWeights(props.replicas);
    const { least, most } = replicaRange(props);
    this.peakGpus = Math.ceil(((most + rollout.surgeReplicas(most)) * chartProps.gpus * (chartProps.nodes ?? 1)) / (props.gpuSharing?.podsPerGpu ?? 1));
    if (props.routing?.picker) Annotations.of(this).addInfo('an endpoint picker routes the requests: the canary gets what it picks, which for a cold prefix cache is less than its share of the replicas');
    const { notices = [] } = settingsOf(chartProps).engineConfig;
    for (const note of new Set([...notices, ...[least, most].flatMap((replicas) => rollout.notes(replicas))])) Annotations.of(this).addInfo(note);
  }
}

function modelChartProps(props: NamedOptions, weightsBucket?: IModelWeights): ModelChartProps {
  const { timings = {} } = props;
  return {
    namespace: props.namespace,
    model: props.modelName,
    repository: props.model.repository,
    revision: props.model.revision,
    engine: props.engine ?? new VllmEngine({ image: EngineImage._unchecked(props.image ?? '') }),
    replicas: props.replicas,
    autoscaling: props.autoscaling,
    adapters: props.adapters,
    routing: props.routing,
    ...chartPlacement(props),
    compileCacheClaim: props.compileCache ? CompileCacheChart.claimName(props.modelName) : undefined,
    weightsMib: weightsMibOf(props),
    cacheSizeMib: props.cacheSize?.toMebibytes({ rounding: SizeRoundingBehavior.NONE }),
    rollout: props.rollout,
    callers: props.callers,
    weights: storedWeights(props.weights, weightsBucket),
    hubTokenSecretName: props.hubTokenSecretName,
    imagePullSecrets: props.imagePullSecrets,
    configFiles: props.configFiles,
    startupBudgetSeconds: secondsOf(timings.startupBudget),
    capacityBudgetSeconds: secondsOf(timings.capacityBudget),
    expectedStartupSeconds: secondsOf(timings.expectedStartup),
    probePeriodSeconds: secondsOf(timings.probePeriod),
    scrapeIntervalSeconds: secondsOf(timings.scrapeInterval),
    preStopSeconds: secondsOf(timings.preStop),
    shutdownTimeoutSeconds: secondsOf(timings.shutdownTimeout),
    terminationGracePeriodSeconds: secondsOf(timings.terminationGracePeriod),
  };
}

/** What is known of the weights on disk. Every node of a replica keeps all of them. */
function weightsMibOf({ weightsSize, weights, placement }: ModelServiceOptions): number | undefined {
  if (weightsSize !== undefined) return weightsSize.toMebibytes({ rounding: SizeRoundingBehavior.FLOOR });
  const bytes = weights?.bytes ?? (placement && placement.facts.memory.weightBytes * placement.facts.tensorParallel * placement.facts.pipelineParallel);
  // A size that cannot be has a report of its own.
  return bytes === undefined || !(bytes > 0) ? undefined : Math.ceil(bytes / 1024 ** 2);
}

function serviceProblems(props: ModelServiceOptions, settings: ModelSettings): string[] {
  const { image, engine } = props;
  const problems = ModelSource.problemsOf(props.model, props.requireDigest).map((problem) => `model.${problem}`);
  if (image !== undefined && engine !== undefined) {
    problems.push(`image: expected no image beside an engine, got ${JSON.stringify(image)}; give the engine its image`);
  }
  if (props.requireDigest && settings.weights) problems.push(...storedWeightsProblems(settings.weights, { ...props.model, requireDigest: true }));
  if (props.requireDigest) problems.push(...EngineImage.problemsOf(settings.engineConfig.image, true), ...unpinnedAdapters(props.adapters));
  return [...problems, ...resourceProblems(props)];
}

function deadlineProblems(props: ModelServiceOptions, chartProps: ModelChartProps): string[] {
  const deadline = props.deadline ?? MAX_ROLLOUT;
  const limit = deadline.toSeconds({ integral: false });
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_ROLLOUT.toSeconds()) {
    return [`deadline: expected 1 second to ${MAX_ROLLOUT.toHumanString()} in whole seconds, got ${deadline.toHumanString()}; CloudFormation ends a custom resource after an hour`];
  }
  const planned = plannedRolloutSeconds(chartProps);
  // A time that cannot be comes from numbers that have reports of their own.
  return props.rollout?.detached || planned < limit || !Number.isInteger(planned)
    ? []
    : [`rollout: expected less than the deadline of ${deadline.toHumanString()}, got ${Duration.seconds(planned).toHumanString()} (holds and the start of each replica); shorten the holds, raise maxSurge, or set detached`];
}

/** Fractions too, which the chart reports together with all other problems. */
function secondsOf(duration: Duration | undefined): number | undefined {
  return duration?.toSeconds({ integral: false });
}
