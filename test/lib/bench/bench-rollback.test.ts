import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { benchRollback } from '../../../lib/bench/bench-rollback';
import { DURATIONS } from '../../../lib/rehearsal/report/types';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-rollback-'));
afterAll(() => fs.rmSync(directory, { recursive: true }));

function reportOf(durations: object[]): { report: string } {
  const report = path.join(directory, 'report.json');
  fs.writeFileSync(report, JSON.stringify({ startedAt: '2026-01-01T00:00:00Z', acts: [{ id: 'act-3', durations }] }));
  return { report };
}

test('detection and rollback of the third act, beside what the gate has to wait for', async () => {
  const figures = await benchRollback(reportOf([{ name: DURATIONS.detection, seconds: 9.5 }, { name: DURATIONS.rollback, seconds: 0.5 }]));
  // The rehearsal's gates: 5 s of warm-up and an interval of 2 s.
  expect(figures[0]).toMatchObject({ unit: 's', value: 10, baseline: { value: 7 }, ratio: 1.429 });
  expect(figures.map(({ value }) => value)).toEqual([10, 9.5, 0.5]);
});

test('says how to get a report', async () => {
  await expect(benchRollback({ report: path.join(directory, 'none.json') })).rejects.toThrow('make it with npm run rehearse');
});

test('says what a report does not have', async () => {
  await expect(benchRollback(reportOf([{ name: DURATIONS.detection, seconds: 9.5 }]))).rejects.toThrow(`expected the duration "${DURATIONS.rollback}" of act-3`);
});
