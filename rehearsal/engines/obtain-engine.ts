import { UserError } from '../../lib/commands/command-line/user-error';
import { type EngineName, type EngineOptions, type EngineSource, type InstalledEngine } from './installed-engine';
import { LlamaCppSource } from './llama-cpp-source';
import { VllmSource } from './vllm-source';

/** Every engine that can be had, with what this machine needs for it. */
const SOURCES: readonly EngineSource[] = [
  new VllmSource('0.32.0'),
  // uvicorn of its own time, before that which drops requests in a drain.
  new VllmSource('0.18.1'),
  new LlamaCppSource('b11434'),
];

/** The engines and versions that can be had, for example `vllm 0.32.0`. */
export const ENGINES: readonly string[] = SOURCES.map(({ engine, version }) => `${engine} ${version}`);

/**
 * A real engine of this version with a small model, from the cache; where it is not there, it is installed.
 *
 * @throws UserError for an engine or a version that is not known
 */
export function obtainEngine(name: EngineName, version: string, options: EngineOptions): Promise<InstalledEngine> {
  return sourceOf(name, version).obtain(options);
}

/** The same engine, if it is in the cache. */
export function cachedEngine(
  name: EngineName,
  version: string,
  options: EngineOptions,
): Promise<InstalledEngine | undefined> {
  return sourceOf(name, version).cached(options);
}

function sourceOf(name: string, version: string): EngineSource {
  const found = SOURCES.find((source) => source.engine === name && source.version === version);
  if (!found) throw new UserError(`engine: expected ${ENGINES.join(', ')}, got ${name} ${version}; name one of these`);
  return found;
}
