import { setTimeout as pause } from 'node:timers/promises';
import type { ContainerState, ContainerStatus, LifecycleHandler } from 'kubernetes-types/core/v1';
import { type ContainerEngine, ContainerError, type EngineStart, type IEngineRuntime } from './container-engine';
import { Prober } from './probe';

/** The kubelet gives a container this many seconds after SIGTERM even when preStop has used the whole grace period. */
const MINIMUM_GRACE_SECONDS = 2;
const FIRST_BACK_OFF_SECONDS = 1;
/** Longest wait between two restarts; the kubelet's is 300. */
const MAX_BACK_OFF_SECONDS = 4;

export interface EngineContainerOptions extends Omit<EngineStart, 'port' | 'onExit'> {
  /** What runs the engine. */
  readonly runtime: IEngineRuntime;
  /** terminationGracePeriodSeconds of the pod: what a restart by a probe gets too. */
  readonly gracePeriodSeconds: number;
  /** Called after every change of the status. */
  readonly onChange: () => void;
}

/** The life of the container `engine`: start, probes, restarts with back-off, and the end within a grace period. */
export class EngineContainer {
  private engine?: ContainerEngine;
  private lastPort = 0;
  private probers: { startup?: Prober; readiness?: Prober; liveness?: Prober } = {};
  private state: ContainerState = { waiting: { reason: 'ContainerCreating' } };
  private lastState: ContainerState = {};
  private restartCount = 0;
  private started = false;
  private ready = false;
  private stopping = false;
  private backOff?: NodeJS.Timeout;
  private ended: Promise<void> = Promise.resolve();
  private onEnded?: () => void;

  constructor(private readonly options: EngineContainerOptions) {}

  /** Loopback port of the engine; the last one while it is down, so that connections are refused. */
  public get port(): number {
    return this.lastPort;
  }

  /** Never rejects: what prevents a start shows in the status, as with a real container. */
  public async start(): Promise<void> {
    try {
      this.checkSupported();
      await this.run();
    } catch (error) {
      const reason = error instanceof ContainerError ? error.reason : 'CreateContainerConfigError';
      this.state = { waiting: { reason, message: (error as Error).message } };
    }
    this.options.onChange();
  }

  /**
   * Ends the container: preStop, SIGTERM, and SIGKILL when the grace period, counted from now, is over. Readiness continues
   * being probed meanwhile, as the kubelet does. Resolves when the process has ended.
   */
  public async stop(gracePeriodSeconds: number): Promise<void> {
    this.stopping = true;
    clearTimeout(this.backOff);
    await this.end(gracePeriodSeconds);
    this.ready = false;
  }

  /** SIGKILL at once, whatever is going on. */
  public kill(): void {
    this.stopping = true;
    clearTimeout(this.backOff);
    this.engine?.kill();
  }

  public status(): ContainerStatus {
    const {
      spec: { name, image },
      runtime,
    } = this.options;
    return {
      name,
      image: image ?? '',
      imageID: runtime.imageId,
      started: this.started,
      ready: this.ready,
      restartCount: this.restartCount,
      state: this.state,
      lastState: this.lastState,
    };
  }

  private async run(): Promise<void> {
    const { spec, runtime } = this.options;
    this.ended = new Promise((resolve) => {
      this.onEnded = resolve;
    });
    const engine = await runtime.start({
      ...this.options,
      port: this.lastPort,
      onExit: (exitCode) => this.exited(exitCode),
    });
    this.engine = engine;
    this.lastPort = engine.port;
    this.state = { running: { startedAt: now() } };
    if (this.stopping) {
      engine.kill();
      return;
    }
    this.started = spec.startupProbe === undefined;
    this.ready = this.started && spec.readinessProbe === undefined;
    if (this.started) {
      this.probeRunning();
    } else {
      this.probers.startup = this.prober('startupProbe', (healthy) => this.startupProbed(healthy));
    }
  }

  private async end(gracePeriodSeconds: number): Promise<void> {
    const engine = this.engine;
    if (engine === undefined) return;
    this.probers.startup?.stop();
    this.probers.liveness?.stop();
    const startedAt = performance.now();
    const preStop = sleepSeconds(this.options.spec.lifecycle?.preStop) ?? 0;
    await Promise.race([this.ended, pause(Math.min(preStop, gracePeriodSeconds) * 1000)]);
    const left = gracePeriodSeconds - (performance.now() - startedAt) / 1000;
    const deadline = setTimeout(() => engine.kill(), Math.max(left, MINIMUM_GRACE_SECONDS) * 1000);
    void engine.terminate();
    await this.ended;
    clearTimeout(deadline);
  }

  private startupProbed(healthy: boolean): void {
    this.probers.startup?.stop();
    if (!healthy) return this.restart();
    this.started = true;
    this.ready = this.options.spec.readinessProbe === undefined;
    this.probeRunning();
    this.options.onChange();
  }

  private probeRunning(): void {
    const { spec } = this.options;
    if (spec.readinessProbe !== undefined)
      this.probers.readiness = this.prober('readinessProbe', (healthy) => {
        if (this.ready !== healthy) {
          this.ready = healthy;
          this.options.onChange();
        }
      });
    if (spec.livenessProbe !== undefined) {
      this.probers.liveness = this.prober('livenessProbe', (healthy) => {
        if (!healthy) this.restart();
      });
    }
  }

  private prober(
    kind: 'startupProbe' | 'readinessProbe' | 'livenessProbe',
    onResult: (healthy: boolean) => void,
  ): Prober {
    const prober = new Prober({ spec: this.options.spec[kind]!, port: () => this.lastPort, onResult });
    prober.start();
    return prober;
  }

  /** Ends the container for a probe's sake; `exited` then starts it again. */
  private restart(): void {
    void this.end(this.options.spec.livenessProbe?.terminationGracePeriodSeconds ?? this.options.gracePeriodSeconds);
  }

  private exited(exitCode: number): void {
    Object.values(this.probers).forEach((prober) => prober.stop());
    this.probers = {};
    this.engine = undefined;
    this.started = false;
    this.ready = false;
    const terminated = {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      startedAt: this.state.running?.startedAt,
      finishedAt: now(),
    };
    this.state = { terminated };
    if (!this.stopping) {
      this.lastState = { terminated };
      this.scheduleRestart();
    }
    this.onEnded?.();
    this.options.onChange();
  }

  /** The first restart comes at once, the next ones after 1, 2, 4 … seconds. */
  private scheduleRestart(): void {
    this.restartCount += 1;
    const seconds =
      this.restartCount === 1
        ? 0
        : Math.min(FIRST_BACK_OFF_SECONDS * 2 ** (this.restartCount - 2), MAX_BACK_OFF_SECONDS);
    if (seconds > 0) {
      const message = `back-off ${seconds}s restarting failed container=${this.options.spec.name}`;
      this.state = { waiting: { reason: 'CrashLoopBackOff', message } };
    }
    this.backOff = setTimeout(() => void this.start(), seconds * 1000);
  }

  /** What of the spec this simulation cannot obey is better refused than passed over. */
  private checkSupported(): void {
    const { spec } = this.options;
    const problems: string[] = [];
    for (const kind of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
      if (spec[kind] !== undefined && spec[kind].httpGet === undefined)
        problems.push(`${kind}: expected httpGet, got another handler; the simulated kubelet obeys no other`);
    }
    if (spec.lifecycle?.preStop !== undefined && sleepSeconds(spec.lifecycle.preStop) === undefined)
      problems.push('lifecycle.preStop: expected a sleep, got another handler; the simulated kubelet obeys no other');
    if (problems.length > 0) throw new Error(problems.join('. '));
  }
}

/** Seconds of `sleep: {seconds}`, `exec: [sleep, N]` or `exec: [sh, -c, "sleep N"]`; undefined for anything else. */
function sleepSeconds(handler: LifecycleHandler | undefined): number | undefined {
  if (handler?.sleep !== undefined) return handler.sleep.seconds;
  const command = handler?.exec?.command?.join(' ');
  const match = command === undefined ? null : /^(?:\S*sh -c )?(?:\S*\/)?sleep (\d+(?:\.\d+)?)$/.exec(command);
  return match === null ? undefined : Number(match[1]);
}

/** The present time, as the status of a pod has it. */
export function now(): string {
  return new Date().toISOString().replace(/\.\d{3}Z$/, 'Z');
}
