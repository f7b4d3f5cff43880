import { type ResolvedAutoscaling } from '../autoscaling/resolved-autoscaling';
import { type EngineMetrics } from '../models/engine-metrics';
import { type ResolvedEndpointPicker } from '../routing/resolved-routing';
import { type RolloutStrategy } from '../rollout/rollout-strategy';
import { type AddressedRequest } from '../rollout/synthetic-request-gate';
import { type StoredWeights } from '../weights/stored-weights';
import { type InferenceEngineConfig } from './inference-engine';
import { type ModelAdapter } from './model-adapter';
import { type ModelCaller } from './model-options';
import { type ResolvedPlace } from './model-resources';
import { type ResolvedTimings } from '../models/resolved-timings';

/**
 * A model with every default: plain values that know nothing of AWS. Charts, rollout, autoscaling, routing and checks read it. What an
 * option means stands in `ModelOptions`.
 */
export interface ResolvedModel extends ResolvedTimings, ResolvedPlace {
  readonly namespace: string;
  /** Name of the model: of its Rollout and Service, and the name by which clients ask for it. */
  readonly model: string;
  readonly repository: string;
  readonly revision: string;
  /** Replicas; with `autoscaling` those of the first deployment. */
  readonly replicas: number;
  /** Fewest and most replicas that there may be when a rollout starts. */
  readonly replicaRange: { readonly least: number; readonly most: number };
  readonly autoscaling?: ResolvedAutoscaling;
  readonly adapters: readonly ModelAdapter[];
  /** The gateway and its endpoint pickers; undefined where the model's Service does the routing. */
  readonly endpointPicker?: ResolvedEndpointPicker;
  readonly rollout: RolloutStrategy;
  readonly callers: readonly ModelCaller[];
  readonly weights?: StoredWeights;
  /** Address of Prometheus, as the Argo Rollouts controller and KEDA reach it. */
  readonly prometheusAddress: string;
  /** Text of the program that verifies imported weights. */
  readonly weightsProgram?: string;
  /** Size of the weights on disk, MiB; undefined where it is unknown. */
  readonly weightsMib?: number;
  /** Most that weights and compiled kernels may take of the node's disk, MiB. */
  readonly cacheSizeMib: number;
  /** Claim in the namespace for kernels that the engine compiles, which other replicas then read. */
  readonly compileCacheClaim?: string;
  readonly hubTokenSecretName?: string;
  readonly imagePullSecrets: readonly string[];
  /** Files of the model and of its engine, by name. */
  readonly configFiles: { readonly [name: string]: string };
  readonly deadlineSeconds: number;
  /** How the engine is run. */
  readonly engine: InferenceEngineConfig;
  /** How the pods of a replica other than the first are run; only with several nodes. */
  readonly worker?: InferenceEngineConfig;
  readonly metrics: EngineMetrics;
  readonly metricsPath: string;
  /** What a gate asks the canary; undefined where no request is known that every model on the engine answers. */
  readonly syntheticRequest?: AddressedRequest;
  /** Service of the canary, or of the preview. */
  readonly canaryService: string;
  /** Labels of the pods that answer requests. */
  readonly podLabels: { readonly [label: string]: string };
  /** Time that a rollout takes when nothing goes wrong, seconds. */
  readonly plannedRolloutSeconds: number;
}
