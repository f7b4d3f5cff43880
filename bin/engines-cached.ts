/** Ends with exit code 0 when every engine that the scene with real engines plays with is in the cache. */
import { realEnginesAreCached } from '../rehearsal/engines-scene/installed-engines';

void realEnginesAreCached().then((cached) => {
  process.exitCode = cached ? 0 : 1;
});
