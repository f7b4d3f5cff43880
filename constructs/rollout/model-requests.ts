import { type EngineMetrics } from '../models/engine-metrics';

/** Matcher of HTTP requests that ask the model for something, without those of probes and scrapes. */
export function modelRequests({ httpPathLabel = 'handler' }: EngineMetrics): string {
  return `${httpPathLabel}=~"/v1/.*"`;
}

/** Matcher of HTTP requests that were answered, or begun to be. */
export function answeredRequests({ httpAnswers = 'method="POST",status="2xx"' }: EngineMetrics): string {
  return httpAnswers;
}

/**
 * Matcher of HTTP requests that ended with a fault of the server. Where the engine counts mistakes of clients among them, all that were
 * not answered: what two revisions that count differently have in common.
 */
export function failedRequests(metrics: EngineMetrics): string {
  const { httpServerErrors = 'status="5xx"', httpMistakesAreServerErrors = false } = metrics;
  return httpMistakesAreServerErrors ? refusedRequests(metrics) : httpServerErrors;
}

/** Matcher of HTTP requests that were not answered, whoever was told to be at fault. */
export function refusedRequests({ httpRefusals = 'status!="2xx"' }: EngineMetrics): string {
  return httpRefusals;
}
