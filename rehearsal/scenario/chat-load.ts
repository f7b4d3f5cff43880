import { rehearsal } from '../../environments/rehearsal';
import { type ModelConfig } from '../../lib/environment/model/model-config';
import { PROFILES, type RevisionProfile } from '../models/profiles';

/** Requests a second that `chat` is sent. */
export const REQUESTS_PER_SECOND = 24;

/** Answers that the callers ask for. */
export type Answers = 'short' | 'long';

/**
 * How `chat` is scaled where it is. Short answers need fewer replicas than the fewest, and long ones more than the most, on a
 * machine that is half as fast too.
 */
export const AUTOSCALING: NonNullable<ModelConfig['autoscaling']> = {
  minReplicas: 4,
  maxReplicas: 6,
  runningPerReplica: 3.5,
  pollingInterval: '2s',
  // The least that the checks allow: the time that a pod may take to drain.
  scaleDownWindow: rehearsal().models[0].timings!.terminationGracePeriod!,
};

/** What a revision does for such answers. */
export function profileOf(answers: Answers, profile: RevisionProfile = PROFILES.good): RevisionProfile {
  return { ...profile, tokens: answers === 'short' ? PROFILES.good.tokens : 5 * PROFILES.good.tokens };
}
