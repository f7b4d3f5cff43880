import { isAborted, isPromoted, type RolloutObject, stepsOf, describeStep } from './rollout-object';

/** What a person can do to a rollout. */
export const VERBS = ['pause', 'resume', 'promote', 'abort'] as const;
export type Verb = (typeof VERBS)[number];

/** What a verb writes, and the message for the person. */
export interface Act {
  /** Merged into the object. */
  readonly spec?: Record<string, unknown>;
  /** Merged into its status. */
  readonly status?: Record<string, unknown>;
  /** True when the change is right only for the state that was read: it is refused if that has changed meanwhile. */
  readonly exact?: boolean;
  readonly message: string;
}

/** Why a verb does not apply to the state of a rollout. */
export class VerbRefused extends Error {}

/**
 * What a verb changes on a rollout: the patches of kubectl-argo-rollouts 1.9, refused where they would do nothing or harm.
 *
 * @throws VerbRefused
 */
export function actOf(verb: Verb, rollout: RolloutObject, full = false): Act {
  const promote = full ? promoteFully : promoteStep;
  return { pause, resume, promote, abort }[verb](rollout);
}

function pause(rollout: RolloutObject): Act {
  if (rollout.spec.paused) throw new VerbRefused('is paused already; `resume` lets it continue');
  if (isAborted(rollout)) throw new VerbRefused('was aborted, so there is nothing to pause');
  return {
    spec: { paused: true },
    message: isPromoted(rollout)
      ? 'paused; nothing is rolling out, so the next revision will wait before its first step until `resume`'
      : 'paused; a deployment that waits for it fails at its deadline and takes the revision back, unless `resume` comes first',
  };
}

function resume(rollout: RolloutObject): Act {
  const { spec, status } = rollout;
  if (isAborted(rollout))
    return { status: { abort: false }, message: 'resumed; the canary starts again from its first step' };
  if (spec.paused) return { spec: { paused: false }, message: 'resumed' };
  if (status?.pauseConditions?.length)
    throw new VerbRefused('is not paused by a person, but holds a step of its plan; `promote` ends the step');
  throw new VerbRefused('is neither paused nor aborted');
}

function refuseEnded(rollout: RolloutObject): void {
  if (isAborted(rollout))
    throw new VerbRefused('was aborted; `resume` starts the canary again, or deploy another revision');
  if (isPromoted(rollout))
    throw new VerbRefused('has nothing to promote: the revision asked for is the one that serves');
}

function promoteFully(rollout: RolloutObject): Act {
  refuseEnded(rollout);
  return {
    ...(rollout.spec.paused ? { spec: { paused: false } } : {}),
    status: { promoteFull: true },
    message: 'promoted in full; steps and gates that were left are skipped',
  };
}

function promoteStep(rollout: RolloutObject): Act {
  refuseEnded(rollout);
  const { spec, status } = rollout;
  const steps = stepsOf(rollout);
  const unpaused = spec.paused ? { spec: { paused: false } } : {};
  const index = status?.currentStepIndex ?? 0;
  const next = index + 1;
  const following =
    next < steps.length
      ? `step ${next + 1} of ${steps.length} (${describeStep(steps[next])}) is next`
      : 'no step is left';
  const past = (what: string, changed: object = {}): Act => ({
    ...unpaused,
    status: { pauseConditions: null, ...changed },
    exact: true,
    message: `promoted past ${what}${steps.length > 0 ? `; ${following}` : ''}`,
  });
  const inconclusive = status?.canary?.currentStepAnalysisRunStatus?.status === 'Inconclusive';
  if (status?.pauseConditions?.length) {
    // The controller ends a hold by itself once its condition is gone; after an inconclusive analysis it must be moved on.
    return inconclusive && status.controllerPause && index < steps.length
      ? past('an inconclusive analysis', { controllerPause: false, currentStepIndex: next })
      : past('a hold');
  }
  if (index < steps.length)
    return past(`step ${next} of ${steps.length} (${describeStep(steps[index])})`, { currentStepIndex: next });
  if (spec.paused) return { ...unpaused, message: 'resumed; no step is left to promote' };
  throw new VerbRefused('has no step left to promote; `promote --full` ends what still holds it');
}

function abort(rollout: RolloutObject): Act {
  if (isAborted(rollout)) throw new VerbRefused('was aborted already');
  if (isPromoted(rollout))
    throw new VerbRefused('has nothing to abort: no revision is rolling out; deploy an earlier revision to go back');
  if (!rollout.status?.stableRS) throw new VerbRefused('has no earlier revision to go back to');
  return {
    status: { abort: true },
    message:
      'aborted; requests return to the stable revision, and a deployment that waits for it fails and takes the revision back',
  };
}
