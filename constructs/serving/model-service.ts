import { Annotations, Duration, RemovalPolicies, RemovalPolicy, Stack, Stage, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import { App as ChartApp } from 'cdk8s';
import { Construct } from 'constructs';
import { isUnresolved } from '../checks/unresolved';
import { PodIdentityRole } from '../cluster/pod-identity-role';
import { imagesOf } from '../kubernetes/images-of';
import { KubernetesRelease } from '../kubernetes/kubernetes-release';
import { type IReleaseProvider } from '../kubernetes/release-provider';
import { placeProblems } from '../kubernetes/release-place';
import { ReleaseTier } from '../kubernetes/contract/release-tier';
import { chainProblems } from '../model-providers/fallback-chain';
import {
  type EgressDestination,
  EgressReach,
  type IModelEndpoint,
  ModelEndpointKind,
  type ModelRoute,
} from '../model-providers/model-endpoint';
import { type EngineMetrics } from '../models/engine-metrics';
import { modelSourceProblems } from '../models/model-source';
import { type IBridgedModel } from '../observability/bridged-model';
import { type IModelMetrics, ModelMetrics } from '../observability/model-metrics';
import { type ILlmPlatform } from '../platform/llm-platform';
import { targetProblems } from '../platform/release-target';
import { foreignImageProblems } from '../platform/workload-admission';
import { type EffectiveWeight } from '../rollout/traffic-split';
import { type IModelWeights } from '../weights/model-weights';
import { type ImportedWeights } from '../weights/stored-weights';
import { bridgeProblems } from './bridge-problems';
import { WeightsLocation } from './inference-engine';
import { ModelCallerChart } from './model-caller-chart';
import { ModelChart } from './model-chart';
import { fitProblems } from './model-fit';
import { type ModelCaller, type ModelOptions } from './model-options';
import { callerProblems } from './model-problems';
import { missingProblems } from './platform-needs';
import { resolveModel } from './resolve-model';
import { type ResolvedModel } from './resolved-model';
import { weightsOf } from './weights-location';

/** Properties of `ModelService`. */
export interface ModelServiceProps extends ModelOptions {
  /**
   * Platform that serves the model. The model waits for its controllers, and for the nodes with the instance type of the model.
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

  /**
   * Name of the environment whose `MetricBridge` brings the series of the model to CloudWatch, for `metricTimeToFirstToken()` and its kin.
   *
   * @default - none: these methods throw, because a metric under another name would never have a value
   */
  readonly environmentName?: string;

  /**
   * Take the model over from the construct that owns it now, for example after this one was moved or renamed; and take over objects of it
   * that another living release holds. Without it both are refused. Remove it once the model is deployed.
   *
   * @default false
   */
  readonly adopt?: boolean;

  /**
   * What becomes of the model, its identity included, when it leaves its stack or the stack is deleted. With `RETAIN_ON_UPDATE_OR_DELETE`
   * it goes on serving, and another construct may take it over with `adopt`; a creation that fails is still taken back. With `RETAIN` not even that.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Longest name of a release: that of a label's value. */
const MAX_RELEASE_NAME = 63;

/** The metrics of a model. */
type ModelMetricName = 'metricTimeToFirstToken' | 'metricErrorRatio' | 'metricRequests' | 'metricScalingAlerts';

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
export class ModelService extends Construct implements IModelEndpoint, IBridgedModel, IModelMetrics {
  /** Names of the metrics that the engine of a model exports. */
  public static engineMetrics(options: ModelOptions): EngineMetrics {
    return resolveModel(options).model.metrics;
  }

  public readonly modelName: string;
  public readonly environmentName?: string;
  public readonly kind: ModelEndpointKind = ModelEndpointKind.SELF_HOSTED;
  public readonly route: ModelRoute;
  public readonly egress: EgressDestination[];
  public readonly fallback?: IModelEndpoint;

  /** Names of the metrics that the engine exports. */
  public readonly metrics?: EngineMetrics;

  /** Whether the replicas follow the load. */
  public readonly autoscaled?: boolean;

  /** The release that ships the model. */
  public readonly release: KubernetesRelease;

  /** Base URL of the OpenAI-compatible API inside the cluster. */
  public readonly url: string;

  /** GPUs that exist at once while the model rolls out, with as many replicas as autoscaling allows. */
  public readonly peakGpus: number;

  /** What the weights of a canary's steps will really be. */
  public readonly effectiveWeights: EffectiveWeight[];

  private readonly props: ModelServiceProps;
  private readonly resolved: ResolvedModel;
  /** Metrics that were asked for. */
  private readonly asked = new Set<ModelMetricName>();

  /**
   * @throws when something is wrong with the props; the error lists every problem.
   */
  public constructor(scope: Construct, id: string, given: ModelServiceProps) {
    super(scope, id);
    const props = onPlatform(id, given);
    const { provider, weightsBucket: bucket } = props;
    const { model, problems } = resolveModel(
      props,
      bucket && { bucketName: bucket.bucket.bucketName, region: bucket.region },
    );
    const wrong = [
      ...targetProblems(given.platform, given.provider),
      ...(provider ? placeProblems(this, provider) : []),
      ...namespaceProblems(given),
      ...removalProblems(given),
      ...sourceProblems(props),
      ...problems,
      ...fitProblems(props, model),
      ...WeightsReader.problemsOf(this, props.weights, bucket),
      ...chainProblems(model.model, props.fallback),
    ];
    if (wrong.length > 0 || !provider) throw new Error(`${this.node.path}:\n  ${wrong.join('\n  ')}`);

    this.props = props;
    this.resolved = model;
    const { platform } = props;
    if (platform) {
      this.node.addDependency(platform.readyFor(model.model, model.accelerator));
      // Nodes may be added after the model.
      this.node.addValidation({
        validate: () => [
          ...missingProblems(props, model, platform.capabilities, this.modelsOn(platform)),
          ...foreignImageProblems(
            this.release.releaseName,
            imagesOf(this.release.objects),
            platform.capabilities.allowedRegistries,
          ),
        ],
      });
      // So may bridges, and alarms on its metrics.
      this.node.addValidation({ validate: () => this.bridgeProblems(platform) });
    }
    // Without its identity a model that stays could not read its weights again.
    if (props.removalPolicy) RemovalPolicies.of(this).apply(props.removalPolicy);

    // The chart has a tree of its own: tags and aspects of the CDK tree have no meaning in it.
    const chart = new ModelChart(new ChartApp(), model.model, model);
    this.release = new KubernetesRelease(this, 'Release', {
      provider,
      tier: ReleaseTier.MODEL,
      name: model.model,
      namespace: model.namespace,
      charts: [chart],
      deadline: props.deadline,
      plannedRollout: Duration.seconds(model.plannedRolloutSeconds),
      detached: props.rollout?.detached,
      adopt: props.adopt,
    });
    if (props.weights && bucket) {
      const reader = new WeightsReader(this, 'WeightsReader', {
        clusterName: provider.clusterName,
        namespace: model.namespace,
        modelName: model.model,
        weights: props.weights,
        weightsBucket: bucket,
      });
      // Pods get the role only if it is there when they start.
      this.release.node.addDependency(reader);
    }
    const host = `${model.model}.${model.namespace}.svc`;
    this.url = `http://${host}:8000/v1`;
    this.modelName = model.model;
    this.environmentName = props.environmentName;
    this.metrics = model.metrics;
    this.autoscaled = model.autoscaling !== undefined;
    this.route = { model: `hosted_vllm/${model.model}`, apiBase: this.url };
    this.egress = [{ host, port: 8000, reach: EgressReach.CLUSTER }];
    this.fallback = props.fallback;
    const {
      rollout,
      replicaRange: { least, most },
    } = model;
    this.effectiveWeights = rollout.effectiveWeights(model.replicas);
    this.peakGpus = Math.ceil(
      ((most + rollout.surgeReplicas(most)) * model.gpus * model.nodes) / (props.gpuSharing?.podsPerGpu ?? 1),
    );
    if (model.endpointPicker)
      Annotations.of(this).addInfo(
        'an endpoint picker routes the requests: the canary gets what it picks, which for a cold prefix cache is less than its share of the replicas',
      );
    const { notices = [] } = model.engine;
    for (const note of new Set([...notices, ...[least, most].flatMap((replicas) => rollout.notes(replicas))]))
      Annotations.of(this).addInfo(note);
  }

  /**
   * Lets pods of the cluster call the model, beside its `callers`: by a network policy in a release of its own. Callers in the namespace
   * `models` need a way out too: the label `llm-platform.dev/calls-models: "true"` on their pods.
   *
   * @param id name of the caller, unique in the model; capital letters make no difference
   * @param caller pods that may call
   * @returns the release, for what has to wait for it
   * @throws when the id or a label is wrong, or another caller has the id; the error lists every problem.
   */
  public allowFrom(id: string, caller: ModelCaller): KubernetesRelease {
    const { model, namespace } = this.resolved;
    const name = `${model}-from-${kebabCase(id)}`;
    const ownId = `From-${kebabCase(id)}`;
    const problems = [
      ...(/^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/.test(id) && name.length <= MAX_RELEASE_NAME
        ? []
        : [
            `id: expected letters, digits and hyphens, "${model}-from-<id>" at most ${MAX_RELEASE_NAME} characters, got ${JSON.stringify(id)}; rename it, it becomes part of the name of a network policy`,
          ]),
      ...(this.node.tryFindChild(ownId)
        ? [
            `id: expected a name that no other caller of the model has, got ${JSON.stringify(id)}, which becomes "${name}" again; rename it, capital letters make no difference`,
          ]
        : []),
      ...callerProblems('caller', caller),
    ];
    if (problems.length > 0) throw new Error(`${this.node.path}.allowFrom:\n  ${problems.join('\n  ')}`);
    return new KubernetesRelease(this, ownId, {
      provider: this.props.provider!,
      tier: ReleaseTier.MODEL,
      name,
      namespace,
      charts: [new ModelCallerChart(new ChartApp(), name, { namespace, model, name, caller })],
      adopt: this.props.adopt,
    });
  }

  /**
   * 95th percentile of the time to first token over five minutes, seconds. Like the other metrics of the model, the same as that of
   * `ModelMetrics`.
   *
   * @default - the largest value of each minute
   * @throws when the engine does not export it, or `environmentName` is missing.
   */
  public metricTimeToFirstToken(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('metricTimeToFirstToken', this.resolved.metrics.timeToFirstToken, props);
  }

  /**
   * Share of requests answered with a server error over five minutes, 0 to 1.
   *
   * @default - the largest value of each minute
   * @throws when the engine does not export it, or `environmentName` is missing.
   */
  public metricErrorRatio(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('metricErrorRatio', this.resolved.metrics.httpRequests, props);
  }

  /**
   * Requests a second over five minutes, also those that fail; without those of probes and scrapes.
   *
   * @default - the average of each minute
   * @throws when the engine does not export it, or `environmentName` is missing.
   */
  public metricRequests(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('metricRequests', this.resolved.metrics.httpRequests, props);
  }

  /**
   * Alerts on the scaling of the model that fire.
   *
   * @default - the largest value of each minute
   * @throws when the model has no `autoscaling`, or `environmentName` is missing.
   */
  public metricScalingAlerts(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('metricScalingAlerts', this.resolved.autoscaling, props);
  }

  /** All models of the app on the cluster of a platform. One that was created elsewhere may be named once for each of them. */
  private modelsOn(platform: ILlmPlatform): ResolvedModel[] {
    const clusterOf = (place: ILlmPlatform) => {
      const { account, region } = Stack.of(place);
      return [account, region, place.clusterName].join();
    };
    return (Stage.of(this) ?? this.node.root).node
      .findAll()
      .filter((construct) => construct instanceof ModelService)
      .filter(({ props }) => props.platform && clusterOf(props.platform) === clusterOf(platform))
      .map(({ resolved }) => resolved);
  }

  /** Compares the model with the bridges of its app that bring series of its platform to CloudWatch. */
  private bridgeProblems(platform: ILlmPlatform): string[] {
    const { environmentName } = this.props;
    return bridgeProblems(this, {
      platform,
      environmentName,
      metricsAsked: this.asked.size > 0,
      scalingAsked: this.asked.has('metricScalingAlerts'),
      isModel: (node) => node instanceof ModelService,
    });
  }

  /** @param source what the series is made of; without it there is none, and an alarm on it would never fire. */
  private metric(name: ModelMetricName, source: unknown, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    const { environmentName } = this;
    const lack = name === 'metricScalingAlerts' ? 'one without autoscaling' : 'one whose engine does not export it';
    const problems = [
      ...(source === undefined
        ? [`${name}: expected a model that has this series, got ${lack}; an alarm on it would never fire, leave it out`]
        : []),
      ...(environmentName === undefined
        ? [
            'environmentName: expected the name of the environment, got none; give the model that of the MetricBridge which brings its series',
          ]
        : []),
    ];
    if (problems.length > 0) throw new Error(`${this.node.path}:\n  ${problems.join('\n  ')}`);
    this.asked.add(name);
    return ModelMetrics.of(environmentName!, this.modelName)[name](props).attachTo(this);
  }
}

/** Weights elsewhere than on the hub are what the image, or the bucket, says. */
function sourceProblems({ model, requireDigest }: ModelOptions): string[] {
  if (!isUnresolved(model.repository) && weightsOf(model.repository, model.revision).location !== WeightsLocation.HUB)
    return [];
  return modelSourceProblems(model, requireDigest).map((problem) => `model.${problem}`);
}

/** The props of a model with what its construct and its platform say of it. */
function onPlatform(id: string, props: ModelServiceProps): ModelServiceProps {
  const { platform } = props;
  return {
    ...props,
    provider: props.provider ?? platform?.provider,
    namespace: props.namespace ?? platform?.modelNamespace,
    modelName: props.modelName ?? kebabCase(id),
    prometheusAddress: props.prometheusAddress ?? platform?.prometheusAddress,
    weightsBucket: props.weightsBucket ?? (props.weights ? platform?.weights : undefined),
  };
}

/** Rights of releases, quota and network policies are in the one namespace. */
function namespaceProblems({ platform, namespace }: ModelServiceProps): string[] {
  return platform && namespace !== undefined && namespace !== platform.modelNamespace
    ? [
        `namespace: expected ${platform.modelNamespace}, the namespace of models on the platform, got ${namespace}; leave it out`,
      ]
    : [];
}

function removalProblems({ removalPolicy }: ModelServiceProps): string[] {
  return removalPolicy === RemovalPolicy.SNAPSHOT
    ? [
        'removalPolicy: expected DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE, got SNAPSHOT; there is no snapshot of a model',
      ]
    : [];
}

/** `ChatLarge` as `chat-large`. */
function kebabCase(id: string): string {
  return id
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
}

/** Properties of `WeightsReader`. */
interface WeightsReaderProps {
  readonly clusterName: string;
  readonly namespace: string;
  /** Name of the model, and of the service account of its pods. */
  readonly modelName: string;
  readonly weights: ImportedWeights;
  readonly weightsBucket: IModelWeights;
}

/** The identity under which the pods of a model read its weights, and nothing else. */
class WeightsReader extends Construct {
  /** What is wrong with the bucket of a model's weights, one problem per line; empty when nothing is. */
  public static problemsOf(
    scope: Construct,
    weights: ImportedWeights | undefined,
    bucket: IModelWeights | undefined,
  ): string[] {
    if (weights === undefined)
      return bucket === undefined
        ? []
        : ['weightsBucket: expected none without weights, got a bucket; give weights, or leave it out'];
    if (bucket === undefined)
      return [
        'weightsBucket: expected the bucket of the weights, got none; give the ModelWeights into which they were imported',
      ];
    const { region } = Stack.of(scope);
    return Token.isUnresolved(region) || Token.isUnresolved(bucket.region) || region === bucket.region
      ? []
      : [
          `weightsBucket: expected a bucket in ${region}, got one in ${bucket.region}; each start of a pod would carry the weights between regions, import them into ${region}`,
        ];
  }

  constructor(scope: Construct, id: string, props: WeightsReaderProps) {
    super(scope, id);
    const { clusterName, namespace, modelName, weights, weightsBucket } = props;
    const identity = new PodIdentityRole(this, 'Role', { description: `Reads the weights of ${modelName}` });
    weightsBucket.grantRead(identity, weights);
    new eks.CfnPodIdentityAssociation(this, 'Association', {
      clusterName,
      namespace,
      serviceAccount: modelName,
      roleArn: identity.role.roleArn,
    });
  }
}
