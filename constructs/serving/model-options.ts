import { type Duration, type Size } from 'aws-cdk-lib';
import { type ModelAutoscaling } from '../autoscaling/model-autoscaling';
import { type Accelerator } from '../gpu/accelerator';
import { type GpuSharing } from '../nodes/gpu-sharing';
import { type ContextOptions } from '../models/context-options';
import { type ModelSource } from '../models/model-source';
import { type ModelTimings } from '../models/model-timings';
import { type PlacementPlan } from '../placement/placement-plan';
import { type ModelRouting } from '../routing/model-routing';
import { type RolloutStrategy } from '../rollout/rollout-strategy';
import { type ImportedWeights } from '../weights/stored-weights';
import { type IInferenceEngine } from './inference-engine';
import { type ModelAdapter } from './model-adapter';

/** CPUs and memory of a replica. */
export interface ModelResources {
  /** CPUs that a replica asks for; it may use more. */
  readonly cpus: number;

  /** Memory of a replica, its shared memory with it (1 GiB, or 8 with more than one GPU). Request and limit. */
  readonly memory: Size;
}

/** Pods that may call a model. */
export interface ModelCaller {
  /**
   * Labels of the callers' namespaces.
   *
   * @default - the model's own namespace
   */
  readonly namespaceLabels?: { [key: string]: string };

  /**
   * Labels of the calling pods.
   *
   * @default - every pod of those namespaces
   */
  readonly podLabels?: { [key: string]: string };
}

/** How a model is served, wherever it is. */
export interface ModelOptions extends ContextOptions {
  /**
   * Namespace of the model, in a cluster without an `LlmPlatform`: it must exist, with the group `llm-platform:model-releases` bound to the
   * rights of a release there. On a platform it is the one that models have there.
   *
   * @default 'models'
   */
  readonly namespace?: string;

  /**
   * Name of the model: of its Service, and the name by which clients ask for it.
   *
   * @default - the id of the construct in kebab case: `chat-large` of `ChatLarge`
   */
  readonly modelName?: string;

  /** Where the weights come from. Its repository may also be an absolute path in the container, or an `s3://` URI that the engine streams from. */
  readonly model: ModelSource;

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
   * How the nodes of the model share each GPU among pods; the same as the `sharing` of their `NodeRequirements`. A replica then has one share
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
   * @default - all of the accelerator's; 1 of GPUs that pods share, 0 without an accelerator
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
   * How requests find a replica. With an endpoint picker, a canary's share of the requests is what the endpoint picker sends it, not its
   * share of the replicas.
   *
   * @default ModelRouting.roundRobin()
   */
  readonly routing?: ModelRouting;

  /**
   * How the model goes from one revision to the next.
   *
   * @default - a canary at 25 % for four minutes, at 50 % for three and at full weight for seven more, a quarter of the replicas at a time, judged by every gate
   * that the engine's metrics can answer
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
   * Address of Prometheus, as the Argo Rollouts controller and KEDA reach it.
   *
   * @default - that of the platform; 'http://prometheus.monitoring.svc:9090' without one
   */
  readonly prometheusAddress?: string;

  /**
   * Longest time from the start of a deployment until the rollout is over; then it fails and is rolled back. Whole seconds, at most 55
   * minutes: CloudFormation ends a custom resource after an hour.
   *
   * @default Duration.minutes(55)
   */
  readonly deadline?: Duration;
}
