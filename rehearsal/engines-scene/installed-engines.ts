import { join } from 'node:path';
import { cachedEngine, type EngineName, type InstalledEngine, obtainEngine } from '../engines';
import { type RealEngines } from '../models/process-engines';
import { type RehearsalPlatform } from '../platform';
import { cacheDirectory } from '../platform/cache';
import { LLAMA_CPP_VERSION, VLLM_VERSION } from './real-models';

/** The engines of the scene. */
const PLAYED: readonly (readonly [EngineName, string])[] = [
  ['vllm', VLLM_VERSION],
  ['llama-cpp', LLAMA_CPP_VERSION],
];

/** The engines of the scene; what is not in the cache is installed, which takes minutes. */
export async function obtainRealEngines(
  platform: RehearsalPlatform,
  log: (line: string) => void,
): Promise<RealEngines> {
  const options = { cacheDirectory: platform.cacheDirectory, signal: platform.signal, log };
  const installed: InstalledEngine[] = [];
  // One after the other: each takes all cores.
  for (const [name, version] of PLAYED) installed.push(await obtainEngine(name, version, options));
  return { installed, directory: join(platform.runDirectory, 'pods') };
}

/** Whether all of them are in the user's cache. */
export async function realEnginesAreCached(): Promise<boolean> {
  const options = { cacheDirectory: cacheDirectory(), log: () => undefined };
  const found = await Promise.all(PLAYED.map(([name, version]) => cachedEngine(name, version, options)));
  return found.every((engine) => engine !== undefined);
}
