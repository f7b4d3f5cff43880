import { type EngineMetrics } from '../models/engine-metrics';

/** What an engine is asked to serve. */
export interface InferenceEngineBindOptions {
  /** Repository of the model on the hub, or a path inside the container. */
  readonly model: string;
  /** Revision of the repository. */
  readonly revision: string;
  /** Name by which clients ask for the model. */
  readonly servedModelName: string;
  /** GPUs of a replica. */
  readonly gpus: number;
  /** Port to listen on. */
  readonly port: number;
  /** Time that requests in flight get to finish after SIGTERM, seconds. */
  readonly shutdownTimeoutSeconds: number;
  /** Writable directory for weights and compiled kernels. */
  readonly cacheDirectory: string;
}

/** How an engine is run. */
export interface InferenceEngineConfig {
  /** Reference of the container image. */
  readonly image: string;
  /** Command of the container. */
  readonly command: string[];
  /** Arguments of the container. */
  readonly args: string[];
  /** Environment of the container. */
  readonly environment: { [name: string]: string };
  /** Path that answers 200 when the model is loaded. */
  readonly healthPath: string;
  /** Path of the Prometheus metrics. */
  readonly metricsPath: string;
  /** User that the image is made for. */
  readonly userId: number;
  /** Names of the metrics. */
  readonly metrics: EngineMetrics;
}

/** A server of models. */
export interface IInferenceEngine {
  /**
   * What is wrong with serving this model on this engine, one line a problem; empty when nothing is.
   *
   * @param options what is to be served
   */
  problems(options: InferenceEngineBindOptions): string[];

  /**
   * How to run the engine for a model. It is also called when there are problems, and does not throw then.
   *
   * @param options what is to be served
   */
  bind(options: InferenceEngineBindOptions): InferenceEngineConfig;
}
