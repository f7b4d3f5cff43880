import type { JudgedRollout } from './judged-rollout';

/** A part of a rollout. */
export interface Phase {
  /** `wait` takes a time, `verdict` until the gates have answered, `bake` a time of measurements. */
  readonly kind: 'wait' | 'verdict' | 'bake';
  readonly seconds: number;
  /** Replicas when it is over, where they change. */
  readonly canary?: number;
  readonly stable?: number;
}

/** The parts of a rollout in their order; its watch begins with the first one. */
export function phasesOf({
  steps,
  replicas,
  atOnce,
  expectedStartupSeconds,
  bakeSeconds,
  minimumRequestsTimeoutSeconds,
}: JudgedRollout): Phase[] {
  const phases: Phase[] = [];
  let running = 0;
  const grow = (canary: number, stable: number) => {
    while (running < canary) {
      // The watch begins when the first pods are ready.
      const seconds = running === 0 ? 0 : expectedStartupSeconds;
      running = Math.min(canary, running + atOnce);
      phases.push({ kind: 'wait', seconds, canary: running, stable: Math.max(stable, replicas - running) });
    }
  };
  for (const { canaryReplicas, stableReplicas, holdSeconds } of steps) {
    grow(canaryReplicas, stableReplicas);
    phases.push({ kind: 'wait', seconds: holdSeconds }, { kind: 'verdict', seconds: minimumRequestsTimeoutSeconds });
  }
  grow(replicas, 0);
  return bakeSeconds > 0 ? [...phases, { kind: 'bake', seconds: bakeSeconds }] : phases;
}

/** How far back a bake looks for the stable revision, seconds, as `CanaryPlan` has it: to before the promotion and the last verdict. */
export function bakeReachSeconds({
  replicas,
  atOnce,
  expectedStartupSeconds,
  windowSeconds,
  minimumRequestsTimeoutSeconds,
  bakeSeconds,
}: JudgedRollout): number {
  return (
    windowSeconds + minimumRequestsTimeoutSeconds + Math.ceil(replicas / atOnce) * expectedStartupSeconds + bakeSeconds
  );
}
