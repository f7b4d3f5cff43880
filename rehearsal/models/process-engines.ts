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

/** Real engines in the place of simulated ones. */
export interface RealEngines {
  readonly installed: readonly ProcessProgram[];
  /** Folder that gets a folder for each pod. */
  readonly directory: string;
}

export interface ProcessEnginesOptions extends RealEngines {
  /** Told every process group that begins and ends, so that none outlives the rehearsal. */
  readonly onGroup: (group: number, running: boolean) => void;
  readonly log: (line: string) => void;
}

/** Images of engines by the name of their repository, and the version that is in them. */
const IMAGES: Readonly<Record<ProcessProgram['engine'], RegExp>> = {
  vllm: /(?:^|\/)vllm-openai:v(\d+\.\d+\.\d+)(?:@|$)/,
  'llama-cpp': /(?:^|\/)llama\.cpp:(?:\S*-)?(b\d+)(?:@|$)/,
};

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
    const program = this.options.installed.find(({ engine, version }) => IMAGES[engine].exec(image)?.[1] === version);
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
