import { setTimeout as pause } from 'node:timers/promises';
import { LOOPBACK } from '../cluster/loopback';
import { killGroup, listProcesses } from '../platform/process-table';
import { httpHealthy } from './probe';
import { PROFILES, type RevisionProfile } from './profiles';

/** Time between two looks at profile and engine, milliseconds. */
const LOOK_MS = 100;
/** Time to wait for an engine to be at work before it is killed all the same, milliseconds. */
const TIMEOUT_MS = 5000;
/** A slow engine stands still for most of each such period, milliseconds. */
const DUTY_PERIOD_MS = 600;
/** Times to first token from this multiple of the usual on are a slowness that is brought about. */
const SLOW_FACTOR = 1.5;
/** The process in which vLLM's scheduler runs; its HTTP server is another one. */
const CORE = /^VLLM::EngineCore/;

export interface ProcessFaultOptions {
  /** Process group of the engine, whose leader answers HTTP. */
  readonly group: number;
  readonly port: number;
  readonly profile: () => RevisionProfile;
  readonly log: (line: string) => void;
}

/** What an engine says of its load. */
interface Load {
  readonly running: number;
  readonly answered: number;
}

/**
 * Does to a real engine by signals what a profile says of the simulated one.
 *
 * | profile | signal |
 * |---|---|
 * | `hang` | SIGSTOP of the engine core, once it is idle or at work |
 * | `crashAfterMs`, `brokenStreamRatio` | SIGKILL of the core while it works: counted from when it has loaded |
 * | time to first token | SIGSTOP and SIGCONT of the core, in turn |
 * | `neverReady` | SIGSTOP of all at the start |
 *
 * An engine whose HTTP server and core are one process is stopped and killed as a whole. A profile without any of them lets
 * resume what was stopped.
 */
export class ProcessFault {
  private timer?: NodeJS.Timeout;
  private over = false;
  private loadedAt?: number;
  private hung = false;
  private crashed = false;
  private slowed = false;
  private core?: number;

  constructor(private readonly options: ProcessFaultOptions) {}

  public start(): void {
    this.timer = setTimeout(() => void this.look().finally(() => this.over || this.start()), LOOK_MS);
  }

  public stop(): void {
    this.over = true;
    clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    const { port, profile } = this.options;
    const { neverReady = false, hang, crashAfterMs, brokenStreamRatio = 0, ttftMs } = profile();
    const slowness = ttftMs / PROFILES.good.ttftMs;
    if (neverReady) return this.hang('all of it', -this.options.group);
    const wanted = hang !== undefined || crashAfterMs !== undefined || brokenStreamRatio > 0 || slowness > SLOW_FACTOR;
    if (!wanted) return this.resume();
    if (this.loadedAt === undefined) {
      if (!(await httpHealthy(port, '/health', 1000))) return;
      this.loadedAt = Date.now();
    }
    if (hang !== undefined && !this.hung) {
      const load = await loadOf(port);
      const enough = (load?.answered ?? -1) >= hang.afterRequests;
      if (enough && (hang.from === 'idle' ? load?.running === 0 : await this.atWork()))
        this.hang(`the core, ${hang.from === 'idle' ? 'idle' : 'at work'}`, this.target());
    } else if (
      (crashAfterMs !== undefined || brokenStreamRatio > 0) &&
      !this.crashed &&
      Date.now() - this.loadedAt >= (crashAfterMs ?? 0)
    ) {
      if (await this.atWork()) this.crash();
    } else if (slowness > SLOW_FACTOR) {
      await this.slow(slowness);
    }
  }

  /** Looks again and again, because an answer takes less than the time between two looks; not forever, because nobody may ask. */
  private async atWork(): Promise<boolean> {
    const end = Date.now() + TIMEOUT_MS;
    while (!this.over && Date.now() < end) {
      if ((await loadOf(this.options.port))?.running) return true;
      await pause(5);
    }
    return !this.over;
  }

  private hang(what: string, target: number): void {
    if (this.hung) return;
    this.hung = true;
    this.send(target, 'SIGSTOP');
    this.options.log(`stopped ${what}`);
  }

  private crash(): void {
    this.crashed = true;
    this.send(this.target(), 'SIGKILL');
    this.options.log('killed the core at work');
  }

  /** One period: it works for the share of it that makes everything slower by the factor. */
  private async slow(factor: number): Promise<void> {
    if (!this.slowed) this.options.log(`stops the core for ${Math.round(100 * (1 - 1 / factor))} % of the time`);
    this.slowed = true;
    this.send(this.target(), 'SIGSTOP');
    await pause(DUTY_PERIOD_MS * (1 - 1 / factor));
    if (this.over) return;
    this.send(this.target(), 'SIGCONT');
    await pause(Math.max(0, DUTY_PERIOD_MS / factor - LOOK_MS));
  }

  private resume(): void {
    if (this.hung) {
      this.send(-this.options.group, 'SIGCONT');
      this.options.log('lets it continue');
    }
    this.hung = false;
    this.crashed = false;
    this.slowed = false;
  }

  /** The engine core, or the whole group of an engine without one of its own; a negative number names a group. */
  private target(): number {
    const { group } = this.options;
    this.core ??= listProcesses().find((entry) => entry.group === group && CORE.test(entry.command))?.pid;
    return this.core ?? -group;
  }

  private send(target: number, signal: NodeJS.Signals): void {
    if (target < 0) {
      killGroup(-target, signal);
      return;
    }
    try {
      process.kill(target, signal);
    } catch {
      this.core = undefined; // it has ended
    }
  }
}

/** Running and answered requests by the engine's own metrics; undefined when it does not say. */
async function loadOf(port: number): Promise<Load | undefined> {
  try {
    const response = await fetch(`http://${LOOPBACK}:${port}/metrics`, { signal: AbortSignal.timeout(1000) });
    const lines = (await response.text()).split('\n');
    const sum = (pattern: RegExp): number =>
      lines
        .filter((line) => pattern.test(line))
        .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
    return {
      running: sum(/^(vllm:num_requests_running|llamacpp:requests_processing)[ {]/),
      answered: sum(/^http_requests_total\{.*handler="\/v1\//),
    };
  } catch {
    return undefined;
  }
}
