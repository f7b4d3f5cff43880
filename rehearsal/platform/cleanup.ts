type Step = { readonly name: string; readonly run: () => Promise<void> | void };

/**
 * What has to be undone, in reverse order, however the rehearsal ends: normally, by a failure, by Ctrl-C or by SIGTERM.
 *
 * A step that fails does not keep the others from running; all failures are thrown together at the end.
 */
export class Cleanup {
  private readonly steps: Step[] = [];
  private readonly controller = new AbortController();
  private running?: Promise<void>;
  private readonly onSignal = (signal: NodeJS.Signals): void => void this.exitBy(signal);

  constructor(private readonly log: (line: string) => void) {}

  /** Adds a step that runs before all steps added so far. */
  defer(name: string, run: () => Promise<void> | void): void {
    this.steps.push({ name, run });
  }

  /** Aborted as soon as undoing begins: what starts something new asks first. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** From now on, SIGINT, SIGTERM and SIGHUP undo everything before the process ends with the signal's usual exit code. */
  handleSignals(): void {
    for (const signal of SIGNALS) process.on(signal, this.onSignal);
  }

  /** Undoes everything, once: a second call waits for the first. */
  async run(): Promise<void> {
    this.running ??= this.undoAll();
    return this.running;
  }

  private async undoAll(): Promise<void> {
    this.controller.abort();
    const failures: string[] = [];
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      try {
        await step.run();
      } catch (error) {
        failures.push(`${step.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    for (const signal of SIGNALS) process.off(signal, this.onSignal);
    if (failures.length > 0) throw new Error(`clean-up was not complete:\n  ${failures.join('\n  ')}`);
  }

  private async exitBy(signal: NodeJS.Signals): Promise<void> {
    if (!this.running) this.log(`${signal}: stopping everything that was started`);
    try {
      await this.run();
    } catch (error) {
      this.log(error instanceof Error ? error.message : String(error));
    }
    process.exit(SIGNAL_EXIT_CODE[signal]);
  }
}

const SIGNAL_EXIT_CODE: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
const SIGNALS = Object.keys(SIGNAL_EXIT_CODE) as NodeJS.Signals[];
