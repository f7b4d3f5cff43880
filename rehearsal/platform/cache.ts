import { homedir } from 'node:os';
import { join } from 'node:path';

/** What a rehearsal keeps between runs: built programs, the emulator's packages, and who runs. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cdk-llm-platform');
}
