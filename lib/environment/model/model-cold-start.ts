import { Size } from 'aws-cdk-lib';
import { ColdStartEstimate } from '../../../constructs/nodes';
import type { EnvironmentConfig } from '../environment-config';
import type { ModelConfig } from './model-config';
import { neededSizeOf } from '../plain-data';
import { accelerationOf, nodesOf, nodeTypeOf } from '../nodes/node-types';
import { compiles } from './engine-config';
import { placementOf } from './model-placement';

/** Compressed size of an engine's image where none is given: those of vLLM and SGLang are of that order. Assumed. */
const IMAGE_SIZE = Size.gibibytes(10);

/** Whether the replicas of a model share compiled kernels. */
export function keepsKernels(model: ModelConfig, environment: EnvironmentConfig): boolean {
  return model.accelerator !== undefined && compiles(model) && (nodesOf(environment)?.compileCache ?? false);
}

/** What a replica of a model takes to start; undefined where the sizes of the model or the speed of its network are not known. */
export function coldStartOf(model: ModelConfig, environment: EnvironmentConfig): ColdStartEstimate | undefined {
  const plan = placementOf(model, environment);
  if (!plan) return undefined;
  const {
    accelerator,
    facts: { memory, tensorParallel, pipelineParallel },
  } = plan;
  const type = nodeTypeOf(environment, accelerator.instanceType);
  const rateMibps =
    typeof type.imageAcceleration === 'object' ? type.imageAcceleration.initializationRateMibps : undefined;
  // Wrong ones have reports of their own.
  const imageSize = neededSizeOf('placement.imageSize', model.placement?.imageSize, []) ?? IMAGE_SIZE;
  if (![imageSize.toBytes(), rateMibps ?? 1].every((value) => value > 0 && Number.isFinite(value))) return undefined;
  return new ColdStartEstimate({
    accelerator,
    imageSize,
    // Upwards: a model for embeddings may have less than the smallest figure that is printed.
    weightsSize: Size.gibibytes(
      Math.ceil(((memory.weights.toBytes() * tensorParallel * pipelineParallel) / 1024 ** 3) * 10) / 10,
    ),
    imageAcceleration: accelerationOf(type),
    localStorage: type.localStorage,
    compileCache: keepsKernels(model, environment),
    streamedWeights: model.weights?.delivery === 'stream',
  });
}
