import type { ActReport, RehearsalReport } from './types';

/** What a run found, before it is judged. */
export type RehearsalFindings = Pick<RehearsalReport, 'startedAt' | 'finishedAt' | 'parts' | 'acts' | 'faults'>;

/**
 * Judges a run. An act passes when it says so, asserted something, and no assertion failed; the run passes when
 * something ran and all of it passed.
 */
export function judge(findings: RehearsalFindings): RehearsalReport {
  const { startedAt, finishedAt, parts } = findings;
  const acts = findings.acts.map(judged);
  const faults = findings.faults.map(judged);
  const failed = [...acts, ...faults].filter((act) => !act.passed).length;
  const passed = acts.length + faults.length - failed;
  return {
    version: 1,
    startedAt,
    finishedAt,
    passed: failed === 0 && passed > 0,
    summary: { passed, failed },
    parts,
    acts,
    faults,
  };
}

function judged(act: ActReport): ActReport {
  return {
    ...act,
    passed: act.passed && act.assertions.length > 0 && act.assertions.every((assertion) => assertion.passed),
  };
}
