import type { ModelAutoscaling } from '../../../constructs/autoscaling';
import type { ModelAdapter } from '../../../constructs/serving';
import type { EngineConfig } from './engine-config';
import type { PlacementConfig } from './placement-config';
import type { RoutingConfig } from './routing-config';
import type { WeightsConfig } from './weights-config';

/** One model. */
export interface ModelConfig {
  /** Name, a DNS label; the model's stack, Services and alarms carry it. */
  readonly name: string;
  /** Repository on the model hub, `<organization>/<model>`. */
  readonly repository: string;
  /** Commit of the repository. */
  readonly revision: string;
  /** Image of the inference engine, with a tag or a digest. */
  readonly image: string;
  /**
   * The engine and its settings.
   *
   * @default - vLLM
   */
  readonly engine?: EngineConfig;
  /**
   * Instance type of its nodes, with accelerators.
   *
   * @default - none: the model runs on CPUs, with `resources`
   */
  readonly instanceType?: string;
  /**
   * Instance type from which the model moves to `instanceType`. Its nodes stay, so that the old revision serves while the new one is
   * judged; leave it out once the model has moved.
   *
   * @default - none
   */
  readonly previousInstanceType?: string;
  /**
   * What a pod asks for.
   *
   * @default - its share of three quarters of the node; required without an instance type
   */
  readonly resources?: ResourcesConfig;
  /**
   * What the placement must reach. A model of the catalogue, or with its `configFile`, is checked without it too.
   *
   * @default - one sequence of the full context at once
   */
  readonly placement?: PlacementConfig;
  /** Pods that serve, or groups of pods on several nodes; with `autoscaling` those of the first deployment. */
  readonly replicas: number;
  /**
   * When there are more replicas, and when fewer.
   *
   * @default - always as many as `replicas`
   */
  readonly autoscaling?: ModelAutoscaling;
  /**
   * Nodes of one replica, for a model that does not fit on one; it is replaced group after group, without a canary.
   *
   * @default 1
   */
  readonly nodesPerReplica?: number;
  /**
   * LoRA adapters that are served beside the model.
   *
   * @default - none
   */
  readonly adapters?: readonly ModelAdapter[];
  /**
   * How requests find a replica.
   *
   * @default - one after the other
   */
  readonly routing?: RoutingConfig;
  /**
   * Imported weights, which are verified before the engine starts.
   *
   * @default - the engine downloads the model from the hub
   */
  readonly weights?: WeightsConfig;
  /**
   * GPUs of one pod.
   *
   * @default - all of an instance
   */
  readonly gpusPerReplica?: number;
  /**
   * Longest context, tokens.
   *
   * @default - what the model declares
   */
  readonly maxModelLength?: number;
  /**
   * Most that weights and compiled kernels may take of the node's disk, GiB: at least 1.05 times the weights, where their size is
   * known. Nodes get a volume that holds it for each of their pods. At least 1.
   *
   * @default - 100, or more where the weights are known to need it: 1.05 times their size and 10, in steps of 10
   */
  readonly cacheSizeGib?: number;
  /**
   * Secret in the namespace `models` with the hub's access token under the key `token`, for models that ask for one. It must
   * stand in `secrets` of the environment.
   *
   * @default - none
   */
  readonly hubTokenSecretName?: string;
  /**
   * Secrets in the namespace `models` with credentials for registries, for the images of every pod of the model. They must stand in
   * `secrets` of the environment. ECR needs none.
   *
   * @default - none
   */
  readonly imagePullSecrets?: readonly string[];
  /**
   * Who may call the model.
   *
   * @default - every pod of the namespace `models` that has the label `llm-platform.dev/calls-models: "true"`
   */
  readonly callers?: readonly CallerConfig[];
  /**
   * Longest time from the start of a pod until it serves, minutes: loading weights, compiling. Fractions that make whole seconds are allowed.
   *
   * @default - twice the estimate of its cold start where the model's sizes are known, else 20
   */
  readonly startupBudgetMinutes?: number;
  /**
   * Time a pod is expected to take in practice, seconds; the planned length of a rollout is reckoned with it.
   *
   * @default - half of the startup budget
   */
  readonly expectedStartupSeconds?: number;
  /**
   * Longest time until a node with a free GPU is there and has pulled the image, seconds.
   *
   * @default - the library's
   */
  readonly capacityBudgetSeconds?: number;
  /**
   * Time between two scrapes of the metrics, seconds.
   *
   * @default - the library's
   */
  readonly scrapeIntervalSeconds?: number;
  /** Service level that alarms watch. */
  readonly objectives: ObjectivesConfig;
  /**
   * What the model is asked when it is rolled out. `npm run diff` tells by it how well the gates judge; nothing is deployed from it.
   *
   * @default - one request a second for each of its replicas
   */
  readonly traffic?: TrafficConfig;
  /** How a new revision replaces the old one. */
  readonly rollout: RolloutConfig;
  /**
   * How a pod ends.
   *
   * @default - the library's
   */
  readonly drain?: DrainConfig;
  /**
   * Time between two probes of a pod, seconds.
   *
   * @default - the library's
   */
  readonly probePeriodSeconds?: number;
}

/** What a pod asks for. */
export interface ResourcesConfig {
  /** CPUs. */
  readonly cpus: number;
  /** Memory, GiB: the shared memory of its GPUs (1, or 8 with more than one GPU) and at least 1 more. */
  readonly memoryGib: number;
}

/** Pods that may call a model. */
export interface CallerConfig {
  /**
   * Namespace of the pods. In one that denies what leaves it, they need a policy that lets them out to port 8000 of the namespace
   * `models`.
   *
   * @default - `models`; there the label `llm-platform.dev/calls-models: "true"` lets pods out
   */
  readonly namespace?: string;
  /**
   * Labels of the pods.
   *
   * @default - every pod of the namespace
   */
  readonly podLabels?: Readonly<Record<string, string>>;
}

/** Service level of a model. */
export interface ObjectivesConfig {
  /** 95th percentile of the time to first token, seconds. */
  readonly timeToFirstTokenSeconds: number;
  /** Share of requests answered with a server error, 0 to 1. */
  readonly errorRatio: number;
}

/** What a model is asked. */
export interface TrafficConfig {
  /** Requests a second, of all replicas together, in the quietest hour in which it is rolled out. */
  readonly requestsPerSecond: number;
}

/** How a new revision replaces the old one. */
export interface RolloutConfig {
  /** Steps of the canary, in ascending weight; full promotion follows the last one. None for a model on several nodes, which has no canary. */
  readonly steps: readonly RolloutStepConfig[];
  /** What the gates compare between canary and stable revision. */
  readonly gates: GatesConfig;
  /**
   * Time at full weight after the last step, seconds, in which the gates and the objectives of the model go on. The old pods are gone
   * by then: the way back is their cold start. 0 for none.
   *
   * @default 420
   */
  readonly bakeSeconds?: number;
  /** Pods beyond `replicas` while it lasts; nodes are sized for them. */
  readonly maxSurge: number;
  /**
   * Longest time until everything is healthy, minutes, at most 55. Fractions that make whole seconds are allowed.
   *
   * @default 55
   */
  readonly deadlineMinutes?: number;
}

/** A step of a canary. */
export interface RolloutStepConfig {
  /** Share of requests that the new revision gets, percent. */
  readonly weight: number;
  /** Time at this weight, seconds. */
  readonly holdSeconds: number;
}

/** Limits of gates, and when they judge. */
export interface GatesConfig {
  /** Longest time to first token of the canary, as a multiple of the stable revision's; `false` for an engine that does not tell it. */
  readonly timeToFirstTokenRatio: number | false;
  /** Largest share of failed requests above the stable revision's, 0 to 1; `false` for an engine that does not tell it. */
  readonly errorRatioDifference: number | false;
  /**
   * Largest share of answers that began and were never finished, above the stable revision's, 0 to 1: broken streams, and what callers
   * gave up. `false` for none.
   *
   * @default 0.05 with vLLM; no other engine tells it
   */
  readonly unfinishedAnswersDifference?: number | false;
  /**
   * Time within which the canary must answer a request for one token, which the rollout controller sends at every interval, whole
   * seconds: what callers would wait. `false` for a model that answers no such request, such as one that ranks.
   *
   * @default 30
   */
  readonly syntheticRequestSeconds?: number | false;
  /**
   * Longest time that requests queue, as a multiple of the stable revision's.
   *
   * @default - not judged
   */
  readonly queueTimeRatio?: number;
  /**
   * Whether no pod may be asked for a whole window without getting on.
   *
   * @default true
   */
  readonly forwardProgress?: boolean;
  /** Time between two measurements, seconds. */
  readonly intervalSeconds: number;
  /** Time that a measurement looks back, seconds. */
  readonly windowSeconds: number;
  /** Time during which a new pod is not judged, because its caches are cold, seconds. */
  readonly warmUpSeconds: number;
  /** Requests that each revision must have had within the window to be judged. */
  readonly minRequests: number;
  /** Time to wait at the end of a step for that many requests, seconds. */
  readonly patienceSeconds: number;
  /** What happens when the canary gets too few requests to be judged. */
  readonly tooFewRequests: 'pass' | 'fail';
}

/** How a pod ends. */
export interface DrainConfig {
  /** Time between the end of new requests being asked for and the engine being told, seconds. */
  readonly preStopSeconds: number;
  /** Longest time that requests in flight get to finish, seconds. */
  readonly shutdownSeconds: number;
  /** Time after which the pod is killed, seconds; at least the two and 30 s more, in which the engine frees its GPUs. More is of use to no request. */
  readonly gracePeriodSeconds: number;
}
