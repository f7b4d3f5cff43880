import { styleText } from 'node:util';
import Table from 'cli-table3';
import { withoutLines } from '../../lib/commands/command-line/plain-table';
import { formatCount, formatSeconds, secondsBetween } from './format';
import { plainText } from './text';
import type { ActReport, RehearsalReport } from './types';
import type { ReportFiles } from './write-report';

/** How the summary is printed. */
export interface SummaryOptions {
  /** Colors; the words say the same without. */
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** Where the report was written. */
  readonly files?: ReportFiles;
}

/** Columns beside the title, with their gaps. */
const FIGURES = 58;
const TITLE = { least: 24, most: 64 };

/** The end of a rehearsal in a terminal: a table of acts and faults, what failed, the verdict, and where the report is. */
export function renderSummary(report: RehearsalReport, options: SummaryOptions): string {
  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    options.color ? styleText(format, text, { validateStream: false }) : text;
  const titleWidth = Math.max(TITLE.least, Math.min(TITLE.most, options.width - FIGURES));
  const table = new Table({
    head: ['', 'act or fault', 'verdict', 'checks', 'time', 'sent', 'lost'].map((head) => style('dim', head)),
    colAligns: ['left', 'left', 'left', 'right', 'right', 'right', 'right'],
    colWidths: [null, titleWidth],
    wordWrap: true,
    chars: withoutLines('  '),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  const rows = (kind: string, acts: readonly ActReport[]) =>
    acts.map((act, i) => {
      const checks = `${act.assertions.filter(({ passed }) => passed).length}/${act.assertions.length}`;
      return [
        style('dim', `${kind} ${act.number ?? i + 1}`),
        plainText(act.title),
        act.passed ? style('green', '✓ passed') : style(['red', 'bold'], '✗ FAILED'),
        checks,
        formatSeconds(secondsBetween(act.startedAt, act.finishedAt)),
        formatCount(act.requests.sent),
        lost(act, style),
      ];
    });
  table.push(...rows('act', report.acts), ...rows('fault', report.faults));
  const failed = [...report.acts, ...report.faults]
    .filter(({ passed }) => !passed)
    .flatMap((act) => [style(['red', 'bold'], `✗ ${plainText(act.title)}`), ...reasons(act)]);
  return [
    trimLines(table.toString()),
    '',
    ...(failed.length > 0 ? [...failed, ''] : []),
    verdict(report, style),
    ...(options.files === undefined
      ? []
      : [`${style('dim', 'report')} ${options.files.html}`, `${style('dim', '  json')} ${options.files.json}`]),
    '',
  ].join('\n');
}

type Style = (format: Parameters<typeof styleText>[0], text: string) => string;

function lost({ requests }: ActReport, style: Style): string {
  const count = formatCount(requests.lost);
  return requests.lossExpected === true ? `${count} (intended)` : requests.lost > 0 ? style('red', count) : count;
}

/** What failed in an act, one statement per line with its details below it. */
export function reasons(act: ActReport): readonly string[] {
  const failed = act.assertions.filter(({ passed }) => !passed);
  return failed.length === 0
    ? ['  it ended before everything was checked']
    : failed.flatMap(({ text, detail }) => [
        `  ${plainText(text)}`,
        ...(detail === undefined
          ? []
          : plainText(detail)
              .split('\n')
              .map((line) => `    ${line}`)),
      ]);
}

function verdict({ passed, summary, startedAt, finishedAt }: RehearsalReport, style: Style): string {
  const time = formatSeconds(secondsBetween(startedAt, finishedAt));
  const all = summary.passed + summary.failed;
  return passed
    ? style(['green', 'bold'], `The rehearsal passed: ${summary.passed} of ${all} acts and faults in ${time}`)
    : style(
        ['red', 'bold'],
        all === 0
          ? 'The rehearsal failed: nothing ran'
          : `The rehearsal failed: ${summary.failed} of ${all} acts and faults, after ${time}`,
      );
}

function trimLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n');
}
