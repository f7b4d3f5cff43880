import { join } from 'node:path';
import { obtainEngine } from '../engines';
import { type RealEngines } from '../models/models-api';
import { type RehearsalPlatform } from '../platform';
import { LLAMA_CPP_VERSION, VLLM_VERSION } from './real-models';

/** The engines of the scene; what is not in the cache is installed, which takes minutes. */
export async function obtainRealEngines(platform: RehearsalPlatform, log: (line: string) => void): Promise<RealEngines> {
  const options = { cacheDirectory: platform.cacheDirectory, signal: platform.signal, log };
  // One after the other: each takes all cores.
  const installed = [await obtainEngine('vllm', VLLM_VERSION, options), await obtainEngine('llama-cpp', LLAMA_CPP_VERSION, options)];
  return { installed, directory: join(platform.runDirectory, 'pods') };
}
