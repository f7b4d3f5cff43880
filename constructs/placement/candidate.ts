import { type Accelerator } from '../gpu/accelerator';
import { AcceleratorManufacturer } from '../gpu/accelerator-manufacturer';
import { KvCachePrecision } from './kv-cache-precision';
import { overheadBytes, type Parallelism, type RankNeeds, rankWeightBytes, sequenceCacheBytes } from './memory-budget';
import { type ModelShape } from './model-shape';
import { type PlacementSettings } from './placement-settings';
import { Precision } from './precision';

const MIB = 1024 ** 2;

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
export function candidatesOf(accelerator: Accelerator, settings: PlacementSettings, maxNodes = settings.maxNodes): Candidate[] {
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

/** Why an instance type cannot run the precisions, whatever the layout. */
export function precisionProblems(accelerator: Accelerator, settings: PlacementSettings): string[] {
  const problems = [
    ...unsupported('precision', accelerator, settings.model.precision),
    ...(settings.draft ? unsupported('draft.precision', accelerator, settings.draft.precision) : []),
  ];
  if (settings.kvCachePrecision === KvCachePrecision.FP8 && !(accelerator.manufacturer === AcceleratorManufacturer.NVIDIA && reaches(accelerator, '8.9'))) {
    problems.push(`kvCachePrecision: expected 16-bit on ${described(accelerator)}, got fp8; it needs NVIDIA GPUs of compute capability 8.9 or newer`);
  }
  return problems;
}

function unsupported(prop: string, accelerator: Accelerator, precision: Precision): string[] {
  if (accelerator.manufacturer === AcceleratorManufacturer.AWS) {
    return precision._neuron ? [] : [`${prop}: expected BF16 or FP16 on the Neuron chips of ${accelerator.instanceType}, got ${precision.name}; other formats are not supported there, take another checkpoint or GPUs`];
  }
  return reaches(accelerator, precision.minComputeCapability)
    ? []
    : [`${prop}: expected a format for ${described(accelerator)}, got ${precision.name}, which needs ${precision.minComputeCapability} or newer; ${precision === Precision.BF16 ? 'use FP16' : 'take another checkpoint'} or other GPUs`];
}

function described({ instanceType, gpu, computeCapability, manufacturer }: Accelerator): string {
  return manufacturer === AcceleratorManufacturer.AWS
    ? `the Neuron chips of ${instanceType}`
    : `${instanceType} (${gpu}, compute capability ${computeCapability ?? 'unknown'})`;
}

function reaches({ computeCapability }: Accelerator, least: string): boolean {
  if (computeCapability === undefined) return false;
  const [major, minor] = computeCapability.split('.').map(Number);
  const [leastMajor, leastMinor] = least.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/** Why a model cannot be cut like this, whatever the memory. */
export function layoutProblems(candidate: Candidate, settings: PlacementSettings): string[] {
  const { shape, precision } = settings.model;
  const { tensor, pipeline } = candidate;
  const problems: string[] = [];
  if (shape.encoder && tensor * pipeline > candidate.accelerator.ranksPerGpu) {
    problems.push(`tensorParallel: expected one GPU for ${settings.props.model.name}, which embeds text, got ${tensor * pipeline}; engines of such models take one`);
  }
  problems.push(...headProblems('tensorParallel', shape, tensor));
  if (settings.draft) problems.push(...headProblems('tensorParallel (draft)', settings.draft.shape, tensor));
  const group = precision === Precision.FP8 || precision === Precision.FP8_WEIGHT_ONLY ? shape.weightBlock : precision._groupSize;
  if (group !== undefined && tensor > 1) {
    for (const width of new Set(shape.intermediateSizes.filter((size) => (size / tensor) % group !== 0))) {
      problems.push(`tensorParallel: expected feed-forward matrices of ${width} that cut into parts of ${group}, the group that shares a scale in ${precision.name}, got ${width} / ${tensor}; share a layer among fewer GPUs`);
    }
  }
  if (pipeline > shape.layers) {
    problems.push(`pipelineParallel: expected at most the ${shape.layers} layers of ${settings.props.model.name}, got ${pipeline}; a stage has one layer or more`);
  }
  return problems;
}

function headProblems(prop: string, { attentionHeads, kvHeads, kvGroups }: ModelShape, tensor: number): string[] {
  if (attentionHeads % tensor !== 0) {
    const legal = divisorsOf(attentionHeads).filter((divisor) => divisor <= 64).join(', ');
    return [`${prop}: expected a divisor of the ${attentionHeads} attention heads, got ${tensor}; take one of ${legal}`];
  }
  const shared = kvGroups.some(({ heads }) => heads > 0);
  if (shared && kvHeads % tensor !== 0 && tensor % kvHeads !== 0) {
    return [`${prop}: expected a divisor or a multiple of the ${kvHeads} key/value heads, got ${tensor}; they are shared out or repeated whole`];
  }
  return [];
}

/** Memory of the fullest rank. */
export function memoryOf({ accelerator, tensor, pipeline }: Candidate, settings: PlacementSettings): RankMemory {
  const { weights, overhead, perSequence } = needsOf({ tensor, pipeline }, settings);
  const total = (accelerator.gpuMemoryMib * MIB) / accelerator.ranksPerGpu;
  const reserve = total * (1 - settings.gpuMemoryUtilization);
  return { total, reserve, weights, overhead, cache: total - reserve - weights - overhead, perSequence };
}

/** What a rank needs, whatever the GPU. */
function needsOf(cut: Parallelism, settings: PlacementSettings): RankNeeds {
  const key = `${cut.tensor}/${cut.pipeline}`;
  const known = settings.rankNeeds.get(key);
  if (known !== undefined) return known;
  const { model, draft, contextTokens, kvBytes, maxBatchedTokens } = settings;
  // A draft model is not cut into stages: it lies beside the last one.
  const draftCut = { tensor: cut.tensor, pipeline: 1 };
  const needs = {
    weights: rankWeightBytes(settings.weights, model.shape, cut)
      + (draft && settings.draftWeights ? rankWeightBytes(settings.draftWeights, draft.shape, draftCut) : 0),
    overhead: overheadBytes(model.shape, maxBatchedTokens, cut, kvBytes),
    perSequence: sequenceCacheBytes(model.shape, contextTokens, cut, kvBytes)
      + (draft ? sequenceCacheBytes(draft.shape, contextTokens, draftCut, kvBytes) : 0),
  };
  settings.rankNeeds.set(key, needs);
  return needs;
}
