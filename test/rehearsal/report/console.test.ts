import { stripVTControlCharacters } from 'node:util';
import { renderSummary } from '../../../rehearsal/report/console';
import { Progress, type ProgressStream } from '../../../rehearsal/report/progress';
import { judge } from '../../../rehearsal/report/verdict';
import { failedFindings, findings } from './fixture';

describe('the summary', () => {
  const files = { html: '/out/rehearsal-report.html', json: '/out/rehearsal-report.json' };

  test('has a line for every act and fault with verdict, seconds and requests', () => {
    const text = renderSummary(judge(findings()), { color: false, width: 120, files });
    expect(text).toMatch(/^act 3 +A revision with a latency regression is taken back +✓ passed +5\/5 +34 s +816 +0$/m);
    expect(text).toMatch(/^fault 3 +A grace period that is too short .* 7 \(intended\)$/m);
    expect(text).toContain('The rehearsal passed: 8 of 8 acts and faults in 4 min 50 s');
    expect(text).toContain(files.html);
    expect(text).not.toContain('\u001b');
  });

  test('names what failed, and uses colors only when told', () => {
    const text = renderSummary(judge(failedFindings()), { color: true, width: 120 });
    expect(text).toContain('\u001b[31m');
    const plain = stripVTControlCharacters(text);
    expect(plain).toMatch(/^act 3 .* ✗ FAILED +5\/6/m);
    expect(plain).toContain(
      '✗ A revision that crashes in a loop\n  the next cdk deploy works without repair\n    exit code 1',
    );
    expect(plain).toContain('The rehearsal failed: 2 of 8');
  });

  test('fits a narrow terminal', () => {
    const text = renderSummary(judge(findings()), { color: false, width: 84 });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(84);
  });

  test('lets nothing of others steer the terminal', () => {
    const all = findings();
    const text = renderSummary(
      judge({
        ...all,
        acts: [
          {
            ...all.acts[0],
            title: 'a\u001b[2Jb',
            assertions: [{ text: 'c\u0007d', passed: false, detail: '\u001b]0;x\u0007e' }],
          },
        ],
      }),
      { color: false, width: 100 },
    );

    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });
});

describe('the progress', () => {
  function stream(terminal?: { readonly columns: number }): ProgressStream & { readonly written: string[] } {
    const written: string[] = [];
    return {
      written,
      write: (text) => written.push(text),
      isTTY: terminal !== undefined,
      columns: terminal?.columns,
      hasColors: () => false,
    };
  }

  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  test('in a log: a line at the begin and a line at the end', () => {
    const log = stream();
    const progress = new Progress(log);
    progress.begin('act 3', 'A slow revision');
    progress.step('canary at 25 %');
    jest.advanceTimersByTime(12_000);
    progress.end(true);
    progress.begin('act 4', 'Another');
    progress.end(false);
    expect(log.written.join('')).toBe(
      'act 3 ▸ A slow revision …\nact 3 ▸ A slow revision ✓ 12 s\nact 4 ▸ Another …\nact 4 ▸ Another ✗ FAILED 0.0 s\n',
    );
  });

  test('in a terminal: one line kept up to date that never wraps and always shows the step', () => {
    const terminal = stream({ columns: 50 });
    const progress = new Progress(terminal);
    progress.begin('act 3', 'A revision with a latency regression is taken back');
    progress.step('canary at 25 %');
    jest.advanceTimersByTime(2000);
    expect(terminal.written.length).toBeGreaterThan(8);
    for (const text of terminal.written) {
      expect(text).not.toContain('\n');
      expect(stripVTControlCharacters(text).trim().length).toBeLessThan(50);
    }
    expect(terminal.written.at(-1)).toMatch(/act 3 ▸ A revision.*… canary at 25 % 2 s$/);
    progress.end(true);
    const drawn = terminal.written.length;
    jest.advanceTimersByTime(2000);
    expect(terminal.written).toHaveLength(drawn);
    expect(terminal.written.at(-1)).toMatch(/taken back ✓ 2\.0 s\n$/);
  });

  test('after a stop, for instance by Ctrl-C, nothing more is drawn', () => {
    const terminal = stream({ columns: 80 });
    const progress = new Progress(terminal);
    progress.begin('act 1', 'A');
    progress.stop();
    const drawn = terminal.written.length;
    jest.advanceTimersByTime(2000);
    progress.end(true);
    expect(terminal.written).toHaveLength(drawn);
    expect(terminal.written.at(-1)).toBe('\r\u001b[2K');
  });
});
