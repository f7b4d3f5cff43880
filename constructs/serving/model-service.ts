import { Annotations, Duration, Stack, Token } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import { App as ChartApp } from 'cdk8s';
import { Construct } from 'constructs';
import { isUnresolved } from '../checks/unresolved';
import { PodIdentityRole } from '../cluster/pod-identity-role';
import { KubernetesRelease } from '../kubernetes/kubernetes-release';
import { type IReleaseProvider } from '../kubernetes/release-provider';
import { ReleaseTier } from '../kubernetes/release-tier';
import { chainProblems } from '../model-providers/fallback-chain';
import { type EgressDestination, EgressReach, type IModelEndpoint, ModelEndpointKind, type ModelRoute } from '../model-providers/model-endpoint';
import { type EngineMetrics } from '../models/engine-metrics';
import { modelSourceProblems } from '../models/model-source';
import { type ILlmPlatform } from '../platform/llm-platform';
import { type EffectiveWeight } from '../rollout/traffic-split';
import { type IModelWeights } from '../weights/model-weights';
import { type ImportedWeights } from '../weights/stored-weights';
import { WeightsLocation } from './inference-engine';
import { ModelChart } from './model-chart';
import { type ModelOptions } from './model-options';
import { resolveModel } from './resolve-model';
import { weightsOf } from './weights-location';

/** Properties of `ModelService`. */
export interface ModelServiceProps extends ModelOptions {
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
  /** Names of the metrics that the engine of a model exports. */
  public static engineMetrics(options: ModelOptions): EngineMetrics {
    return resolveModel(options).model.metrics;
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
    const props = onPlatform(id, given);
    const { provider, weightsBucket: bucket } = props;
    const { model, problems } = resolveModel(props, bucket && { bucketName: bucket.bucket.bucketName, region: bucket.region });
    const wrong = [...platformProblems(given), ...sourceProblems(props), ...problems, ...WeightsReader.problemsOf(this, props.weights, bucket), ...chainProblems(model.model, props.fallback)];
    if (wrong.length > 0 || !provider) throw new Error(`${this.node.path}:\n  ${wrong.join('\n  ')}`);

    if (props.platform) this.node.addDependency(props.platform);

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
    });
    if (props.weights && bucket) {
      const reader = new WeightsReader(this, 'WeightsReader', {
        clusterName: provider.clusterName, namespace: model.namespace, modelName: model.model, weights: props.weights, weightsBucket: bucket,
      });
      // Pods get the role only if it is there when they start.
      this.release.node.addDependency(reader);
    }
    const host = `${model.model}.${model.namespace}.svc`;
    this.url = `http://${host}:8000/v1`;
    this.modelName = model.model;
    this.route = { model: `hosted_vllm/${model.model}`, apiBase: this.url };
    this.egress = [{ host, port: 8000, reach: EgressReach.CLUSTER }];
    this.fallback = props.fallback;
    const { rollout, replicaRange: { least, most } } = model;
    this.effectiveWeights = rollout.effectiveWeights(model.replicas);
    this.peakGpus = Math.ceil(((most + rollout.surgeReplicas(most)) * model.gpus * model.nodes) / (props.gpuSharing?.podsPerGpu ?? 1));
    if (props.routing?.picker) Annotations.of(this).addInfo('an endpoint picker routes the requests: the canary gets what it picks, which for a cold prefix cache is less than its share of the replicas');
    const { notices = [] } = model.engine;
    for (const note of new Set([...notices, ...[least, most].flatMap((replicas) => rollout.notes(replicas))])) Annotations.of(this).addInfo(note);
  }
}

/** Weights elsewhere than on the hub are what the image, or the bucket, says. */
function sourceProblems({ model, requireDigest }: ModelOptions): string[] {
  if (!isUnresolved(model.repository) && weightsOf(model.repository, model.revision).location !== WeightsLocation.HUB) return [];
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
    weightsBucket: props.weightsBucket ?? (props.weights ? platform?.weights : undefined),
  };
}

/** Problems of where a model is to run. */
function platformProblems({ platform, provider }: ModelServiceProps): string[] {
  if (!platform && !provider) return ['platform: expected a platform, or the provider of a cluster, got neither; give LlmPlatform, or LlmPlatform.fromLlmPlatformAttributes for one of another app'];
  return platform && provider && platform.provider !== provider
    ? ['provider: expected none beside platform, got another one; leave it out']
    : [];
}

/** `ChatLarge` as `chat-large`. */
function kebabCase(id: string): string {
  return id.replace(/([a-z0-9])([A-Z])/g, '$1-$2').replace(/([A-Z])([A-Z][a-z])/g, '$1-$2').toLowerCase();
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
  /** What is wrong with the bucket of a model's weights, one line a problem; empty when nothing is. */
  public static problemsOf(scope: Construct, weights: ImportedWeights | undefined, bucket: IModelWeights | undefined): string[] {
    if (weights === undefined) return bucket === undefined ? [] : ['weightsBucket: expected none without weights, got a bucket; give weights, or leave it out'];
    if (bucket === undefined) return ['weightsBucket: expected the bucket of the weights, got none; give the ModelWeights into which they were imported'];
    const { region } = Stack.of(scope);
    return Token.isUnresolved(region) || Token.isUnresolved(bucket.region) || region === bucket.region
      ? []
      : [`weightsBucket: expected a bucket in ${region}, got one in ${bucket.region}; each start of a pod would carry the weights between regions, import them into ${region}`];
  }

  constructor(scope: Construct, id: string, props: WeightsReaderProps) {
    super(scope, id);
    const { clusterName, namespace, modelName, weights, weightsBucket } = props;
    const identity = new PodIdentityRole(this, 'Role', { description: `Reads the weights of ${modelName}` });
    weightsBucket.grantRead(identity, weights);
    new eks.CfnPodIdentityAssociation(this, 'Association', { clusterName, namespace, serviceAccount: modelName, roleArn: identity.role.roleArn });
  }
}
