import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { benchRollback } from '../../bench/bench-rollback';
import { DURATIONS } from '../../rehearsal/report/types';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-rollback-'));
afterAll(() => fs.rmSync(directory, { recursive: true }));

function reportOf(durations: object[]): { report: string } {
  const report = path.join(directory, 'report.json');
  fs.writeFileSync(report, JSON.stringify({ startedAt: '2026-01-01T00:00:00Z', acts: [{ id: 'act-3', durations }] }));
  return { report };
}

test('detection and rollback of the third act, beside what the gate has to wait for', async () => {
  const figures = await benchRollback(
    reportOf([
      { name: DURATIONS.detection, seconds: 9.5 },
      { name: DURATIONS.rollback, seconds: 0.5 },
    ]),
  );
  // The rehearsal's gates: 3 s of warm-up, a window of 10 s and an interval of 2 s.
  expect(figures[0]).toMatchObject({ unit: 's', value: 10, baseline: { value: 15 }, ratio: 0.6667 });
  expect(figures.map(({ value }) => value)).toEqual([10, 9.5, 0.5]);
});

test('how long a fault went unseen on real engines, beside simulated ones', async () => {
  const report = path.join(directory, 'both.json');
  const verdict = (engine: string, detectionSeconds?: number) => ({
    id: engine,
    durations: [],
    verdict: { engine, outcome: 'aborted', reason: 'metric forward-progress was 1', detectionSeconds },
  });
  const durations = [
    { name: DURATIONS.detection, seconds: 9.5 },
    { name: DURATIONS.rollback, seconds: 0.5 },
  ];
  fs.writeFileSync(
    report,
    JSON.stringify({
      startedAt: '2026-01-01T00:00:00Z',
      acts: [{ id: 'act-3', durations }],
      faults: [verdict('hangingIdle', 10), verdict('hanging', 12)],
    }),
  );
  const enginesReport = path.join(directory, 'engines.json');
  fs.writeFileSync(
    enginesReport,
    JSON.stringify({
      startedAt: '2026-01-02T00:00:00Z',
      acts: [verdict('hangingIdle', 20), verdict('crashing', 7), verdict('mistakes')],
      faults: [],
    }),
  );
  const figures = (await benchRollback({ report, enginesReport })).slice(3);
  expect(
    figures.map(({ what, value, baseline, ratio }) => [what.split(':')[0], value, baseline?.value, ratio]),
  ).toEqual([
    ['hangingIdle', 20, 10, 2],
    ['crashing', 7, undefined, undefined],
  ]);
});

test('says how to get a report', async () => {
  await expect(benchRollback({ report: path.join(directory, 'none.json') })).rejects.toThrow(
    'make it with npm run rehearse',
  );
});

test('says what a report does not have', async () => {
  await expect(benchRollback(reportOf([{ name: DURATIONS.detection, seconds: 9.5 }]))).rejects.toThrow(
    `expected the duration "${DURATIONS.rollback}" of act-3`,
  );
});
