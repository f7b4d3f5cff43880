import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ContainerEngine, ContainerError, type EngineStart, type IEngineRuntime } from './container-engine';
import type { ProcessProgram } from './process-command';
import { ProcessEngine } from './process-engine';

/** One start of an engine as a process. Times in milliseconds since the epoch. */
export interface EngineRun {
  readonly pod: string;
  readonly revision: string;
  readonly engine: string;
  readonly version: string;
  readonly group: number;
  /** What of the command was not as the pod has it. */
  readonly changes: readonly string[];
  readonly startedAt: number;
  /** When it was told to end. */
  readonly terminatedAt?: number;
  readonly endedAt?: number;
  readonly exitCode?: number;
}

export interface ProcessEnginesOptions {
  readonly installed: readonly ProcessProgram[];
  /** Folder that gets a folder for each pod. */
  readonly directory: string;
  /** Told every process group that begins and ends, so that none outlives the rehearsal. */
  readonly onGroup: (group: number, running: boolean) => void;
  readonly log: (line: string) => void;
}

/** Images by the name of their repository, and the engine and version that are in them. */
const IMAGES: readonly { readonly engine: string; readonly pattern: RegExp }[] = [
  { engine: 'vllm', pattern: /(?:^|\/)vllm-openai:v(\d+\.\d+\.\d+)(?:@|$)/ },
  { engine: 'llama-cpp', pattern: /(?:^|\/)llama\.cpp:(?:\S*-)?(b\d+)(?:@|$)/ },
];

/** Runs the engines that are installed on this machine in the place of images. */
export class ProcessEngines implements IEngineRuntime {
  public readonly imageId = 'process';
  private readonly started: EngineRun[] = [];

  constructor(private readonly options: ProcessEnginesOptions) {}

  /** Every start, oldest first. */
  public get runs(): readonly EngineRun[] {
    return this.started;
  }

  public async start(start: EngineStart): Promise<ContainerEngine> {
    const { onGroup, log } = this.options;
    const installed = this.installedFor(start.spec.image ?? '');
    const directory = join(this.options.directory, start.pod);
    mkdirSync(directory, { recursive: true });
    let index = -1;
    const note = (change: Partial<EngineRun>): void => {
      this.started[index] = { ...this.started[index], ...change };
    };
    const engine = await ProcessEngine.start({
      start: {
        ...start,
        onExit: (exitCode) => {
          const { group } = this.started[index];
          note({ endedAt: Date.now(), exitCode });
          onGroup(group, false);
          log(`pod ${start.pod}: ${installed.engine} ended with exit code ${exitCode}`);
          start.onExit(exitCode);
        },
      },
      installed,
      directory,
      log: (line) => log(`pod ${start.pod}: ${line}`),
      onStart: ({ group, changes }) => {
        index =
          this.started.push({
            pod: start.pod,
            revision: start.revision,
            engine: installed.engine,
            version: installed.version,
            group,
            changes,
            startedAt: Date.now(),
          }) - 1;
        onGroup(group, true);
      },
    });
    return {
      port: engine.port,
      terminate: () => {
        note({ terminatedAt: Date.now() });
        engine.terminate();
      },
      kill: () => engine.kill(),
    };
  }

  private installedFor(image: string): ProcessProgram {
    const found = IMAGES.flatMap(({ engine, pattern }) => {
      const version = pattern.exec(image)?.[1];
      return version === undefined ? [] : [{ engine, version }];
    })[0];
    const program = this.options.installed.find(
      ({ engine, version }) => engine === found?.engine && version === found.version,
    );
    if (program === undefined) {
      const known = this.options.installed.map(({ engine, version }) => `${engine} ${version}`).join(', ') || 'none';
      throw new ContainerError(
        'ErrImagePull',
        `image: expected one whose engine is installed here (${known}), got '${image}'; name such a version in its tag`,
      );
    }
    return program;
  }
}
