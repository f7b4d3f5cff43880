import { type Size } from 'aws-cdk-lib';
import { givenSeconds, secondsOf } from '../checks/durations';
import { givenMebibytes, mebibytes } from '../checks/sizes';
import { isUnresolved } from '../checks/unresolved';
import { Accelerator } from '../gpu/accelerator';
import { hasImage } from '../gpu/accelerator-images';
import { AcceleratorManufacturer } from '../gpu/accelerator-manufacturer';
import { type DraftModel } from './draft-model';
import { KvCachePrecision } from './kv-cache-precision';
import { headShape, nextTokenModel } from './companions';
import { type ModelWeights, type RankNeeds, type ServedModel, weightsOf } from './memory-budget';

import { type PlacementProps } from './placement-props';
import { Precision } from './architecture/precision';

/** What an error may name. */
export type PlacementOption = keyof PlacementProps | `draft.${keyof DraftModel}`;

/** Where users write the options of a placement, for errors to name them. */
export class OptionPaths {
  /** @param paths options by their paths; by default users write the properties themselves */
  constructor(
    private readonly paths?: { readonly [Option in PlacementOption]?: string } & { readonly accelerator: string },
  ) {}

  /** Whether users have an option, so that a remedy may name it. */
  public has(option: PlacementOption): boolean {
    return !this.paths || this.paths[option] !== undefined;
  }

  /** Path of an option. What users do not have follows from the accelerator. */
  public at(option: PlacementOption): string {
    return this.paths ? (this.paths[option] ?? this.paths.accelerator) : option;
  }
}

/** Properties that have defaults. */
type Defaulted = Required<
  Pick<
    PlacementProps,
    | 'kvCachePrecision'
    | 'maxModelLen'
    | 'concurrency'
    | 'replicas'
    | 'promptTokens'
    | 'maxNodes'
    | 'pipelineInNode'
    | 'gpuMemoryUtilization'
    | 'maxBatchedTokens'
  >
>;

/** A placement's properties with their defaults, and what every candidate has in common. */
export interface PlacementSettings extends Defaulted {
  readonly props: PlacementProps;
  readonly paths: OptionPaths;
  readonly model: ServedModel;
  readonly weights: ModelWeights;
  readonly draft?: ServedModel;
  /** Weights of what guesses tokens ahead: a draft model, or further layers of the model. */
  readonly guesses: readonly ModelWeights[];
  /** Bytes of a number in the cache. */
  readonly kvBytes: number;
  /** Longest time to first token, seconds. */
  readonly timeToFirstTokenSeconds?: number;
  /** What ranks need, by layout: many candidates have it in common. */
  readonly rankNeeds: Map<string, RankNeeds>;
  /** Instance types to choose from, the cheapest first, those without a price last. */
  readonly accelerators: readonly Accelerator[];
}

/** The listed types that are chosen from. Types without a price cannot be compared, and those without an image of EKS have no node. */
const CHOICE = byPrice(
  Accelerator.knownInstanceTypes()
    .map((instanceType) => Accelerator.fromInstanceType(instanceType))
    .filter(({ manufacturer, hourlyUsd }) => manufacturer === AcceleratorManufacturer.NVIDIA && hourlyUsd !== undefined)
    .filter(hasImage),
);

function byPrice(accelerators: readonly Accelerator[]): readonly Accelerator[] {
  const price = ({ hourlyUsd }: Accelerator) => hourlyUsd ?? Number.MAX_VALUE;
  return [...accelerators].sort((left, right) => price(left) - price(right));
}

/** Properties with their defaults. */
export function settingsOf(props: PlacementProps, paths: OptionPaths): PlacementSettings {
  const model = served(props);
  const draft = props.draft && served(props.draft);
  const kvCachePrecision = props.kvCachePrecision ?? KvCachePrecision.HALF;
  const maxModelLen = props.maxModelLen ?? props.model.maxContextTokens;
  return {
    props,
    paths,
    model,
    draft,
    kvCachePrecision,
    maxModelLen,
    weights: weightsOf(model),
    guesses: [...(draft ? [draft] : []), ...(props.multiTokenPrediction ? [nextTokenModel(model)] : [])].map(weightsOf),
    kvBytes: kvCachePrecision === KvCachePrecision.FP8 ? 1 : 2,
    concurrency: props.concurrency ?? 1,
    replicas: props.replicas ?? 1,
    promptTokens: props.promptTokens ?? Math.min(1024, maxModelLen),
    timeToFirstTokenSeconds: props.timeToFirstToken && secondsOf(props.timeToFirstToken),
    maxNodes: props.maxNodes ?? 1,
    pipelineInNode: props.pipelineInNode ?? false,
    gpuMemoryUtilization: props.gpuMemoryUtilization ?? 0.9,
    maxBatchedTokens: props.maxBatchedTokens ?? 8192,
    rankNeeds: new Map(),
    accelerators: props.accelerator ? [props.accelerator] : props.accelerators ? byPrice(props.accelerators) : CHOICE,
  };
}

/** A model in its precision. What the file says of its quantization holds where its checkpoint is served, in whichever way. */
function served({ model, precision, weightsSize, head }: DraftModel): ServedModel {
  const { _quantization: quantization, publishedPrecision, _shape: shape } = model;
  const own = precision ?? publishedPrecision ?? Precision.BF16;
  const asPublished = own._checkpoint === publishedPrecision?._checkpoint;
  return {
    shape: head ? headShape(shape) : shape,
    precision: own,
    published: asPublished && !head ? quantization : undefined,
    weightBytes: weightsSize && mebibytes(weightsSize) * 1024 ** 2,
  };
}

/** What is wrong with the properties themselves, one problem per line, before any candidate is looked at. */
export function settingsProblems(props: PlacementProps, paths: OptionPaths): string[] {
  const problems: string[] = [];
  const known = (value: number, prop: keyof PlacementProps): boolean => {
    if (isUnresolved(value))
      problems.push(
        `${paths.at(prop)}: expected a number that is known at synth, got a deploy-time value; it decides the placement`,
      );
    return !isUnresolved(value);
  };
  const counts: readonly (readonly [keyof PlacementProps, string])[] = [
    ['maxModelLen', 'it is the longest context in tokens'],
    ['concurrency', 'it counts sequences at once'],
    ['replicas', 'a model without a replica answers nobody'],
    ['promptTokens', 'it is the length of a typical prompt in tokens'],
    ['tensorParallel', 'it counts the ranks that share a layer'],
    ['pipelineParallel', 'it counts the stages of the layers'],
    ['maxNodes', 'a replica takes one node or more'],
    ['maxBatchedTokens', 'it is the largest batch in tokens'],
    ['adapterRank', 'it is the highest rank of the adapters, leave it out without some'],
    ['adapterSlots', 'an engine with adapters has one of them in memory or more'],
  ];
  for (const [prop, advice] of counts) {
    const value = props[prop] as number | undefined;
    if (value === undefined || !known(value, prop)) continue;
    if (!Number.isInteger(value) || value < 1)
      problems.push(`${paths.at(prop)}: expected a whole number from 1, got ${value}; ${advice}`);
  }
  for (const prop of ['tokensPerSecond', 'maxHourlyUsd'] as const) {
    const value = props[prop];
    if (value === undefined || !known(value, prop)) continue;
    if (!(value > 0 && Number.isFinite(value)))
      problems.push(`${paths.at(prop)}: expected more than 0, got ${value}; leave it out for no limit`);
  }
  problems.push(...sizeProblems(paths.at('weightsSize'), props.weightsSize));
  const firstToken = props.timeToFirstToken && secondsOf(props.timeToFirstToken);
  if (firstToken !== undefined && !(firstToken > 0 && Number.isFinite(firstToken))) {
    problems.push(
      `${paths.at('timeToFirstToken')}: expected more than 0 seconds, got ${givenSeconds(firstToken)}; leave it out for no limit`,
    );
  }
  const utilization = props.gpuMemoryUtilization;
  if (
    utilization !== undefined &&
    known(utilization, 'gpuMemoryUtilization') &&
    !(utilization > 0 && utilization <= 1)
  ) {
    problems.push(
      `${paths.at('gpuMemoryUtilization')}: expected more than 0 and at most 1, got ${utilization}; 0.9 leaves a tenth of the GPU's memory free`,
    );
  }
  if (props.accelerator && props.accelerators) {
    problems.push(
      `${paths.at('accelerators')}: expected nothing beside an accelerator, got ${props.accelerators.length}; give one type to check, or several to choose from`,
    );
  }
  if (props.accelerators?.length === 0)
    problems.push(`${paths.at('accelerators')}: expected a type or more, got none; leave it out to choose from all`);
  return [
    ...problems,
    ...uncountedProblems(paths.at('weightsSize'), props),
    ...contextProblems(props, paths),
    ...draftProblems(props, paths),
    ...nextTokenProblems(props, paths),
  ];
}

function uncountedProblems(path: string, { model, weightsSize }: DraftModel): string[] {
  return model._uncounted === undefined || weightsSize !== undefined
    ? []
    : [
        `${path}: expected the size of the weights on disk, got none for ${model.name}, whose quantization is not counted (${model._uncounted}); add up the files of its repository, or take another checkpoint`,
      ];
}

function nextTokenProblems({ model, multiTokenPrediction }: PlacementProps, paths: OptionPaths): string[] {
  return multiTokenPrediction && (model._shape.nextTokenLayers ?? 0) === 0
    ? [
        `${paths.at('multiTokenPrediction')}: expected a checkpoint with layers that guess further tokens (num_nextn_predict_layers), got ${model.name}; guess them in another way`,
      ]
    : [];
}

function contextProblems({ model, maxModelLen, promptTokens }: PlacementProps, paths: OptionPaths): string[] {
  const problems: string[] = [];
  if (maxModelLen !== undefined && maxModelLen > model.maxContextTokens) {
    problems.push(
      `${paths.at('maxModelLen')}: expected at most ${model.maxContextTokens}, the longest context of ${model.name}, got ${maxModelLen}; shorten it, or take a model with a longer one`,
    );
  }
  const context = maxModelLen ?? model.maxContextTokens;
  if (promptTokens !== undefined && promptTokens > context) {
    problems.push(
      `${paths.at('promptTokens')}: expected at most the context of ${context} tokens, got ${promptTokens}; a prompt is part of the context`,
    );
  }
  return problems;
}

function draftProblems({ model, draft, maxModelLen }: PlacementProps, paths: OptionPaths): string[] {
  if (draft === undefined) return [];
  const problems = uncountedProblems(paths.at('draft.weightsSize'), draft);
  if (draft.model.vocabularySize !== model.vocabularySize) {
    problems.push(
      `${paths.at('draft.model')}: expected the vocabulary of ${model.name} (${model.vocabularySize} tokens), got ${draft.model.name} with ${draft.model.vocabularySize}; take a draft model of the same family`,
    );
  }
  const context = maxModelLen ?? model.maxContextTokens;
  if (!draft.head && draft.model.maxContextTokens < context) {
    problems.push(
      `${paths.at('draft.model')}: expected a context of at least ${context} tokens, got ${draft.model.name} with ${draft.model.maxContextTokens}; shorten ${paths.at('maxModelLen')}, or take another draft model`,
    );
  }
  return [...problems, ...sizeProblems(paths.at('draft.weightsSize'), draft.weightsSize)];
}

function sizeProblems(path: string, size: Size | undefined): string[] {
  return size === undefined || mebibytes(size) > 0
    ? []
    : [
        `${path}: expected more than 0 bytes, got ${givenMebibytes(mebibytes(size))}; it is the size of the weights on disk`,
      ];
}
