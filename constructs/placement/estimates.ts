import { type Accelerator } from '../gpu/accelerator';
import { AcceleratorManufacturer } from '../gpu/accelerator-manufacturer';
import { type Candidate } from './candidate';
import { sequenceCacheBytes } from './memory-budget';
import { activeParametersOf } from './architecture/model-shape';
import { type PlacementSettings } from './placement-settings';

/** Share of a data sheet's memory bandwidth that is reached: as NVIDIA's AIConfigurator assumes. */
const BANDWIDTH_SHARE = 0.8;

/** Share of a data sheet's operations that is reached. Not verified on hardware. */
const COMPUTE_SHARE = 0.5;

/** Time that a collective operation takes whatever its size, seconds: as NVIDIA's AIConfigurator assumes. */
const COLLECTIVE_SECONDS = 10e-6;

/** Bandwidth of a GPU's PCIe bus in one direction, bytes/s: generation 4 with 16 lanes. */
const PCIE_BYTES_PER_SECOND = 32e9;

/** Collective operations of a layer: one behind the attention, one behind the feed-forward network. */
const COLLECTIVES_OF_LAYER = 2;

/** Estimated speed of a replica. */
export interface SpeedEstimate {
  /** Time to first token of a lone request, seconds. */
  readonly timeToFirstTokenSeconds: number;
  /** Tokens of each sequence while `concurrency` run, tokens/s. */
  readonly tokensPerSecond: number;
}

/**
 * Speed by the roofline: a step takes as long as reading the weights and the cache, or as the arithmetic, whichever is longer,
 * and the exchange between ranks. Undefined for encoders, Neuron chips and GPUs whose figures are unknown.
 * Speculative decoding and prefix caching are not counted.
 */
export function estimate(candidate: Candidate, settings: PlacementSettings): SpeedEstimate | undefined {
  const { accelerator } = candidate;
  const { shape } = settings.model;
  const bandwidth = accelerator.memoryBandwidthGbPerSecond;
  const operations = operationsOf(accelerator, settings);
  if (
    shape.encoder ||
    accelerator.manufacturer !== AcceleratorManufacturer.NVIDIA ||
    bandwidth === undefined ||
    operations === undefined
  )
    return undefined;
  const bytesPerSecond = bandwidth * 1e9 * BANDWIDTH_SHARE * candidate.tensor;
  const operationsPerSecond = operations * 1e12 * COMPUTE_SHARE * candidate.tensor;
  const active = activeParametersOf(shape);
  const prompt = settings.promptTokens;
  // Half of the square: a token attends to those before it.
  const attention = 2 * shape.layers * shape.attentionHeads * shape.headDim * prompt ** 2;
  const prefill = (2 * active * prompt + attention) / operationsPerSecond + exchange(candidate, settings, prompt);
  const read = (batch: number, tokens: number) =>
    (weightsRead(settings, batch) + batch * cacheRead(settings, tokens)) / bytesPerSecond;
  const step = (batch: number, tokens: number) =>
    Math.max(read(batch, tokens), (2 * active * batch) / operationsPerSecond) + exchange(candidate, settings, batch);
  return {
    timeToFirstTokenSeconds: Math.max(prefill, read(1, prompt)),
    tokensPerSecond: 1 / step(settings.concurrency, settings.maxModelLen),
  };
}

/** TFLOPS in the precision; formats of weights alone compute in 16 bits. */
function operationsOf(accelerator: Accelerator, settings: PlacementSettings): number | undefined {
  switch (settings.model.precision._format) {
    case 'half':
      return accelerator.halfPrecisionTflops;
    case 'fp8':
      return accelerator.fp8Tflops;
    case 'int8':
      return accelerator.int8Tops;
    case 'fp4':
      return accelerator.fp4Tflops;
  }
}

/** Bytes of weights that a step reads: of the experts those that any token of the batch is routed to. */
function weightsRead({ model, weights }: PlacementSettings, batch: number): number {
  const { shape } = model;
  if (shape.experts === 0) return weights.total;
  const idle = (1 - shape.expertsPerToken / shape.experts) ** batch;
  return weights.total - weights.experts * idle;
}

function cacheRead({ model, kvBytes }: PlacementSettings, tokens: number): number {
  return sequenceCacheBytes(model.shape, tokens, { tensor: 1, pipeline: 1 }, kvBytes);
}

/** Time that ranks exchange results for, seconds: each all-reduce moves twice the hidden states of the batch. */
function exchange({ accelerator, tensor }: Candidate, { model }: PlacementSettings, tokens: number): number {
  if (tensor === 1) return 0;
  const bytesPerSecond =
    accelerator.nvlinkGbPerSecond > 0 ? (accelerator.nvlinkGbPerSecond * 1e9) / 2 : PCIE_BYTES_PER_SECOND;
  const bytes = tokens * model.shape.hiddenSize * 2 * 2 * ((tensor - 1) / tensor);
  return model.shape.layers * COLLECTIVES_OF_LAYER * (COLLECTIVE_SECONDS + bytes / bytesPerSecond);
}
