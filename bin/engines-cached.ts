/** Ends with exit code 0 when the engines of `npm run rehearse -- --engines real` are in the cache, so that CI need not install them. */
import { cachedEngine } from '../lib/engines';
import { LLAMA_CPP_VERSION, VLLM_VERSION } from '../lib/rehearsal/engines-scene/real-models';
import { cacheDirectory } from '../lib/rehearsal/platform/cache';

async function main(): Promise<void> {
  const options = { cacheDirectory: cacheDirectory(), log: (line: string) => console.error(line) };
  const found = await Promise.all([cachedEngine('vllm', VLLM_VERSION, options), cachedEngine('llama-cpp', LLAMA_CPP_VERSION, options)]);
  process.exitCode = found.includes(undefined) ? 1 : 0;
}

void main();
