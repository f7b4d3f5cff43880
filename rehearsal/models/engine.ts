import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenPreferably } from '../cluster/loopback';
import { EngineApi, type EngineState } from './engine-api';
import type { EngineArgs } from './engine-args';
import type { RevisionProfile } from './profiles';

/** Idle seconds after which uvicorn, vLLM's server, closes a kept connection. */
const KEEP_ALIVE_SECONDS = 5;
/** Exit code of a process ended by SIGKILL. */
const KILLED = 137;
/** From the death of the engine core until connections are refused, in milliseconds. */
const CORE_DEAD_LISTENS_MS = 100;
/** From the death of the engine core until the process has ended, in milliseconds: a tenth of what real ones take. */
const CORE_DEAD_ENDS_MS = 300;

export interface SimulatedEngineOptions {
  readonly args: EngineArgs;
  /** Read at every request, so that a profile can be changed under a running engine. */
  readonly profile: () => RevisionProfile;
  /** Called once when the process ends, with its exit code. */
  readonly onExit: (exitCode: number) => void;
  /** Port to listen on if it is free. @default any free port */
  readonly port?: number;
  /** Source of jitter, 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/**
 * A simulated vLLM server on a loopback port of its own. Nothing is inferred; latencies, errors and hangs follow the profile,
 * and what differs between versions of vLLM follows the version in the arguments. It ends like a process: by itself (a
 * crash), by `terminate()` (SIGTERM) or by `kill()` (SIGKILL).
 */
export class SimulatedEngine {
  /** Resolves when the server listens; the model may still be loading. */
  public static async start(options: SimulatedEngineOptions): Promise<SimulatedEngine> {
    const engine = new SimulatedEngine(options);
    await listenPreferably(engine.server, options.port ?? 0);
    return engine;
  }

  private readonly api: EngineApi;
  private readonly server: Server;
  private readonly startedAt = performance.now();
  private readonly ended: Promise<void>;
  private readonly timers: NodeJS.Timeout[] = [];
  private onEnded = (): void => undefined;
  private onIdle = (): void => undefined;
  private ending?: 'draining' | 'dead core' | 'caught loading' | 'exited';

  private constructor(private readonly options: SimulatedEngineOptions) {
    const { args, profile, random = Math.random } = options;
    this.api = new EngineApi({ args, profile, random, state: () => this.state, onIdle: () => this.onIdle() });
    this.ended = new Promise((resolve) => {
      this.onEnded = resolve;
    });
    this.server = createServer((request, response) => this.api.route(request, response));
    this.server.keepAliveTimeout = KEEP_ALIVE_SECONDS * 1000;
    const { crashAfterMs } = profile();
    if (crashAfterMs !== undefined) this.later(crashAfterMs, () => this.coreDies());
  }

  public get port(): number {
    return (this.server.address() as AddressInfo | null)?.port ?? 0;
  }

  /**
   * SIGTERM: requests in flight get `--shutdown-timeout` seconds. Those that outlast it get neither another byte nor an end,
   * and the process stays until their clients have left. Resolves when the process has ended.
   */
  public async terminate(): Promise<void> {
    if (this.state === 'loading' && this.ending === undefined) {
      // It stays, unready, until SIGKILL.
      this.ending = 'caught loading';
    } else if (this.state === 'running') {
      this.ending = 'draining';
      if (!this.api.behavior.listensWhileDraining) this.stopListening();
      await this.drain();
    }
    await this.ended;
  }

  /** SIGKILL: requests in flight lose their connection. */
  public kill(): void {
    this.exit(KILLED);
  }

  private get state(): EngineState {
    if (this.ending === 'draining' || this.ending === 'dead core') return this.ending;
    const { loadSeconds = 0, neverReady = false } = this.options.profile();
    const loaded = !neverReady && this.ending === undefined && performance.now() - this.startedAt >= loadSeconds * 1000;
    return loaded ? 'running' : 'loading';
  }

  private async drain(): Promise<void> {
    const { shutdownTimeout } = this.options.args;
    if (this.api.inFlight > 0) {
      if (shutdownTimeout === 0) return this.exit(0);
      this.later(shutdownTimeout * 1000, () => {
        this.api.stop();
        this.stopListening();
      });
      await new Promise<void>((resolve) => {
        this.onIdle = resolve;
      });
    }
    this.later(this.api.behavior.endMs, () => this.exit(0));
  }

  /** The server ends itself when its engine core is gone, without an error in its exit code. */
  private coreDies(): void {
    if (this.state === 'loading') return this.exit(1);
    this.ending = 'dead core';
    this.api.coreDied();
    this.later(CORE_DEAD_LISTENS_MS, () => this.stopListening());
    this.later(CORE_DEAD_ENDS_MS, () => this.exit(0));
  }

  private exit(code: number): void {
    if (this.ending === 'exited') return;
    this.ending = 'exited';
    this.timers.forEach((timer) => clearTimeout(timer));
    this.api.stop();
    this.server.close();
    this.server.closeAllConnections();
    this.onEnded();
    this.options.onExit(code);
  }

  private stopListening(): void {
    this.server.close();
    this.server.closeIdleConnections();
  }

  private later(milliseconds: number, run: () => void): void {
    this.timers.push(setTimeout(run, milliseconds));
  }
}
