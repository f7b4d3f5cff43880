import { styleText } from 'node:util';
import { formatSeconds } from './format';
import { plainText, shorten } from './text';

/** What is written to: `process.stderr`, or a pipe, or a file. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  hasColors?(): boolean;
}

const REFRESH_MS = 250;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const ERASE_LINE = '\r\u001b[2K';

interface Running {
  readonly label: string;
  readonly title: string;
  readonly since: number;
  step: string;
}

/**
 * Prints how far the rehearsal is, one act per line: `act 3 ▸ a revision with a latency regression … canary at 25 %`.
 *
 * In a terminal the line of the running act is kept up to date in place; elsewhere it is written when the act begins
 * and when it ends, so that a log stays readable.
 */
export class Progress {
  private running?: Running;
  private timer?: NodeJS.Timeout;
  private frame = 0;

  constructor(private readonly stream: ProgressStream) {}

  /** Begins an act, or a part of the preparation; ends what was running without a verdict. */
  public begin(label: string, title: string): void {
    this.stop();
    this.running = { label: plainText(label), title: plainText(title), since: Date.now(), step: '' };
    if (this.live) {
      this.draw();
      this.timer = setInterval(() => this.draw(), REFRESH_MS);
      this.timer.unref();
    } else {
      this.stream.write(`${this.head(this.running)} …\n`);
    }
  }

  /** Says what the running act is doing; shown in a terminal only. */
  public step(text: string): void {
    if (this.running !== undefined) {
      this.running.step = plainText(text).replace(/\s+/g, ' ');
      if (this.live) this.draw();
    }
  }

  /** Ends what was begun with its verdict. */
  public end(passed: boolean): void {
    const running = this.running;
    if (running === undefined) return;
    this.stop();
    const verdict = passed ? this.style('green', '✓') : this.style('red', '✗ FAILED');
    const time = formatSeconds((Date.now() - running.since) / 1000);
    this.stream.write(`${this.head(running)} ${verdict} ${this.style('dim', time)}\n`);
  }

  /** Stops drawing, for instance after Ctrl-C; the terminal is left with an empty line. */
  public stop(): void {
    clearInterval(this.timer);
    if (this.live && this.running !== undefined) this.stream.write(ERASE_LINE);
    this.running = undefined;
  }

  private get live(): boolean {
    return this.stream.isTTY === true;
  }

  private head({ label, title }: Running): string {
    return `${this.style('bold', label)} ▸ ${title}`;
  }

  private draw(): void {
    const running = this.running!;
    this.frame = (this.frame + 1) % FRAMES.length;
    const seconds = formatSeconds(Math.floor((Date.now() - running.since) / 1000)).replace('.0', '');
    // A line that wraps cannot be erased; what happens now is worth more room than the title.
    const room = Math.max(20, (this.stream.columns || 80) - seconds.length - running.label.length - 8);
    const title = shorten(running.title, Math.max(12, room - running.step.length - 3));
    const text = shorten(`${title} … ${running.step}`.trimEnd(), room);
    this.stream.write(
      `${ERASE_LINE}${this.style('cyan', FRAMES[this.frame])} ${running.label} ▸ ${text} ${this.style('dim', seconds)}`,
    );
  }

  private style(format: Parameters<typeof styleText>[0], text: string): string {
    return this.stream.hasColors?.() === true ? styleText(format, text, { validateStream: false }) : text;
  }
}
