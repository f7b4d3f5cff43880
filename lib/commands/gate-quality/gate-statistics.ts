import type { JudgedRollout } from './judged-rollout';
import type { Counted } from './replica';

/** Least mean of the stable revision, seconds, as `HealthGate.timeToFirstToken` has it. */
const FLOOR_SECONDS = 0.01;
/** Standard errors that chance may add to a difference of distributions, as the latency gates have it. */
const LATENCY_CHANCE = 1.63;
/** Standard errors that chance may add to a difference of shares, as `HealthGate.errorRatio` has it. */
const SHARE_CHANCE = 2;

/** Value of the gate on the time to first token. */
export function latencyRatio(canary: Counted, stable: Counted): number {
  const ratio = canary.seconds / canary.answered / Math.max(FLOOR_SECONDS, stable.seconds / stable.answered);
  return shift(canary, stable) > LATENCY_CHANCE ? ratio : Math.min(ratio, 1);
}

/**
 * The largest difference of the shares of requests above a boundary, in standard errors: the one-sided test of Kolmogorov and Smirnov.
 */
function shift(canary: Counted, stable: Counted): number {
  let largest = 0;
  for (let bucket = 0; bucket < canary.buckets.length; bucket++) {
    largest = Math.max(largest, stable.buckets[bucket] / stable.answered - canary.buckets[bucket] / canary.answered);
  }
  return largest / Math.sqrt(1 / canary.answered + 1 / stable.answered);
}

/** Value of a gate on a share of requests. */
export function shareDifference(ofCanary: number, canary: number, ofStable: number, stable: number): number {
  const share = ofStable / stable;
  return ofCanary / canary - share - SHARE_CHANCE * Math.sqrt(share * (1 - share) * (1 / canary + 1 / stable));
}

/** Whether both revisions had the minimum of requests; `increase` of Prometheus stretches what it saw to the whole window. */
export function isEnough(
  { minimumRequests, windowSeconds, scrapeIntervalSeconds }: JudgedRollout,
  canary: number,
  stable: number,
): boolean {
  const scrapes = Math.floor(windowSeconds / scrapeIntervalSeconds);
  const stretched = scrapes / (scrapes - 1);
  return canary * stretched >= minimumRequests && stable * stretched >= minimumRequests;
}
