import { KnownModels } from '../placement/architecture/known-models';
import { Placement } from '../placement/placement';
import { type ModelOptions } from './model-options';
import { type ResolvedPlace } from './model-resources';

/** What the props of a placement are called here. */
const NAMES: Readonly<Record<string, string>> = {
  concurrency: 'maxModelLen',
  pipelineParallel: 'nodes',
  precision: 'accelerator',
  tensorParallel: 'gpus',
};

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
  const { problems } = Placement._solve({
    model,
    accelerator,
    tensorParallel: gpus,
    pipelineParallel: nodes,
    maxNodes: nodes,
    maxModelLen,
  });
  return problems.map((problem) => problem.replace(/^\w+/, (name) => NAMES[name] ?? name));
}
