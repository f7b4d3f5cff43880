import { secondsOf, wholeSecondsProblems } from '../checks/durations';
import { type GateDefinition } from './gate-definition';
import { type SyntheticRequestOptions } from './gate-options';

/** The least request that proves that the canary answers. */
export interface AddressedRequest {
  /** Address, by the Service of the canary. */
  readonly url: string;
  /** JSON of the body. */
  readonly bodyJson: string;
  /** JSONPath of the number in the answer that is at least 1. */
  readonly resultPath: string;
}

/**
 * Requests in a row without an answer that are tolerated. Argo Rollouts asks again after 10 seconds, whatever the interval: a canary of one
 * pod that is restarted, or whose readiness flaps, must not be aborted for it.
 */
export const TOLERATED_SILENCE = 3;

/** Time within which the answer must be there where none is given, seconds. */
const DEFAULT_TIMEOUT_SECONDS = 10;

/** Gate on the answer to a request of its own. */
export function syntheticRequestGate({ timeout }: SyntheticRequestOptions): GateDefinition {
  const requestTimeoutSeconds = timeout === undefined ? DEFAULT_TIMEOUT_SECONDS : secondsOf(timeout);
  return {
    name: 'synthetic-request',
    limit: 1,
    unit: 'tokens',
    relative: false,
    requires: [],
    problems: wholeSecondsProblems(
      'timeout',
      requestTimeoutSeconds,
      1,
      'it is the time that a caller would wait for an answer',
    ),
    requestTimeoutSeconds,
  };
}
