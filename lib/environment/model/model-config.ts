import type {
  CanaryOptions,
  CanaryStep,
  ErrorGateOptions,
  Judgement,
  LatencyGateOptions,
  ModelObjectives,
  SyntheticRequestOptions,
} from '../../../constructs/rollout';
import type { ModelOptions } from '../../../constructs/serving';
import type { PlainData } from '../plain-data';
import type { EngineConfig } from './engine-config';
import type { PlacementConfig } from './placement-config';
import type { RoutingConfig } from './routing-config';
import type { WeightsConfig } from './weights-config';

/** Options of `ModelService` that a model has by the same names. */
type LibraryOptions = Pick<
  PlainData<ModelOptions>,
  | 'autoscaling'
  | 'resources'
  | 'gpus'
  | 'nodes'
  | 'maxModelLen'
  | 'adapters'
  | 'cacheSize'
  | 'timings'
  | 'deadline'
  | 'callers'
  | 'hubTokenSecretName'
  | 'imagePullSecrets'
>;

/**
 * One model. Secrets that it names must stand in `secrets` of the environment. Beside the library's own defaults, a replica has all GPUs of an
 * instance, and where the sizes of the model are known its times follow from the estimate of its cold start.
 */
export interface ModelConfig extends LibraryOptions {
  /** Name, a DNS label; the model's stack, Services and alarms carry it. */
  readonly name: string;
  /** Repository on the model hub, `<organization>/<model>`. */
  readonly repository: string;
  /** Commit of the repository. */
  readonly revision: string;
  /** Image of the inference engine, with a tag or a digest. */
  readonly image: string;
  /** Replicas; with `autoscaling` those of the first deployment. */
  readonly replicas: number;
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
  readonly accelerator?: string;
  /**
   * Instance type from which the model moves to `accelerator`. Its nodes stay, so that the old revision serves while the new one is
   * judged; leave it out once the model has moved.
   *
   * @default - none
   */
  readonly previousAccelerator?: string;
  /**
   * What the placement must reach. A model of the catalog, or with its `configFile`, is checked without it too.
   *
   * @default - one sequence of the full context at once
   */
  readonly placement?: PlacementConfig;
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
  /** Service level that alarms watch. */
  readonly objectives: ObjectivesConfig;
  /**
   * What the model is asked when it is rolled out. `npm run diff` computes from it how well the gates judge; nothing is deployed from it.
   *
   * @default - one request a second for each of its replicas
   */
  readonly traffic?: TrafficConfig;
  /** How a new revision replaces the old one. */
  readonly rollout: RolloutConfig;
}

/** Service level of a model. */
export type ObjectivesConfig = Required<PlainData<ModelObjectives>>;

/** What a model is asked. */
export interface TrafficConfig {
  /** Requests a second, of all replicas together, in the quietest hour in which it is rolled out. */
  readonly requestsPerSecond: number;
}

/** How a new revision replaces the old one; options of `RolloutStrategy.canary` by the same names. A model on several nodes has no steps. */
export interface RolloutConfig extends PlainData<Pick<CanaryOptions, 'bakeTime'>> {
  /** Steps of the canary, in ascending weight; full promotion follows the last one. */
  readonly steps: readonly PlainData<Omit<CanaryStep, 'canaryReplicas'>>[];
  /** What the gates compare between canary and stable revision. */
  readonly gates: GatesConfig;
  /**
   * When the gates judge.
   *
   * @default - see `Judgement`
   */
  readonly judgement?: PlainData<Judgement>;
  /** Pods beyond `replicas` while it lasts; nodes are sized for them. */
  readonly maxSurge: number;
}

/** Gates by the names of their factories in `HealthGate`; `false` for one that the engine has no metric for. */
export interface GatesConfig {
  readonly timeToFirstToken: PlainData<LatencyGateOptions> | false;
  readonly errorRatio: ErrorGateOptions | false;
  /** @default - on beside errorRatio, which reads the same counter */
  readonly refusedRequests?: ErrorGateOptions | false;
  /** @default - on with vLLM; no other engine has the metric */
  readonly unfinishedAnswers?: ErrorGateOptions | false;
  /**
   * `false` for a model that answers no request for one token, such as one that ranks.
   *
   * @default - on
   */
  readonly syntheticRequest?: PlainData<SyntheticRequestOptions> | false;
  /** @default - not judged */
  readonly queueTime?: PlainData<LatencyGateOptions>;
  /** @default true */
  readonly forwardProgress?: boolean;
}
