import { assertFailed, assertSameApplied } from '../acts/steps';
import { assertStillServing } from '../faults/fault';
import { type EngineRun } from '../models/process-engines';
import { PROFILES, type RevisionProfile } from '../models/profiles';
import { type Act } from '../scenario/act';
import { type ActRecorder } from '../scenario/act-recorder';
import { recordDetection, turnBad, type Turn } from '../scenario/detection';
import { DETECTION_SECONDS, REPLICAS } from './real-models';

/** A revision whose engine goes wrong. */
interface BadRevision {
  readonly number: number;
  readonly revision: string;
  readonly title: string;
  readonly story: string;
  readonly promised: string;
  /** What the same fault of a simulated engine is called. */
  readonly engine: string;
  readonly profile: RevisionProfile;
  /** @default - bad from its start */
  readonly turn?: Turn;
  /** What callers see. @default - failures */
  readonly sign?: 'late answers';
  /** What `cdk deploy` must say. */
  readonly reason: RegExp;
  /** What else must be seen. @default - nothing */
  readonly check?: (record: ActRecorder, runs: readonly EngineRun[]) => Promise<void>;
}

/** A canary that goes wrong is aborted with a reason, and the old engines, which nobody has touched, serve on. */
function badRevision(bad: BadRevision): Act {
  const { number, revision, title, story, promised, engine, reason } = bad;
  return {
    id: `act-${number}`,
    title,
    story,
    promised,
    losses: 'of the new revision',
    expects: { engine, outcome: 'aborted', reason },
    async run(stage, record) {
      const old = await stage.servingRevision();
      const before = await stage.appliedObjects();
      const turning = bad.turn && turnBad(stage, record, revision, bad.turn);
      const deployed = await stage.deployRevision(record, revision, bad.profile);
      assertFailed(record, deployed, reason);
      assertStillServing(record, old, REPLICAS, REPLICAS);
      const detectionSeconds = await recordDetection(stage, record, revision, bad.sign, await turning);
      record.assert(
        `it was ended within one window and one interval, ${DETECTION_SECONDS} s, after the first sign that a caller could see`,
        detectionSeconds !== undefined && detectionSeconds <= DETECTION_SECONDS,
        detectionSeconds === undefined ? 'no sign, or no end, was seen' : `${detectionSeconds} s`,
      );
      record.verdict({
        engine,
        outcome: deployed.exitCode === 0 ? 'promoted' : 'aborted',
        reason: reason.exec(deployed.output)?.[0],
        detectionSeconds,
      });
      await assertSameApplied(stage, record, before);
      await bad.check?.(
        record,
        (await stage.simulation.engineRuns()).filter((run) => run.revision === revision),
      );
    },
  };
}

const NO_ANSWER = /metric (?:synthetic-request|forward-progress|error-ratio|unfinished-answers) [^|\n]*/;

/** The engines that go wrong, each in a canary of its own. */
export const BAD_ENGINES: readonly Act[] = [
  badRevision({
    number: 3,
    revision: 'r3',
    title: 'An engine that hangs from idle',
    story:
      'The engine core stands still (SIGSTOP) before its first request. /health answers 200, and the engine counts no request that runs.',
    promised: 'The canary is aborted though no metric of the engine shows anything.',
    engine: 'hangingIdle',
    profile: PROFILES.hangingIdle,
    reason: NO_ANSWER,
  }),
  badRevision({
    number: 4,
    revision: 'r4',
    title: 'An engine that hangs at work',
    story: 'The engine core stands still (SIGSTOP) in the middle of an answer, after the first ones were good.',
    promised: 'The canary is aborted.',
    engine: 'hanging',
    profile: { ...PROFILES.good, hang: { afterRequests: 10, from: 'work' } },
    reason: NO_ANSWER,
  }),
  badRevision({
    number: 5,
    revision: 'r5',
    title: 'An engine that crashes and breaks its streams',
    story:
      'The engine core is killed (SIGKILL) at work. Streams that have begun with status 200 end with an error; whole answers are 500; the process ends with exit code 0, and is started again.',
    promised: 'The release ends the canary at its first crash.',
    engine: 'crashing',
    profile: { ...PROFILES.good, crashAfterMs: 15_000 },
    // The process takes its counts with it, and may answer again before four requests in a row were without an answer.
    reason: /metric (?:synthetic-request|unfinished-answers) [^|\n]*|container engine ended while it served [^|\n]*/,
    async check(record, runs) {
      const { causes } = await record.counters();
      record.assert(
        'callers saw it',
        Object.values(causes).some((count) => count > 0),
        JSON.stringify(causes),
      );
      record.assert(
        'the process that crashed ended with exit code 0',
        runs[0]?.exitCode === 0,
        runs.map(({ exitCode }) => `${exitCode}`).join(', '),
      );
    },
  }),
  badRevision({
    number: 6,
    revision: 'r6',
    title: 'An engine that becomes slow at work',
    story:
      'Half a minute after its first pod was ready, the engine core stands still for five sixths of the time (SIGSTOP and SIGCONT in turn).',
    promised: 'The gate on the time to first token aborts the canary.',
    engine: 'slowing',
    profile: PROFILES.good,
    turn: { profile: PROFILES.slow, afterSeconds: 30, says: 'the engines of the new revision become slow' },
    sign: 'late answers',
    reason: /metric time-to-first-token was [\d.]+, limit at most [\d.]+/,
  }),
];
