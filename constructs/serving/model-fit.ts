import { KnownModels } from '../placement/architecture/known-models';
import { Placement } from '../placement/placement';
import { OptionPaths } from '../placement/placement-settings';
import { type ModelOptions } from './model-options';
import { type ResolvedPlace } from './model-resources';

/** Where a model without a placement says what `Placement` is told. */
const PATHS = new OptionPaths({
  accelerator: 'accelerator',
  maxModelLen: 'maxModelLen',
  tensorParallel: 'gpus',
  pipelineParallel: 'nodes',
});

/**
 * Why a model of the catalog does not fit on the accelerator that was named beside it. Only the engine of the defaults is counted with: another
 * may quantize, and what it needs is proved by a `placement`.
 */
export function fitProblems(
  { model: { repository }, accelerator, engine, placement, gpuSharing, maxModelLen }: ModelOptions,
  { gpus, nodes }: Pick<ResolvedPlace, 'gpus' | 'nodes'>,
): string[] {
  const model = KnownModels.all().find(({ name }) => name === repository);
  if (!model || !accelerator || engine || placement || gpuSharing) return [];
  // Counts that are none have reports of their own.
  const counts = [gpus, nodes, ...(maxModelLen === undefined ? [] : [maxModelLen])];
  if (gpus > accelerator.gpus || !counts.every((count) => Number.isInteger(count) && count >= 1)) return [];
  return Placement._solve(
    { model, accelerator, tensorParallel: gpus, pipelineParallel: nodes, maxNodes: nodes, maxModelLen },
    PATHS,
  ).problems;
}
