import type { ModelConfig } from '../../environment/model/model-config';
import { secondsOfText } from '../../environment/plain-data';
import type { Traffic } from './rollout-simulation';

/** Requests a second of a replica, where the model does not say: 8 at once, of 8 s each. */
const OF_A_REPLICA = 1;
/** The 95th percentile of the recorded times is about so many times the middle one. */
const SPREAD = 5;
/** A model that meets its objective fails a quarter as often as it may. */
const OF_OBJECTIVE = 0.25;
/** Share of answers that people stop reading. */
const UNFINISHED_RATIO = 0.02;
/** Share of requests that callers get wrong. */
const MISTAKE_RATIO = 0.1;

/** What a model is asked, and how it answers while it meets its objectives. */
export function trafficOf({ traffic, replicas, objectives }: ModelConfig): Traffic {
  return {
    requestsPerSecond: traffic?.requestsPerSecond ?? OF_A_REPLICA * replicas,
    medianSeconds: secondsOfText(objectives.timeToFirstToken) / SPREAD,
    errorRatio: objectives.errorRatio * OF_OBJECTIVE,
    unfinishedRatio: UNFINISHED_RATIO,
    mistakeRatio: MISTAKE_RATIO,
  };
}
