import { type SceneProgram } from '../platform';
import { type ActReport } from '../report/types';
import { type ActDescription, type ActRecorder, type Losses } from './act-recorder';
import { type RehearsalStage } from './rehearsal-stage';

/** What must become of the revision that an act ships. */
export interface Expectation {
  /** How its engine behaves: the name of a profile, or `mistakes` for a good one whose callers make mistakes. */
  readonly engine: string;
  readonly outcome: 'promoted' | 'aborted';
  /** What `cdk deploy` must say of an abort. @default - nothing is promised */
  readonly reason?: RegExp;
}

/** One scene of the rehearsal: something is done for real, and what must come of it is asserted. */
export interface Act extends ActDescription {
  /** The same for a machine: engines that are simulated and real ones are held to each other by it. @default - the act ships no revision that is judged */
  readonly expects?: Expectation;
  /** Programs that only such scenes need. @default - none */
  readonly needs?: readonly SceneProgram[];
  /** Ids of the scenes that must have run before. @default - only the first act */
  readonly buildsOn?: readonly string[];
  run(stage: RehearsalStage, record: ActRecorder): Promise<void>;
}

/** Runs an act and records it; an error in it is an assertion that failed. */
export async function perform(act: Act, stage: RehearsalStage, record: ActRecorder): Promise<ActReport> {
  const serving = await stage.servingRevision();
  await record.start();
  try {
    await act.run(stage, record);
    // Pods that are still ending belong to this act, and so do the requests that they may lose.
    await stage.waitForTermination();
    if (stage.isUnderLoad) await assertLosses(act.losses ?? 'none', serving, record);
  } catch (error) {
    record.assert('the act ran to its end', false, error instanceof Error ? error.stack : String(error));
  }
  return record.finish(act);
}

async function assertLosses(losses: Losses, serving: string, record: ActRecorder): Promise<void> {
  const { sent, lost, timeouts, causes, byPodHash } = await record.counters();
  const all = lost + timeouts;
  const why = Object.entries(causes).map(([cause, count]) => `${cause}: ${count}`);
  const found = `${all} of ${sent} lost${why.length > 0 ? ` (${why.join(', ')})` : ''}`;
  if (losses === 'some') {
    record.assert('requests were lost', all > 0, found);
  } else if (losses === 'of the new revision') {
    const ofServing = Object.values(byPodHash)
      .filter(({ revision }) => revision === serving)
      .reduce((sum, counts) => sum + counts.lost + counts.timeouts, 0);
    record.assert(
      'no request to the old revision was lost',
      sent > 100 && ofServing === 0,
      `${ofServing} to the old revision; ${found}`,
    );
  } else if (sent > 0) {
    record.assert('no request was lost', all === 0, found);
  }
}
