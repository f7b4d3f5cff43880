import { type Act } from '../scenario/act';
import { firstEngines } from './1-first-deploy';
import { goodEngines } from './2-good-revision';
import { llamaCpp } from './7-llama-cpp';
import { beyondTheDrain } from './8-beyond-the-drain';
import { BAD_ENGINES } from './bad-revisions';

export { LLAMA_CPP_VERSION, VLLM_VERSION } from './real-models';

/** The acts with real engines, in the order in which they build on each other. */
export const ENGINE_ACTS: readonly Act[] = [firstEngines, goodEngines(), ...BAD_ENGINES, llamaCpp, beyondTheDrain()];

/** So many good revisions in a row: none of them may be aborted. */
export function goodRevisions(count: number): readonly Act[] {
  return [
    firstEngines,
    ...Array.from({ length: count }, (_, index) => goodEngines(index + 2)),
    beyondTheDrain(count + 2),
  ];
}
