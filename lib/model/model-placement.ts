import * as fs from 'node:fs';
import * as path from 'node:path';
import { Accelerator } from '../../constructs/gpu/accelerator';
import { KnownModels, ModelArchitecture, Placement, type PlacementPlan, type PlacementProps, Precision } from '../../constructs/placement';
import type { EnvironmentConfig } from '../environment';
import { underPathOfUser } from '../option-names';
import { defaultPrecision } from './default-precision';
import type { ModelConfig } from './model-config';
import { PLACEMENT_OPTION_NAMES } from './model-option-names';
import { nodeTypeOf } from '../nodes/node-types';

/** Folder that paths in the data of an environment start from. */
const PROJECT = path.join(__dirname, '..', '..');

/** Sizes of a model, where they are known: by its configuration, or by its name in the catalogue. */
export function knownSizes(model: ModelConfig): ModelArchitecture | undefined {
  return sizesOf(model).architecture;
}

/** Sizes of a model, and what hindered reading them. */
interface Sizes {
  readonly architecture?: ModelArchitecture;
  readonly problems: string[];
}

/**
 * Where a model fits, with the proof; undefined when its sizes are not known, it uses no accelerator, or it does not fit, which
 * {@link placementProblems} reports.
 */
export function placementOf(model: ModelConfig, environment: EnvironmentConfig): PlacementPlan | undefined {
  const { architecture } = sizesOf(model);
  const props = architecture && placementProps(model, environment, architecture);
  return props && Placement.problemsOf(props).length === 0 ? Placement.plan(props) : undefined;
}

/** What is wrong with where a model is to run, one line a problem, below the model; empty also when its sizes are not known. */
export function placementProblems(model: ModelConfig, environment: EnvironmentConfig): string[] {
  const { architecture, problems } = sizesOf(model);
  const props = architecture && placementProps(model, environment, architecture);
  return [
    ...problems,
    ...imageProblems(model),
    ...(props ? [...precisionProblems(model, props), ...Placement.problemsOf(props)] : []),
  ].map((problem) => underPathOfUser(problem, PLACEMENT_OPTION_NAMES, 'placement'));
}

function imageProblems({ placement }: ModelConfig): string[] {
  const imageGib = placement?.imageGib;
  return imageGib === undefined || (imageGib > 0 && Number.isFinite(imageGib)) ? [] : [`imageGib: expected more than 0 GiB, got ${imageGib}; take it from the registry`];
}

/** These engines load what the checkpoint holds, unless they are told to quantize it: less memory than that would be a wrong proof. */
function precisionProblems({ repository, engine = { vllm: {} } }: ModelConfig, { model, precision }: PlacementProps): string[] {
  const settings = 'vllm' in engine ? engine.vllm : 'sglang' in engine ? engine.sglang : undefined;
  const published = model.publishedPrecision ?? Precision.BF16;
  if (precision === undefined || settings === undefined || settings.quantization !== undefined || precision.bytesPerWeight >= published.bytesPerWeight) return [];
  return [`precision: expected ${published.name}, in which ${repository} is published, got ${precision.name}; the engine loads what is published: `
    + `name a repository in ${precision.name} and its configFile, or give the engine a quantization`];
}

function sizesOf({ repository, placement }: ModelConfig): Sizes {
  const file = placement?.configFile;
  if (file === undefined) return { architecture: KnownModels.all().find(({ name }) => name === repository), problems: [] };
  let text: string;
  try {
    text = fs.readFileSync(path.resolve(PROJECT, file), 'utf8');
  } catch (error) {
    return { problems: [`configFile: expected a file that can be read, got ${JSON.stringify(file)} (${(error as NodeJS.ErrnoException).code}); copy config.json from the model's repository there`] };
  }
  try {
    return { architecture: ModelArchitecture.fromConfig(text, repository), problems: [] };
  } catch (error) {
    return { problems: (error as Error).message.split('\n').map((line) => `configFile: ${file}: ${line}`) };
  }
}

function placementProps(model: ModelConfig, environment: EnvironmentConfig, architecture: ModelArchitecture): PlacementProps | undefined {
  const { placement = {}, instanceType } = model;
  const { gpusPerReplica = 1, nodesPerReplica = 1, replicas } = model;
  // A wrong type, counts that are none and more GPUs than there are have reports of their own.
  if (instanceType === undefined || Accelerator.problemOf(instanceType)) return undefined;
  if (![replicas, gpusPerReplica, nodesPerReplica].every((count) => Number.isInteger(count) && count >= 1)) return undefined;
  const accelerator = Accelerator.fromInstanceType(instanceType);
  if (gpusPerReplica > accelerator.gpus) return undefined;
  const { timeSlices, gpuParts } = nodeTypeOf(environment, instanceType);
  // Memory of a part of a divided GPU stands in no table.
  if (gpuParts !== undefined) return undefined;
  const engine = model.engine ?? { vllm: {} };
  const vllm = 'vllm' in engine ? engine.vllm : {};
  const draft = KnownModels.all().find(({ name }) => name === vllm.speculativeDecoding?.draftModel);
  return {
    model: architecture,
    precision: placement.precision ? Precision[placement.precision] : defaultPrecision(model, architecture, accelerator),
    contextTokens: model.maxModelLength,
    concurrency: placement.concurrency,
    replicas: model.replicas,
    promptTokens: placement.promptTokens,
    timeToFirstTokenSeconds: placement.timeToFirstTokenSeconds,
    tokensPerSecond: placement.tokensPerSecond,
    maxHourlyUsd: placement.maxHourlyUsd,
    accelerator,
    tensorParallel: model.gpusPerReplica ?? accelerator.gpus,
    pipelineParallel: model.nodesPerReplica,
    maxNodes: model.nodesPerReplica,
    gpuMemoryUtilization: vllm.gpuMemoryUtilization ?? (timeSlices === undefined ? undefined : Math.floor(90 / timeSlices) / 100),
    maxBatchedTokens: vllm.maxBatchedTokens,
    draft: draft && { model: draft },
  };
}
