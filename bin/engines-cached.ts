/** Ends with exit code 0 when the engines of the scene with real engines are in the cache. */
import { realEnginesCached } from '../rehearsal/engines-scene/installed-engines';
import { cacheDirectory } from '../rehearsal/platform/cache';

void realEnginesCached(cacheDirectory()).then((cached) => { process.exitCode = cached ? 0 : 1; });
