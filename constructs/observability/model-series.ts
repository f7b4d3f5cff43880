import { isUnresolved } from '../checks/unresolved';

/** Names of the series that go to CloudWatch. Alarms rely on them, so they never change with a model's revision. */

/** 95th percentile of the time to first token over five minutes, seconds. */
export const TTFT_P95 = 'llm_platform_ttft_p95_seconds';

/** Share of requests answered with a server error over five minutes, 0 to 1. */
export const ERROR_RATIO = 'llm_platform_error_ratio';

/** Requests a second over five minutes, those of probes and scrapes left out. */
export const REQUEST_RATE = 'llm_platform_requests_per_second';

/** Alerts on the scaling of a model that fire: it cannot read the load, or a pause was forgotten. */
export const SCALING_ALERTS = 'llm_platform_scaling_alerts';

/** Always 1, as long as Prometheus evaluates and the bridge delivers. */
export const HEARTBEAT = 'llm_platform_heartbeat';

/** CloudWatch dimension, and label of the series, that holds the model's name. */
export const MODEL_DIMENSION = 'model';

/** What is wrong with the name of an environment, in a list; empty when nothing is, or when it is a deploy-time value. */
export function environmentNameProblems(environmentName: string): string[] {
  return isUnresolved(environmentName) || /^[A-Za-z0-9][\w.-]{0,63}$/.test(environmentName)
    ? []
    : [
        `environmentName: expected letters, digits, '-', '_' and '.', at most 64, got ${JSON.stringify(environmentName)}; it becomes part of names in CloudWatch`,
      ];
}

/** CloudWatch namespace of the series of an environment. */
export function metricNamespace(environment: string): string {
  return `LlmPlatform/${environment}`;
}
