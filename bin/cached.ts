/** `cached engines|scenes`: ends with exit code 0 when what takes long to install or to build for a rehearsal is in the cache already. */
import { cachedEngine } from '../lib/engines';
import { SCENES } from '../lib/rehearsal/acts';
import { LLAMA_CPP_VERSION, VLLM_VERSION } from '../lib/rehearsal/engines-scene/real-models';
import { cacheDirectory } from '../lib/rehearsal/platform/cache';
import { waitsLong } from '../lib/rehearsal/rehearse';

async function engines(): Promise<boolean> {
  const options = { cacheDirectory: cacheDirectory(), log: (line: string) => console.error(line) };
  const found = await Promise.all([cachedEngine('vllm', VLLM_VERSION, options), cachedEngine('llama-cpp', LLAMA_CPP_VERSION, options)]);
  return !found.includes(undefined);
}

async function main([what]: readonly string[]): Promise<void> {
  const cached = what === 'engines' ? await engines() : !SCENES.some((scene) => waitsLong(scene, {}));
  process.exitCode = cached ? 0 : 1;
}

void main(process.argv.slice(2));
