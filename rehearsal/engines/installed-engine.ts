import { type MakingOptions } from '../platform/file-lock';
import { type CachedFolder } from '../platform/made-once';
import { type Python } from './python-environment';

/** Engines that run for real on a machine without GPUs. */
export type EngineName = 'vllm' | 'llama-cpp';

/** A real engine of this machine, with a small model. */
export interface InstalledEngine {
  readonly engine: EngineName;
  readonly version: string;
  /** Stands for the program of the engine's image: `vllm`, or `/app/llama-server`. */
  readonly program: string;
  /** Variables that it needs on CPUs, besides those of the pod. */
  readonly environment: Readonly<Record<string, string>>;
  /** Arguments that it needs here, behind those of the pod. */
  readonly addedArguments: readonly string[];
  /** What is not as its packages have it, one change per line. */
  readonly patches: readonly string[];
  /** Stands for the model: a directory, or a GGUF file. */
  readonly model: string;
  /** The packages that decide how it answers and how it ends, with their versions. */
  readonly packages: Readonly<Record<string, string>>;
}

/** How one engine of one version is made. */
export interface EngineSource {
  readonly engine: EngineName;
  readonly version: string;
  /** What decides what is made, and what shows that it still works. */
  made(python: Python): Omit<CachedFolder, 'cacheDirectory'>;
  /** Fills the empty folder. */
  make(folder: string, python: Python, options: MakingOptions): Promise<void>;
  /** The engine in a folder that was made. */
  installed(folder: string, python: Python): InstalledEngine;
}
