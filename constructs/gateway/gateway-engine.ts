import { type IModelEndpoint } from '../model-providers/model-endpoint';
import { type EngineMetrics } from '../models/engine-metrics';

/** A model, as an engine is told of it. */
export interface GatewayEngineModel {
  /** The model. */
  readonly endpoint: IModelEndpoint;
  /** Price of the input, USD a million tokens. */
  readonly inputUsdPerMillionTokens: number;
  /** Price of the output, USD a million tokens. */
  readonly outputUsdPerMillionTokens: number;
  /** Most tokens of a request's input. */
  readonly maxInputTokens: number;
  /** Most tokens of an answer. */
  readonly maxOutputTokens: number;
  /** Longest wait for the model, seconds. */
  readonly timeoutSeconds: number;
}

/** What an engine is asked to do. */
export interface GatewayEngineBindOptions {
  /** Every model, fallbacks of others among them. */
  readonly models: GatewayEngineModel[];
  /** Directory in which the files of the engine are found. */
  readonly configDirectory: string;
  /** Port for callers. */
  readonly port: number;
  /** Port for probes and metrics. */
  readonly managementPort: number;
  /** Longest time of a request, seconds. */
  readonly requestTimeoutSeconds: number;
  /** Time in which requests in flight end once the process is told to, seconds. */
  readonly shutdownTimeoutSeconds: number;
  /** Failures of a model that are tolerated before it is left alone. */
  readonly allowedFailures: number;
  /** Time for which it is left alone, seconds. */
  readonly cooldownSeconds: number;
  /**
   * Time for which answers are kept for tenants that ask for it, seconds.
   *
   * @default - no tenant does
   */
  readonly cacheSeconds?: number;
}

/** How an engine is run. Redis is at `REDIS_URL`, the key of a model in `MODEL_KEY_<NAME>`. */
export interface GatewayEngineConfig {
  /** Command of the container. */
  readonly command: string[];
  /** Arguments of the container. */
  readonly args: string[];
  /** Environment variables of the container. */
  readonly environment: { [name: string]: string };
  /** Files of the configuration directory, by name. */
  readonly files: { [name: string]: string };
  /** User and group that the container runs as. */
  readonly userId: number;
  /** CPUs that a replica asks for. Replicas are added above 60 % of it. */
  readonly cpus: number;
  /** Memory of a replica, MiB. */
  readonly memoryMib: number;
  /** Path on the management port that answers 200 while the process lives. */
  readonly livenessPath: string;
  /** Path on the management port that answers 200 while requests are taken. */
  readonly readinessPath: string;
  /** Path of Prometheus' metrics on the management port. */
  readonly metricsPath: string;
  /** Names of the metrics by which a canary is judged. */
  readonly metrics: EngineMetrics;
  /** Time from the start of the container until it is ready, seconds. */
  readonly expectedStartupSeconds: number;
  /** Longest such time, seconds. */
  readonly startupBudgetSeconds: number;
}

/** The program behind a gateway: calls models, with their fallbacks, timeouts and breakers. Who may ask is decided by the policy program. */
export interface IGatewayEngine {
  /**
   * Called once a gateway.
   *
   * @param options what it is asked to do
   */
  bind(options: GatewayEngineBindOptions): GatewayEngineConfig;
}
