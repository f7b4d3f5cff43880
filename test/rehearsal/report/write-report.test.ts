import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge } from '../../../rehearsal/report/verdict';
import { writeReport } from '../../../rehearsal/report/write-report';
import { failedFindings, findings } from './fixture';

describe('judging', () => {
  test('a run passes when all of it passed', () => {
    expect(judge(findings())).toMatchObject({ version: 1, passed: true, summary: { passed: 8, failed: 0 } });
  });

  test('one failing assertion fails its act and the run, whatever the act says of itself', () => {
    const report = judge(failedFindings());
    expect(failedFindings().acts.every(({ passed }) => passed)).toBe(true);
    expect(report).toMatchObject({ passed: false, summary: { passed: 6, failed: 2 } });
    expect(report.acts.map(({ passed }) => passed)).toEqual([true, true, false, true, true]);
  });

  test('an act that failed without a failing assertion fails the run', () => {
    const all = findings();
    expect(judge({ ...all, acts: all.acts.map((act) => ({ ...act, passed: act.id !== 'act-1' })) })).toMatchObject({
      passed: false,
      summary: { failed: 1 },
    });
  });

  test('an act that checked nothing, and a run in which nothing ran, did not pass', () => {
    const all = findings();
    expect(judge({ ...all, acts: [{ ...all.acts[0], assertions: [] }] }).passed).toBe(false);
    expect(judge({ ...all, acts: [], faults: [] }).passed).toBe(false);
  });
});

test('the files appear whole, and the JSON is the report', () => {
  const directory = mkdtempSync(join(tmpdir(), 'report-'));
  try {
    const report = judge(failedFindings());
    const files = writeReport(report, join(directory, 'new'));
    expect(JSON.parse(readFileSync(files.json, 'utf8'))).toEqual(report);
    expect(readFileSync(files.html, 'utf8')).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
    expect(readdirSync(join(directory, 'new')).sort()).toEqual(['rehearsal-report.html', 'rehearsal-report.json']);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
