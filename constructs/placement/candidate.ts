import { type Accelerator } from '../gpu/accelerator';
import { AcceleratorManufacturer } from '../gpu/accelerator-manufacturer';
import { rankWidths } from './architecture/matrix';
import { type ModelShape, withoutWindows } from './architecture/model-shape';
import { Precision } from './architecture/precision';
import { type Padding } from './architecture/weight-format';
import { KvCachePrecision } from './kv-cache-precision';
import {
  type ModelWeights,
  overheadBytes,
  type Parallelism,
  type RankNeeds,
  rankWeightBytes,
  sequenceCacheBytes,
  type ServedModel,
} from './memory-budget';
import { type PlacementSettings } from './placement-settings';
import { tensorProblems } from './tensor-parallelism';

/** A way to lay a replica out. */
export interface Candidate {
  readonly accelerator: Accelerator;
  readonly nodes: number;
  readonly gpusPerNode: number;
  readonly tensor: number;
  readonly pipeline: number;
}

/** Memory of the fullest rank of a candidate, bytes. */
export interface RankMemory extends RankNeeds {
  /** All of it. */
  readonly total: number;
  /** What the engine leaves free. */
  readonly reserve: number;
  /** What is left for keys and values; negative when not even the weights fit. */
  readonly cache: number;
}

/** Nodes that all replicas need together: a node holds as many replicas as it has GPUs for. */
export function nodesOf({ accelerator, nodes, gpusPerNode }: Candidate, replicas: number): number {
  return nodes > 1 ? nodes * replicas : Math.ceil(replicas / Math.floor(accelerator.gpus / gpusPerNode));
}

/** Price of the nodes of all replicas, USD/h; undefined when it is unknown. */
export function priceOf(candidate: Candidate, replicas: number): number | undefined {
  const { hourlyUsd } = candidate.accelerator;
  // Prices have five decimals; sums of floats have more.
  return hourlyUsd === undefined ? undefined : Number((hourlyUsd * nodesOf(candidate, replicas)).toFixed(6));
}

/** Every way to lay a replica out on an instance type, fewest GPUs first. A replica of several nodes takes whole ones. */
export function candidatesOf(
  accelerator: Accelerator,
  settings: PlacementSettings,
  maxNodes = settings.maxNodes,
): Candidate[] {
  const { tensorParallel, pipelineParallel } = settings.props;
  const candidates: Candidate[] = [];
  for (let nodes = 1; nodes <= maxNodes; nodes++) {
    for (let gpusPerNode = nodes > 1 ? accelerator.gpus : 1; gpusPerNode <= accelerator.gpus; gpusPerNode++) {
      const ranks = gpusPerNode * accelerator.ranksPerGpu;
      const stages = settings.pipelineInNode && !accelerator.hasDeviceLink ? divisorsOf(gpusPerNode) : [1];
      for (const local of stages) {
        const tensor = ranks / local;
        const pipeline = nodes * local;
        // Odd counts of GPUs are taken only when they are asked for: they leave GPUs of the node to nobody.
        if (tensorParallel === undefined && accelerator.gpus % gpusPerNode !== 0) continue;
        if ((tensorParallel ?? tensor) !== tensor || (pipelineParallel ?? pipeline) !== pipeline) continue;
        candidates.push({ accelerator, nodes, gpusPerNode, tensor, pipeline });
      }
    }
  }
  return candidates;
}

function divisorsOf(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1).filter((divisor) => count % divisor === 0);
}

/** Whether an instance type runs the precisions: the search asks of each type, and needs no reasons. */
export function runsPrecisions(
  accelerator: Accelerator,
  { model, draft, kvCachePrecision }: PlacementSettings,
): boolean {
  return (
    precisionsOf(model).every((precision) => runs(accelerator, precision)) &&
    (draft === undefined || precisionsOf(draft).every((precision) => runs(accelerator, precision))) &&
    runsCache(accelerator, kvCachePrecision)
  );
}

/** Why an instance type cannot run the precisions, whatever the layout. */
export function precisionProblems(accelerator: Accelerator, settings: PlacementSettings): string[] {
  const { paths } = settings;
  const problems = [
    ...unsupported(paths.at('precision'), accelerator, settings.model),
    ...(settings.draft ? unsupported(paths.at('draft.precision'), accelerator, settings.draft) : []),
  ];
  if (!runsCache(accelerator, settings.kvCachePrecision)) {
    problems.push(
      `${paths.at('kvCachePrecision')}: expected 16-bit on ${described(accelerator)}, got fp8; it needs NVIDIA GPUs of compute capability 8.9 or newer`,
    );
  }
  return problems;
}

function runsCache(accelerator: Accelerator, precision: KvCachePrecision): boolean {
  return (
    precision !== KvCachePrecision.FP8 ||
    (accelerator.manufacturer === AcceleratorManufacturer.NVIDIA && reaches(accelerator, '8.9'))
  );
}

function runs(
  accelerator: Accelerator,
  { _neuron: neuron, minComputeCapability: least, maxComputeCapability: most }: Precision,
): boolean {
  return accelerator.manufacturer === AcceleratorManufacturer.AWS
    ? neuron
    : reaches(accelerator, least) && (most === undefined || !exceeds(accelerator, most));
}

function unsupported(prop: string, accelerator: Accelerator, served: ServedModel): string[] {
  return precisionsOf(served)
    .filter((precision) => !runs(accelerator, precision))
    .map((precision) => {
      if (accelerator.manufacturer === AcceleratorManufacturer.AWS) {
        return `${prop}: expected BF16 or FP16 on the Neuron chips of ${accelerator.instanceType}, got ${precision.name}; other formats are not supported there, take another checkpoint or GPUs`;
      }
      const { minComputeCapability: least, maxComputeCapability: most } = precision;
      const needs = reaches(accelerator, least) ? `runs up to ${most}` : `needs ${least} or newer`;
      return `${prop}: expected a format for ${described(accelerator)}, got ${precision.name}, which ${needs}; ${adviceFor(precision, accelerator)} or other GPUs`;
    });
}

/** Everything that some weights are in; a checkpoint that is run with its weights alone in few bits is run so as a whole. */
function precisionsOf({ precision, published }: ServedModel): readonly Precision[] {
  if (published === undefined || precision === published.precision) return published?.precisions ?? [precision];
  return [...new Set(published.precisions.map((each) => WEIGHT_ONLY.get(each) ?? each))];
}

/** Precisions that run the same checkpoints with 16-bit arithmetic. */
const WEIGHT_ONLY: ReadonlyMap<Precision, Precision> = new Map([
  [Precision.FP8, Precision.FP8_WEIGHT_ONLY],
  [Precision.NVFP4, Precision.NVFP4_WEIGHT_ONLY],
]);

function adviceFor(precision: Precision, accelerator: Accelerator): string {
  const other = precision === Precision.BF16 ? Precision.FP16 : WEIGHT_ONLY.get(precision);
  return other !== undefined && reaches(accelerator, other.minComputeCapability)
    ? precision === Precision.BF16
      ? 'use FP16'
      : `use ${other.name}, which runs the same checkpoint,`
    : 'take another checkpoint';
}

function described({ instanceType, gpu, computeCapability, manufacturer }: Accelerator): string {
  return manufacturer === AcceleratorManufacturer.AWS
    ? `the Neuron chips of ${instanceType}`
    : `${instanceType} (${gpu}, compute capability ${computeCapability ?? 'unknown'})`;
}

function reaches({ computeCapability }: Accelerator, least: string): boolean {
  return computeCapability !== undefined && rankOf(computeCapability) >= rankOf(least);
}

function exceeds({ computeCapability }: Accelerator, most: string): boolean {
  return computeCapability === undefined || rankOf(computeCapability) > rankOf(most);
}

/** Capabilities that were compared, as numbers in their order. */
const RANKS = new Map<string, number>();

function rankOf(capability: string): number {
  const known = RANKS.get(capability);
  if (known !== undefined) return known;
  const [major, minor] = capability.split('.').map(Number);
  RANKS.set(capability, major * 100 + minor);
  return major * 100 + minor;
}

/** Why a model cannot be cut like this, whatever the memory. */
export function layoutProblems(candidate: Candidate, settings: PlacementSettings): string[] {
  const { paths } = settings;
  const { shape } = settings.model;
  const { tensor, pipeline } = candidate;
  const problems: string[] = [];
  if (shape.encoder && tensor * pipeline > candidate.accelerator.ranksPerGpu) {
    problems.push(
      `${paths.at('tensorParallel')}: expected one GPU for ${settings.props.model.name}, which embeds text, got ${tensor * pipeline}; engines of such models take one`,
    );
  }
  problems.push(
    ...tensorProblems(settings.model, settings.draft, tensor).map(
      (problem) => `${paths.at('tensorParallel')}: ${problem}`,
    ),
  );
  if (pipeline > shape.layers) {
    problems.push(
      `${paths.at('pipelineParallel')}: expected at most the ${shape.layers} layers of ${settings.props.model.name}, got ${pipeline}; a stage has one layer or more`,
    );
  }
  return problems;
}

/** Memory of the fullest rank. */
export function memoryOf({ accelerator, tensor, pipeline }: Candidate, settings: PlacementSettings): RankMemory {
  const { weights, overhead, perSequence } = needsOf({ tensor, pipeline }, paddingOn(accelerator), settings);
  const total = accelerator.gpuMemory.toBytes() / accelerator.ranksPerGpu;
  const reserve = total * (1 - settings.gpuMemoryUtilization);
  return { total, reserve, weights, overhead, cache: total - reserve - weights - overhead, perSequence };
}

/** What vLLM's kernels for MXFP4 fill experts up to: TensorRT-LLM's on data center Blackwell, elsewhere Marlin's, which fill most (`mxfp4.py` of 0.18.1). */
function paddingOn({ computeCapability }: Accelerator): Padding {
  return { hidden: 256, width: computeCapability?.startsWith('10.') ? 256 : 128 };
}

/** What a rank needs, on any GPU whose kernels fill matrices up alike. */
function needsOf(cut: Parallelism, padding: Padding, settings: PlacementSettings): RankNeeds {
  const key = `${cut.tensor}/${cut.pipeline}/${padding.width}`;
  const known = settings.rankNeeds.get(key);
  if (known !== undefined) return known;
  const { model, weights, guesses, maxModelLen, kvBytes, maxBatchedTokens } = settings;
  const { adapterRank, adapterSlots = 1 } = settings.props;
  // What guesses ahead is not cut into stages: it lies beside the last one.
  const beside = { tensor: cut.tensor, pipeline: 1 };
  const kept = (shape: ModelShape) => (settings.props.slidingWindows === false ? withoutWindows(shape) : shape);
  const summed = (bytes: (guess: ModelWeights) => number) => guesses.reduce((sum, guess) => sum + bytes(guess), 0);
  const needs = {
    weights: rankWeightBytes(weights, cut, padding) + summed((guess) => rankWeightBytes(guess, beside, padding)),
    overhead:
      overheadBytes(kept(model.shape), maxBatchedTokens, cut, kvBytes) +
      (adapterRank === undefined ? 0 : adapterBytes(model.shape, adapterRank, adapterSlots, cut)),
    perSequence:
      sequenceCacheBytes(kept(model.shape), maxModelLen, cut, kvBytes) +
      summed(({ shape }) => sequenceCacheBytes(kept(shape), maxModelLen, beside, kvBytes)),
  };
  settings.rankNeeds.set(key, needs);
  return needs;
}

/** Bytes of a number in an adapter. */
const NUMBER_BYTES = 2;

/** Matrices of a layer that is not known closer: four of its attention, three of its network. */
const LAYER_MATRICES = 7;

/**
 * Buffers that an engine sets aside for LoRA adapters on a rank, bytes: of each slot two matrices of the highest rank beside every matrix of
 * the layers, each experts' too, and beside embeddings and output matrix, whether an adapter has some there or not. What the model's
 * matrix shares out is shared out there as well; the rest, and embeddings, every rank has whole (`vllm/lora/layers`).
 */
function adapterBytes(shape: ModelShape, rank: number, slots: number, { tensor, pipeline }: Parallelism): number {
  const { layers, hiddenSize, vocabularySize, kvHeads, matrices, linearParameters } = shape;
  const widths =
    matrices.length === 0
      ? // Most matrices have the hidden state on one side; what is on the other is their parameters over it.
        LAYER_MATRICES * layers * hiddenSize + linearParameters / hiddenSize
      : matrices.reduce((sum, matrix) => {
          const { inputs, outputs } = rankWidths(matrix, kvHeads, tensor);
          return sum + matrix.layers.length * matrix.copies * (inputs + outputs);
        }, 0);
  const stage = Math.ceil(layers / pipeline) / layers;
  return slots * rank * NUMBER_BYTES * (widths * stage + 2 * (vocabularySize + hiddenSize));
}
