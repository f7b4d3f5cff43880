/**
 * Names of the Prometheus metrics that an engine exports. A gate or a trigger that needs one the engine lacks is refused at
 * synth.
 */
export interface EngineMetrics {
  /**
   * Histogram of the time from a request's arrival to its first token, seconds.
   *
   * @default - not exported
   */
  readonly timeToFirstToken?: string;

  /**
   * Histogram of the time between two tokens of a request, seconds.
   *
   * @default - not exported
   */
  readonly interTokenLatency?: string;

  /**
   * Histogram of the time that requests wait for a place in the batch, seconds.
   *
   * @default - not exported
   */
  readonly queueTime?: string;

  /**
   * Gauge of the requests that are being worked on. It is exported from the start of the engine, also while it is 0.
   *
   * @default - not exported
   */
  readonly requestsRunning?: string;

  /**
   * Gauge of the requests that wait for a place in the batch.
   *
   * @default - not exported
   */
  readonly requestsWaiting?: string;

  /**
   * Gauge of the share of the key/value cache that is taken, from 0 to 1.
   *
   * @default - not exported
   */
  readonly kvCacheUsage?: string;

  /**
   * Counter that grows as long as the engine gets on with its requests, such as the count of its iterations.
   *
   * @default - not exported
   */
  readonly iterations?: string;

  /**
   * Counter of HTTP requests by path and status.
   *
   * @default - not exported
   */
  readonly httpRequests?: string;

  /**
   * Label of `httpRequests` with the path.
   *
   * @default handler
   */
  readonly httpPathLabel?: string;

  /**
   * Matcher of `httpRequests` for those that ended with a fault of the server.
   *
   * @default status="5xx"
   */
  readonly httpServerErrors?: string;

  /**
   * Matcher of `httpRequests` for those that asked the model for something and were answered, or whose answer had begun.
   *
   * @default method="POST",status="2xx"
   */
  readonly httpAnswers?: string;

  /**
   * Whether requests that the client got wrong are counted as `httpServerErrors` too, although it was answered 4xx. A share of them
   * then says nothing about a revision.
   *
   * @default false
   */
  readonly httpMistakesAreServerErrors?: boolean;

  /**
   * Counter of the requests that the engine itself ended, each once, however many choices it asked for (`n`). It does not grow with
   * requests that it refused, or whose client went away before the end.
   *
   * @default - not exported
   */
  readonly requestsFinished?: string;

  /**
   * Matcher of `requestsFinished` for those that were answered to their end.
   *
   * @default - all of them
   */
  readonly requestsFinishedMatcher?: string;

  /**
   * Counter of the choices that the engine ended, by reason; those that failed are taken off `requestsFinished`.
   *
   * @default - `requestsFinished` counts none that failed
   */
  readonly choicesFinished?: string;

  /**
   * Matcher of `choicesFinished` for those that failed.
   *
   * @default - all of them
   */
  readonly choicesFailedMatcher?: string;
}
