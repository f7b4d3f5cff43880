import { type ModelAutoscaling } from '../autoscaling/model-autoscaling';
import { type ModelRouting } from '../routing/model-routing';
import { type RolloutStrategy } from '../rollout/rollout-strategy';
import { type StoredWeights } from '../weights/stored-weights';
import { type IInferenceEngine } from './inference-engine';
import { type ModelAdapter } from './model-adapter';

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

/** How one model is served; plain values only. */
export interface ModelChartProps {
  /** Namespace of the model. */
  readonly namespace: string;

  /** Name of the model: of its Rollout and Service, and the name by which clients ask for it. */
  readonly model: string;

  /** Repository on the model hub, an absolute path inside the container, or an `s3://` URI that the engine streams from. */
  readonly repository: string;

  /** Revision of the repository. */
  readonly revision: string;

  /** Server of the model. */
  readonly engine: IInferenceEngine;

  /** Replicas; with `autoscaling` those of the first deployment. */
  readonly replicas: number;

  /**
   * When there are more replicas, and when fewer. A release then leaves the number of replicas alone.
   *
   * @default - always as many as `replicas`
   */
  readonly autoscaling?: ModelAutoscaling;

  /** GPUs of a pod: of a replica, or of each of its nodes; 0 for an engine that runs on CPUs. */
  readonly gpus: number;

  /**
   * Nodes of a replica. A replica of several nodes is a group of pods that starts, and after a failure restarts, as one. Groups
   * are replaced one after the other, without a canary: Argo Rollouts cannot drive them.
   *
   * @default 1
   */
  readonly nodes?: number;

  /**
   * GPUs that share each layer of the model.
   *
   * @default - the GPUs of a pod
   */
  readonly tensorParallelSize?: number;

  /**
   * Groups of layers that follow each other on different GPUs.
   *
   * @default - the nodes of a replica
   */
  readonly pipelineParallelSize?: number;

  /**
   * Longest context that the GPUs were chosen for, tokens: what an engine serves that says nothing else, and the most it may.
   *
   * @default - unknown: the engine's own
   */
  readonly contextTokens?: number;

  /**
   * Share of each GPU's memory that was counted with when the GPUs were chosen, from 0 to 1.
   *
   * @default - unknown: the engine's own
   */
  readonly gpuMemoryUtilization?: number;

  /**
   * Pods that take turns on one GPU and share its memory.
   *
   * @default 1
   */
  readonly podsPerGpu?: number;

  /**
   * Claim in the namespace for kernels that the engine compiles, which other replicas then read.
   *
   * @default - none: each replica compiles its own
   */
  readonly compileCacheClaim?: string;

  /**
   * LoRA adapters of the model. A replica is ready when it has loaded them all.
   *
   * @default - none
   */
  readonly adapters?: ModelAdapter[];

  /**
   * Value of the node label `llm-platform.dev/accelerator`.
   *
   * @default - none; required with GPUs
   */
  readonly accelerator?: string;

  /**
   * CUDA compute capability of the accelerator, such as `8.9`.
   *
   * @default - unknown: an image that is built for some GPUs is not compared with it
   */
  readonly computeCapability?: string;

  /** CPUs that a replica asks for; it may use more. */
  readonly cpus: number;

  /** Memory of a replica without its shared memory, MiB. Request and limit. */
  readonly memoryMib: number;

  /**
   * Shared memory at /dev/shm, MiB, for the exchange between the GPUs of a replica. It counts against the limit of the
   * container and is added to it.
   *
   * @default - 1024, or 8192 with more than one GPU
   */
  readonly sharedMemoryMib?: number;

  /**
   * Size of the weights on disk, MiB: of the model, and of a draft model and adapters that the engine downloads.
   *
   * @default - unknown: that `cacheSizeMib` holds them is not checked
   */
  readonly weightsMib?: number;

  /**
   * Most that weights and compiled kernels may take of the node's disk, MiB. A replica asks the node for that much and 2 GiB more, and
   * is evicted when it takes more.
   *
   * @default - 102400, or more where `weightsMib` asks for it: 1.05 times the weights and 10 GiB, in steps of 10 GiB
   */
  readonly cacheSizeMib?: number;

  /**
   * How requests find a replica.
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
   * Longest time from the start of the container until the model answers, seconds: download, load, compile.
   *
   * @default 1200
   */
  readonly startupBudgetSeconds?: number;

  /**
   * Longest time until a node with a free GPU is there and has pulled the image, seconds.
   *
   * @default 900
   */
  readonly capacityBudgetSeconds?: number;

  /**
   * Time that a new replica is expected to take until it is ready, seconds. Rollouts are planned with it.
   *
   * @default - half of the startup budget
   */
  readonly expectedStartupSeconds?: number;

  /**
   * Time between two readiness probes, seconds; liveness is probed half as often.
   *
   * @default 5
   */
  readonly probePeriodSeconds?: number;

  /**
   * Time between the end of a pod being announced and its engine being told, seconds, in which load balancers stop sending.
   *
   * @default 15
   */
  readonly preStopSeconds?: number;

  /**
   * Time that requests in flight then get to finish, seconds: the longest answer that is streamed.
   *
   * @default 60
   */
  readonly shutdownTimeoutSeconds?: number;

  /**
   * Time until the pod is killed, seconds; at least `preStopSeconds + shutdownTimeoutSeconds + 30`. More is of use to no request, and makes a pod that
   * hangs keep its GPUs for longer.
   *
   * @default - that sum
   */
  readonly terminationGracePeriodSeconds?: number;

  /**
   * Time between two scrapes of the metrics, seconds.
   *
   * @default 15
   */
  readonly scrapeIntervalSeconds?: number;

  /**
   * Who may call the model.
   *
   * @default - every pod of the model's namespace
   */
  readonly callers?: ModelCaller[];

  /**
   * Imported weights, which are verified before the engine starts.
   *
   * @default - the engine finds the weights where `repository` says
   */
  readonly weights?: StoredWeights;

  /**
   * Whether the engine downloads the weights from the hub. Otherwise it may open no connection but for names, and to the storage
   * of imported weights.
   *
   * @default - true, without imported weights
   */
  readonly weightsFromHub?: boolean;

  /**
   * Secret with the hub's access token under the key `token`, for models that ask for one.
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
   * Files for the engine by name, mounted at `/etc/engine`, such as a chat template. Each revision keeps its own.
   *
   * @default - none
   */
  readonly configFiles?: { [name: string]: string };
}
