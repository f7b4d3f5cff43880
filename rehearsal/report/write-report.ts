import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderPage } from './page';
import type { RehearsalReport } from './types';

/** Where a report was written. */
export interface ReportFiles {
  readonly html: string;
  readonly json: string;
}

/** Writes `rehearsal-report.html` and `rehearsal-report.json` into a folder; each appears whole or not at all. */
export function writeReport(report: RehearsalReport, directory: string): ReportFiles {
  mkdirSync(directory, { recursive: true });
  const files = { html: join(directory, 'rehearsal-report.html'), json: join(directory, 'rehearsal-report.json') };
  writeWhole(files.json, `${JSON.stringify(report, undefined, 1)}\n`);
  writeWhole(files.html, renderPage(report));
  return files;
}

function writeWhole(path: string, text: string): void {
  const unfinished = `${path}.${process.pid}.tmp`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, path);
}
