import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { rehearsal } from '../environments';
import { secondsOfText } from '../lib/environment/plain-data';
import { DURATIONS, type RehearsalReport } from '../rehearsal/report/types';
import { type BenchOptions } from './bench-command';
import { type Figure, figure } from './figure';

const ACT = 'act-3';

/**
 * Time from the first bad sample to full traffic on the old revision, as the last rehearsal measured it; and with the report of one on real
 * engines, how long each fault went unseen on both kinds of engine.
 */
export async function benchRollback({
  report,
  enginesReport,
}: Pick<BenchOptions, 'report' | 'enginesReport'>): Promise<Figure[]> {
  const simulated = await read(report);
  const { acts, startedAt } = simulated;
  const seconds = (name: string): number => {
    const duration = acts.find(({ id }) => id === ACT)?.durations.find((each) => each.name === name);
    if (!duration)
      throw new Error(
        `report: expected the duration "${name}" of ${ACT} in ${report}, got none; run all acts of the rehearsal`,
      );
    return duration.seconds;
  };
  const { warmUp, window, interval } = rehearsal().models[0].rollout.judgement!;
  const notes = `from the rehearsal that started at ${startedAt}`;
  return [
    figure({
      what: 'first bad sample to full traffic on the old revision',
      unit: 's',
      samples: [seconds(DURATIONS.detection) + seconds(DURATIONS.rollback)],
      baseline: {
        what: "the gate's own warm-up, window and one interval, before which it may not judge",
        samples: [secondsOfText(warmUp!) + secondsOfText(window!) + secondsOfText(interval!)],
      },
      notes,
    }),
    figure({ what: DURATIONS.detection, unit: 's', samples: [seconds(DURATIONS.detection)], notes }),
    figure({ what: DURATIONS.rollback, unit: 's', samples: [seconds(DURATIONS.rollback)], notes }),
    ...(enginesReport === undefined ? [] : detections(await read(enginesReport), simulated)),
  ];
}

/** The windows of the gates differ between the two: real engines take a minute to start, and share two cores. */
function detections(real: RehearsalReport, simulated: RehearsalReport): Figure[] {
  const verdicts = ({ acts, faults }: RehearsalReport) =>
    [...acts, ...faults].flatMap(({ verdict }) =>
      verdict?.detectionSeconds === undefined ? [] : [{ ...verdict, seconds: verdict.detectionSeconds }],
    );
  return verdicts(real).map(({ engine, reason, seconds }) => {
    const counterpart = verdicts(simulated).find((verdict) => verdict.engine === engine);
    return figure({
      what: `${engine}: first sign that a caller could see, to the abort, on real engines`,
      unit: 's',
      samples: [seconds],
      ...(counterpart && { baseline: { what: 'on simulated engines', samples: [counterpart.seconds] } }),
      notes: `from the rehearsal that started at ${real.startedAt}: ${reason ?? 'no reason'}`,
    });
  });
}

async function read(report: string): Promise<RehearsalReport> {
  if (!existsSync(report))
    throw new Error(
      `report: expected the JSON report of a rehearsal, got no file ${report}; make it with npm run rehearse, or name another with --report`,
    );
  return JSON.parse(await readFile(report, 'utf8')) as RehearsalReport;
}
