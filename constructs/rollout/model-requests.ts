import { type EngineMetrics } from '../models/engine-metrics';

/** Matcher of HTTP requests that ask the model for something, without those of probes and scrapes. */
export function modelRequests({ httpPathLabel = 'handler' }: EngineMetrics): string {
  return `${httpPathLabel}=~"/v1/.*"`;
}

/** Matcher of HTTP requests that ended with a fault of the server. */
export function serverErrors({ httpServerErrors = 'status="5xx"' }: EngineMetrics): string {
  return httpServerErrors;
}
