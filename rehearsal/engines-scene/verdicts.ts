import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RehearsalReport, type VerdictReport } from '../report/types';
import { LLAMA_CPP_VERSION, VLLM_VERSION } from './real-models';

/** What became of each fault of real engines; simulated ones are held to it by a test. */
export interface RecordedVerdicts {
  /** Day of the run, `YYYY-MM-DD`. */
  readonly recorded: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly verdicts: readonly VerdictReport[];
}

/** The verdicts of a run with real engines; an act that failed has shown none. */
export function verdictsOf({ startedAt, acts }: Pick<RehearsalReport, 'startedAt' | 'acts'>): RecordedVerdicts {
  return {
    recorded: startedAt.slice(0, 10),
    engines: { vllm: VLLM_VERSION, 'llama-cpp': LLAMA_CPP_VERSION },
    verdicts: acts.flatMap(({ verdict, passed }) => (verdict === undefined || !passed ? [] : [verdict])),
  };
}

/** Writes them beside the report, as `engine-verdicts.json`. */
export function writeVerdicts(report: RehearsalReport, folder: string): void {
  writeFileSync(join(folder, 'engine-verdicts.json'), `${JSON.stringify(verdictsOf(report), undefined, 2)}\n`);
}
