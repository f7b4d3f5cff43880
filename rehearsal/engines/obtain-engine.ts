import { UserError } from '../../lib/commands/command-line/user-error';
import { type EngineName, type EngineSource, type InstalledEngine } from './installed-engine';
import { type CacheOptions, madeBefore, makeOnce } from '../platform/made-once';
import { LlamaCppSource } from './llama-cpp-source';
import { findPython } from './python-environment';
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
export function obtainEngine(name: EngineName, version: string, options: CacheOptions): Promise<InstalledEngine> {
  return obtain(sourceOf(name, version), options);
}

async function obtain(
  source: EngineSource,
  { cacheDirectory, log: report, signal }: CacheOptions,
): Promise<InstalledEngine> {
  const what = `${source.engine} ${source.version}`;
  const python = await findPython();
  const log = (line: string): void => report(`${what}: ${line}`);
  const folder = await makeOnce({
    ...source.made(python),
    cacheDirectory,
    what: `the files of ${what}`,
    log: report,
    signal,
    make: (made) => source.make(made, python, { log, signal }),
  });
  return source.installed(folder, python);
}

/** The same engine, if it is in the cache. */
export async function cachedEngine(
  name: EngineName,
  version: string,
  { cacheDirectory }: CacheOptions,
): Promise<InstalledEngine | undefined> {
  const source = sourceOf(name, version);
  const python = await findPython();
  const folder = madeBefore({ ...source.made(python), cacheDirectory });
  return folder === undefined ? undefined : source.installed(folder, python);
}

function sourceOf(name: string, version: string): EngineSource {
  const found = SOURCES.find((source) => source.engine === name && source.version === version);
  if (!found) throw new UserError(`engine: expected ${ENGINES.join(', ')}, got ${name} ${version}; name one of these`);
  return found;
}
