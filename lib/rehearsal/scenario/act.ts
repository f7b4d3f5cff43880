import { type ActReport } from '../report/types';
import { type ActRecorder } from './act-recorder';
import { type RehearsalStage } from './rehearsal-stage';

/** One scene of the rehearsal: something is done for real, and what must come of it is asserted. */
export interface Act {
  /** Unique; an anchor in the report. */
  readonly id: string;
  readonly title: string;
  /** What happens, in one sentence. */
  readonly story: string;
  /** Outcome promised before a fault is injected. */
  readonly promised?: string;
  run(stage: RehearsalStage, record: ActRecorder): Promise<void>;
}

/** Runs an act and records it; an error in it is an assertion that failed. */
export async function perform(act: Act, stage: RehearsalStage, record: ActRecorder): Promise<ActReport> {
  await record.start();
  try {
    await act.run(stage, record);
  } catch (error) {
    record.assert('the act ran to its end', false, error instanceof Error ? error.stack : String(error));
  }
  return record.finish(act);
}
