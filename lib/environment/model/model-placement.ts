import * as fs from 'node:fs';
import * as path from 'node:path';
import { Size } from 'aws-cdk-lib';
import { Accelerator } from '../../../constructs/gpu/accelerator';
import {
  type DraftModel,
  KnownModels,
  ModelArchitecture,
  Placement,
  type PlacementPlan,
  type PlacementProps,
  Precision,
} from '../../../constructs/placement';
import { OptionPaths } from '../../../constructs/placement/placement-settings';
import { EngineImage, imageReferenceProblems } from '../../../constructs/models/engine-image';
import { boundAdapters } from '../../../constructs/serving/adapter-config';
import { maxLoraRank, memoryShare, QUANTIZATION } from '../../../constructs/serving/engines/vllm-engine';
import { versionOf } from '../../../constructs/models/engine-version';
import type { SpeculativeDecoding, WeightQuantization } from '../../../constructs/serving';
import type { EnvironmentConfig } from '../environment-config';
import { once } from '../once';
import { durationOf, neededSizeOf, type PlainData } from '../plain-data';
import { defaultPrecision } from './default-precision';
import { type EngineConfig, engineConfigOf } from './engine-config';
import type { ModelConfig } from './model-config';
import { gpusOf, nodeTypeOf } from '../nodes/node-types';

/** Folder that paths in the data of an environment start from. */
const PROJECT = path.join(__dirname, '..', '..', '..');

/** Bytes of a number of 32 bits, in which Text Embeddings Inference computes where it is told to. */
const FLOAT32_BYTES = 4;

/** Sizes of a model, where they are known: by its configuration, or by its name in the catalog. */
export function knownSizes(model: ModelConfig): ModelArchitecture | undefined {
  return sizesOf(model).architecture;
}

/** Sizes of a model and of its draft model, and what hindered reading them. */
interface Sizes {
  readonly architecture?: ModelArchitecture;
  readonly draft?: DraftModel;
  readonly problems: string[];
}

interface Solved {
  readonly plan?: PlacementPlan;
  readonly problems: string[];
}

const SIZES = new WeakMap<ModelConfig, Sizes>();
const PLANS = new WeakMap<ModelConfig, WeakMap<EnvironmentConfig, Solved>>();

/** Settings of engines that decide what lies in memory. */
interface EngineSettings {
  readonly quantization?: `${WeightQuantization}`;
  readonly speculativeDecoding?: PlainData<SpeculativeDecoding>;
}

/** Where a model says what `Placement` is told. */
const PATHS = new OptionPaths({
  accelerator: 'accelerator',
  maxModelLen: 'maxModelLen',
  replicas: 'replicas',
  tensorParallel: 'gpus',
  pipelineParallel: 'nodes',
  precision: 'placement.precision',
  weightsSize: 'placement.weightsSize',
  concurrency: 'placement.concurrency',
  promptTokens: 'placement.promptTokens',
  timeToFirstToken: 'placement.timeToFirstToken',
  tokensPerSecond: 'placement.tokensPerSecond',
  maxHourlyUsd: 'placement.maxHourlyUsd',
  gpuMemoryUtilization: 'engine.gpuMemoryUtilization',
  maxBatchedTokens: 'engine.maxBatchedTokens',
  multiTokenPrediction: 'engine.speculativeDecoding.method',
  'draft.model': 'engine.speculativeDecoding.draftModel',
  'draft.precision': 'engine.speculativeDecoding.draftModel',
  'draft.weightsSize': 'placement.draftWeightsSize',
});

/**
 * Where a model fits, with the proof; undefined when its sizes are not known, it uses no accelerator, or it does not fit, which
 * {@link placementProblems} reports.
 */
export function placementOf(model: ModelConfig, environment: EnvironmentConfig): PlacementPlan | undefined {
  return solved(model, environment).plan;
}

/** What is wrong with where a model is to run, one problem per line, below the model; empty also when its sizes are not known. */
export function placementProblems(model: ModelConfig, environment: EnvironmentConfig): string[] {
  return solved(model, environment).problems;
}

function solved(model: ModelConfig, environment: EnvironmentConfig): Solved {
  return once(
    once(PLANS, model, () => new WeakMap<EnvironmentConfig, Solved>()),
    environment,
    () => {
      const { architecture, draft, problems } = sizesOf(model);
      const unread: string[] = [];
      const props = architecture && placementProps(model, environment, architecture, draft, unread);
      const outcome = props && Placement._solve(props, PATHS);
      return {
        plan: outcome?.plan,
        problems: [
          ...problems,
          ...unread,
          ...imageProblems(model),
          ...(architecture ? quantizationProblems(model, architecture) : []),
          ...(props ? precisionProblems(model, props) : []),
          ...(outcome?.problems ?? []),
        ],
      };
    },
  );
}

function imageProblems({ placement }: ModelConfig): string[] {
  const problems: string[] = [];
  const size = neededSizeOf('placement.imageSize', placement?.imageSize, problems);
  return size?.toBytes() === 0
    ? [`placement.imageSize: expected more than 0 GiB, got ${placement?.imageSize}; take it from the registry`]
    : problems;
}

/** The settings, of whichever engine it is. */
function engineSettings(model: ModelConfig): EngineSettings {
  return engineConfigOf(model) as EngineSettings;
}

/** llama.cpp loads files of its own format, which `config.json` does not describe. */
function loadsCheckpoints({ engine }: ModelConfig): boolean {
  return engine?.name !== 'llama-cpp';
}

/**
 * Whether an engine quantizes each matrix as soon as it is read. vLLM does (`Fp8OnlineLinearMethod`); SGLang reads all of them in 16 bits
 * first (`create_weights` of its `Fp8LinearMethod`).
 */
function quantizesInSteps(model: ModelConfig): boolean {
  return engineConfigOf(model).name === 'vllm';
}

/** An engine quantizes to FP8 when it loads; any other method must be that of the checkpoint, and only one that is not quantized can be. */
function quantizationProblems(
  model: ModelConfig,
  { _quantization: published, _uncounted: uncounted }: ModelArchitecture,
): string[] {
  const { quantization } = engineSettings(model);
  if (quantization === undefined || uncounted !== undefined) return [];
  if (published === undefined) {
    return quantization === 'FP8'
      ? []
      : [
          `engine.quantization: expected FP8 or none for ${model.repository}, which is not quantized, got ${quantization}; the engine quantizes to FP8 only, name a repository in ${quantization}`,
        ];
  }
  // Of the methods one holds several formats.
  const same =
    published.method === QUANTIZATION[quantization] &&
    (quantization !== 'INT8' || published.precision === Precision.INT8);
  return same
    ? []
    : [
        `engine.quantization: expected none for ${model.repository}, which is published in ${published.precision.name} (${published.method}), got ${quantization}; the engine reads the checkpoint's own and refuses another, leave it out`,
      ];
}

/** An engine loads what the checkpoint holds, and FP8 where it is told to quantize one that is not: another precision would be a wrong proof. */
function precisionProblems(model: ModelConfig, { model: architecture, precision }: PlacementProps): string[] {
  const { publishedPrecision: published, _uncounted: uncounted } = architecture;
  // Where the quantization is not counted, the size on disk is what is proved.
  if (precision === undefined || uncounted !== undefined || !loadsCheckpoints(model)) return [];
  const quantized = engineSettings(model).quantization === 'FP8';
  const loaded = published ?? (quantized && quantizesInSteps(model) ? Precision.FP8 : Precision.BF16);
  if (precision._checkpoint === loaded._checkpoint) return [];
  if (published === undefined && quantized && precision._checkpoint === Precision.FP8._checkpoint) {
    return [
      `placement.precision: expected BF16 or none, got ${precision.name}; the engine has all weights in 16 bits before it quantizes them, name a repository in FP8 and its configFile`,
    ];
  }
  return [
    `placement.precision: expected ${loaded.name}, in which ${model.repository} is ${published || loaded === Precision.BF16 ? 'published' : 'loaded'}, got ${precision.name}; the engine loads what is published: ` +
      `name a repository in ${precision.name} and its configFile${precision._checkpoint === Precision.FP8._checkpoint && !published && quantizesInSteps(model) ? ', or give the engine quantization FP8' : ''}`,
  ];
}

function sizesOf(model: ModelConfig): Sizes {
  return once(SIZES, model, () => readSizes(model));
}

function readSizes(model: ModelConfig): Sizes {
  const { repository, placement = {} } = model;
  const read = architectureOf('placement.configFile', repository, placement.configFile, vllmVersionOf(model));
  if (!read.architecture) return read;
  const { speculativeDecoding } = engineSettings(model);
  const { draftModel, method } = speculativeDecoding ?? {};
  if (draftModel === undefined || (method !== 'draft-model' && method !== 'eagle3')) return read;
  const draft = architectureOf(
    'placement.draftConfigFile',
    draftModel,
    placement.draftConfigFile,
    vllmVersionOf(model),
  );
  const unknown =
    draft.architecture || draft.problems.length > 0 || model.accelerator === undefined
      ? []
      : [
          `placement.draftConfigFile: expected the config.json of ${draftModel}, which is not in the catalog, got none; copy it from its repository, so that its memory is counted`,
        ];
  const wrong: string[] = [];
  const weightsSize = neededSizeOf('placement.draftWeightsSize', placement.draftWeightsSize, wrong);
  return {
    ...read,
    draft: draft.architecture && {
      model: draft.architecture,
      head: method === 'eagle3',
      weightsSize,
    },
    problems: [...read.problems, ...draft.problems, ...unknown, ...wrong],
  };
}

/** Version of vLLM that serves a model; undefined for another engine, and where neither its settings nor its image gives it. */
function vllmVersionOf(model: ModelConfig): string | undefined {
  const { image } = model;
  const engine = engineConfigOf(model);
  return engine.name === 'vllm' && imageReferenceProblems(image).length === 0
    ? versionOf(EngineImage.fromReference(image), engine.version)
    : undefined;
}

/** By the file, or by the name in the catalog. */
function architectureOf(
  option: string,
  repository: string,
  file: string | undefined,
  vllmVersion: string | undefined,
): Sizes {
  if (file === undefined)
    return { architecture: KnownModels.all().find(({ name }) => name === repository), problems: [] };
  let text: string;
  try {
    text = fs.readFileSync(path.resolve(PROJECT, file), 'utf8');
  } catch (error) {
    return {
      problems: [
        `${option}: expected a file that can be read, got ${JSON.stringify(file)} (${(error as NodeJS.ErrnoException).code}); copy config.json from the model's repository there`,
      ],
    };
  }
  try {
    return { architecture: ModelArchitecture.fromConfig(text, repository, vllmVersion), problems: [] };
  } catch (error) {
    return { problems: (error as Error).message.split('\n').map((line) => `${option}: ${file}: ${line}`) };
  }
}

/** Adapters that SGLang has in memory at once where it is not told (`max_loras_per_batch`). */
const SGLANG_LORAS = 8;

/** What engines set aside for adapters: vLLM a slot, as it is not told of more, others each of them, but SGLang a number of its own. */
function adapterProps(model: ModelConfig): Pick<PlacementProps, 'adapterRank' | 'adapterSlots'> {
  const { name } = engineConfigOf(model);
  const adapters = boundAdapters(model.adapters ?? []);
  const ranks = adapters.flatMap(({ rank }) => rank ?? []);
  // Adapters that cannot be read have reports of their own.
  if (ranks.length === 0) return {};
  if (name === 'vllm') return { adapterRank: maxLoraRank(adapters), adapterSlots: 1 };
  return {
    adapterRank: Math.max(...ranks),
    adapterSlots: name === 'sglang' ? Math.max(SGLANG_LORAS, adapters.length) : adapters.length,
  };
}

/** @param problems gets what cannot be read */
function placementProps(
  model: ModelConfig,
  environment: EnvironmentConfig,
  architecture: ModelArchitecture,
  draft: DraftModel | undefined,
  problems: string[],
): PlacementProps | undefined {
  const { placement = {}, accelerator: instanceType } = model;
  const engine = engineConfigOf(model);
  const { gpus = 1, nodes = 1, replicas, maxModelLen } = model;
  // A wrong type, counts that are none and more GPUs than there are have reports of their own.
  if (instanceType === undefined || Accelerator.problemOf(instanceType)) return undefined;
  if (![replicas, gpus, nodes].every((count) => Number.isInteger(count) && count >= 1)) return undefined;
  const accelerator = Accelerator.fromInstanceType(instanceType);
  if (gpus > accelerator.gpus) return undefined;
  const { sharing } = nodeTypeOf(environment, instanceType);
  // Memory of a part of a divided GPU stands in no table.
  if (sharing?.strategy === 'mig') return undefined;
  const vllm: Partial<EngineConfig & { readonly name: 'vllm' }> = engine.name === 'vllm' ? engine : {};
  return {
    model: architecture,
    precision: placement.precision
      ? Precision[placement.precision]
      : defaultPrecision(model, architecture, accelerator),
    weightsSize:
      neededSizeOf('placement.weightsSize', placement.weightsSize, problems) ??
      (engine.name === 'text-embeddings' && engine.precision === 'float32'
        ? Size.bytes(FLOAT32_BYTES * architecture.parameters)
        : undefined),
    slidingWindows: engine.name === 'vllm',
    maxModelLen,
    concurrency: placement.concurrency,
    replicas,
    promptTokens: placement.promptTokens,
    timeToFirstToken: durationOf('placement.timeToFirstToken', placement.timeToFirstToken, problems),
    tokensPerSecond: placement.tokensPerSecond,
    maxHourlyUsd: placement.maxHourlyUsd,
    accelerator,
    tensorParallel: gpusOf(model, accelerator, environment),
    pipelineParallel: model.nodes,
    maxNodes: model.nodes,
    gpuMemoryUtilization: memoryShare({ ...vllm, podsPerGpu: sharing?.podsPerGpu }),
    maxBatchedTokens: vllm.maxBatchedTokens,
    ...adapterProps(model),
    draft,
    multiTokenPrediction: engineSettings(model).speculativeDecoding?.method === 'mtp',
  };
}
