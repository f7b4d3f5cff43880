import { Duration, Size } from 'aws-cdk-lib';
import { nodeShare } from '../gpu/node-share';
import {
  type Candidate,
  candidatesOf,
  layoutProblems,
  memoryOf,
  nodesOf,
  precisionProblems,
  priceOf,
  type RankMemory,
  runsPrecisions,
} from './candidate';
import { estimate } from './estimates';
import { PlacementPlan } from './placement-plan';
import { type PlacementProps } from './placement-props';
import { OptionPaths, type PlacementSettings, settingsOf, settingsProblems } from './placement-settings';

/** Nodes that the search for an alternative looks at, beyond what was allowed. */
const ALTERNATIVE_NODES = 4;

const GIB = 1024 ** 3;

/**
 * Finds the GPUs that a model fits on, or checks those that were chosen. It knows nothing of AWS but the facts of
 * instance types, reads no file and takes under a millisecond.
 *
 * @example
 * const plan = Placement.plan({ model: KnownModels.QWEN3_8B, maxModelLen: 16384, concurrency: 4 });
 */
export class Placement {
  /**
   * The cheapest placement that does what is asked for.
   *
   * @throws when nothing does; the error lists every problem and names the cheapest instance that would fit.
   */
  public static plan(props: PlacementProps): PlacementPlan {
    const outcome = Placement._solve(props);
    if (outcome.plan === undefined) throw new Error(outcome.problems.join('\n'));
    return outcome.plan;
  }

  /**
   * The placement, or what is wrong, one problem per line.
   *
   * @param paths where users write the options
   * @internal
   */
  public static _solve(
    props: PlacementProps,
    paths = new OptionPaths(),
  ): { readonly plan?: PlacementPlan; readonly problems: string[] } {
    const problems = settingsProblems(props, paths);
    if (problems.length > 0) return { problems };
    const settings = settingsOf(props, paths);
    const best = cheapest(settings);
    return best === undefined ? { problems: failureOf(settings) } : { plan: planOf(best, settings), problems: [] };
  }

  private constructor() {}
}
/** The candidate with the lowest price; of those with one price the one with fewest nodes, then fewest GPUs, then the first listed. */
function cheapest(settings: PlacementSettings, maxNodes?: number): Candidate | undefined {
  let best: { candidate: Candidate; rank: readonly number[] } | undefined;
  for (const accelerator of settings.accelerators) {
    // They are sorted by price, and no placement costs less than a node.
    if (best !== undefined && (accelerator.hourlyUsd ?? Infinity) > best.rank[0]) break;
    if (!runsPrecisions(accelerator, settings)) continue;
    for (const candidate of candidatesOf(accelerator, settings, maxNodes)) {
      const rank = [
        priceOf(candidate, settings.replicas) ?? Infinity,
        candidate.nodes,
        candidate.nodes * candidate.gpusPerNode,
        candidate.pipeline,
      ];
      if (best !== undefined && !precedes(rank, best.rank)) continue;
      // Room first: it is told fastest, and most candidates have none.
      if (!hasRoom(memoryOf(candidate, settings), settings)) continue;
      if (layoutProblems(candidate, settings).length === 0 && shortfalls(candidate, settings).length === 0)
        best = { candidate, rank };
    }
  }
  return best?.candidate;
}

function precedes(left: readonly number[], right: readonly number[]): boolean {
  const index = left.findIndex((value, position) => value !== right[position]);
  return index >= 0 && left[index] < right[index];
}

/** What a legal candidate lacks, one line each. */
function shortfalls(candidate: Candidate, settings: PlacementSettings): string[] {
  const memory = memoryOf(candidate, settings);
  const lacks = memoryShortfalls(candidate, memory, settings);
  if (lacks.length > 0) return lacks;
  const {
    paths,
    timeToFirstTokenSeconds,
    props: { tokensPerSecond, maxHourlyUsd },
  } = settings;
  if (timeToFirstTokenSeconds !== undefined || tokensPerSecond !== undefined)
    lacks.push(...speedShortfalls(candidate, settings));
  const price = priceOf(candidate, settings.replicas);
  if (maxHourlyUsd !== undefined && price === undefined) {
    lacks.push(
      `${paths.at('maxHourlyUsd')}: expected a type with a known price, got ${candidate.accelerator.instanceType}; give its price to Accelerator.of, or leave the ceiling out`,
    );
  } else if (maxHourlyUsd !== undefined && price !== undefined && price > maxHourlyUsd) {
    lacks.push(
      `${paths.at('maxHourlyUsd')}: expected at most ${maxHourlyUsd} USD/h, got ${price} for ${described(candidate, settings)}; raise the ceiling or ask for less`,
    );
  }
  return lacks;
}

function memoryShortfalls(candidate: Candidate, memory: RankMemory, settings: PlacementSettings): string[] {
  if (hasRoom(memory, settings)) return [];
  const { paths } = settings;
  const where = described(candidate, settings);
  if (memory.cache < 0) {
    const room = memory.total - memory.reserve;
    return [
      `${paths.at('accelerator')}: expected at least ${gib(memory.weights + memory.overhead)} a GPU for weights (${gib(memory.weights)}) and overhead, got ${gib(room)} of ${where}; take more or larger GPUs, or ${paths.has('precision') ? 'a smaller precision' : 'a smaller model'}`,
    ];
  }
  const [option, remedy] = paths.has('concurrency')
    ? ([paths.at('concurrency'), 'lower the concurrency, shorten the context'] as const)
    : ([paths.at('maxModelLen'), 'shorten the context'] as const);
  return [
    `${option}: expected room for ${counted(settings.concurrency, 'sequence')} of ${settings.maxModelLen} tokens, got ${sequencesOf(memory) ?? 0} in the ${gib(memory.cache)} a GPU that ${where} has for keys and values; ${remedy}, or take more or larger GPUs`,
  ];
}

function speedShortfalls(candidate: Candidate, settings: PlacementSettings): string[] {
  const {
    paths,
    timeToFirstTokenSeconds,
    props: { tokensPerSecond },
  } = settings;
  const speed = estimate(candidate, settings);
  const where = described(candidate, settings);
  if (speed === undefined) {
    return [
      `${paths.at('accelerator')}: expected GPUs whose speed can be estimated, got ${where}; leave timeToFirstToken and tokensPerSecond out and measure`,
    ];
  }
  const lacks: string[] = [];
  if (timeToFirstTokenSeconds !== undefined && speed.timeToFirstTokenSeconds > timeToFirstTokenSeconds) {
    lacks.push(
      `${paths.at('timeToFirstToken')}: expected at most ${timeToFirstTokenSeconds} s, got an estimate of ${speed.timeToFirstTokenSeconds.toFixed(3)} s on ${where}; take faster or more GPUs, or shorter prompts`,
    );
  }
  if (tokensPerSecond !== undefined && speed.tokensPerSecond < tokensPerSecond) {
    lacks.push(
      `${paths.at('tokensPerSecond')}: expected at least ${tokensPerSecond} tokens/s, got an estimate of ${speed.tokensPerSecond.toFixed(1)} on ${where}; take faster or more GPUs, or a lower concurrency`,
    );
  }
  return lacks;
}

/** Why nothing fits: what is wrong with the one type, or with the best of many, and what would fit. */
function failureOf(settings: PlacementSettings): string[] {
  const { props, paths } = settings;
  const legal = settings.accelerators.filter((accelerator) => runsPrecisions(accelerator, settings));
  const candidates = (legal.length > 0 ? legal : settings.accelerators).flatMap((accelerator) =>
    candidatesOf(accelerator, settings),
  );
  const advice = alternative(settings);
  const finish = (problems: readonly string[]) => [...new Set(problems)].map((problem) => problem + advice);
  const illegal = props.accelerator
    ? precisionProblems(props.accelerator, settings)
    : legal.length === 0
      ? precisionProblems(settings.accelerators[0], settings)
      : [];
  if (candidates.length === 0) {
    const { tensorParallel, pipelineParallel, accelerator } = props;
    const asked = [
      tensorParallel && `${tensorParallel} for a layer`,
      pipelineParallel && counted(pipelineParallel, 'stage'),
    ]
      .filter(Boolean)
      .join(' and ');
    return finish([
      ...illegal,
      `${paths.at(tensorParallel ? 'tensorParallel' : 'pipelineParallel')}: expected ranks that ${accelerator ? `${settings.maxNodes} × ${accelerator.instanceType} (${accelerator.gpus} × ${accelerator.gpu}) has` : 'a listed instance type has'}, got ${asked}; ` +
        `ranks of a layer share a node and stages take a whole node each${paths.has('pipelineInNode') ? ', unless pipelineInNode says otherwise' : ''}`,
    ]);
  }
  const cut = candidates.filter((candidate) => layoutProblems(candidate, settings).length === 0);
  // The largest that can be cut says most: what it lacks, the others lack as well.
  const largest = (some: readonly Candidate[]) =>
    some.reduce((left, right) => (memorySize(right) > memorySize(left) ? right : left));
  if (cut.length === 0) return finish([...illegal, ...layoutProblems(largest(candidates), settings)]);
  if (illegal.length > 0)
    return finish([...illegal, ...memoryShortfalls(largest(cut), memoryOf(largest(cut), settings), settings)]);
  const fitting = cut.filter(
    (candidate) => memoryShortfalls(candidate, memoryOf(candidate, settings), settings).length === 0,
  );
  if (fitting.length === 0) return finish(memoryShortfalls(largest(cut), memoryOf(largest(cut), settings), settings));
  return finish(shortfalls(bestOf(fitting, settings), settings));
}

function memorySize({ accelerator, nodes, gpusPerNode }: Candidate): number {
  return accelerator.gpuMemory.toBytes() * nodes * gpusPerNode;
}

/** Of candidates with room the one that fails least: few shortfalls, then a low price. */
function bestOf(fitting: readonly Candidate[], settings: PlacementSettings): Candidate {
  const ranked = fitting.map((candidate) => ({
    candidate,
    rank: [shortfalls(candidate, settings).length, priceOf(candidate, settings.replicas) ?? Infinity],
  }));
  return ranked.reduce((left, right) => (precedes(right.rank, left.rank) ? right : left)).candidate;
}

/** Names the cheapest placement without the limits that were set: another instance, more nodes, a higher price. */
function alternative(settings: PlacementSettings): string {
  const relaxed = settingsOf(
    {
      ...settings.props,
      accelerator: undefined,
      accelerators: undefined,
      tensorParallel: undefined,
      pipelineParallel: undefined,
      maxHourlyUsd: undefined,
    },
    settings.paths,
  );
  const found = cheapest(relaxed) ?? cheapest(relaxed, ALTERNATIVE_NODES);
  if (found === undefined) return '. No listed instance type would fit';
  const price = priceOf(found, settings.replicas);
  return `. The cheapest that would fit: ${described(found, relaxed)}${found.nodes > settings.maxNodes ? ` (${found.nodes} nodes a replica)` : ''}, ${price ?? 'unknown'} USD/h`;
}

function described(candidate: Candidate, settings: PlacementSettings): string {
  const { accelerator, gpusPerNode, tensor, pipeline } = candidate;
  const nodes = nodesOf(candidate, settings.replicas);
  return `${nodes > 1 ? `${nodes} × ` : ''}${accelerator.instanceType} (${gpusPerNode} × ${accelerator.gpu}, tensor ${tensor}${pipeline > 1 ? `, pipeline ${pipeline}` : ''})`;
}

/** Whether weights, overhead and the wanted sequences fit. */
function hasRoom(memory: RankMemory, settings: PlacementSettings): boolean {
  return memory.cache >= 0 && (sequencesOf(memory) ?? Infinity) >= settings.concurrency;
}

/** Sequences of the full context that the cache holds; undefined for a model without cache. */
function sequencesOf({ cache, perSequence }: RankMemory): number | undefined {
  return perSequence === 0 ? undefined : Math.floor(cache / perSequence);
}

function planOf(candidate: Candidate, settings: PlacementSettings): PlacementPlan {
  const { accelerator, gpusPerNode } = candidate;
  const memory = memoryOf(candidate, settings);
  const speed = estimate(candidate, settings);
  const sequences = sequencesOf(memory) ?? 0;
  const { cpus, memoryMib, sharedMemoryMib } = nodeShare(accelerator, gpusPerNode);
  return new PlacementPlan({
    model: settings.props.model.name,
    parameters: settings.props.model.parameters,
    precision: settings.model.precision.name,
    kvCachePrecision: settings.kvCachePrecision,
    draft: settings.props.draft?.model.name,
    maxModelLen: settings.maxModelLen,
    concurrency: settings.concurrency,
    accelerator,
    replicas: settings.replicas,
    nodesPerReplica: candidate.nodes,
    gpusPerNode,
    tensorParallel: candidate.tensor,
    pipelineParallel: candidate.pipeline,
    nodes: nodesOf(candidate, settings.replicas),
    memory: {
      total: Size.bytes(memory.total),
      weights: Size.bytes(memory.weights),
      overhead: Size.bytes(memory.overhead),
      // A model without a cache leaves that part free.
      kvCache: Size.bytes(memory.perSequence === 0 ? 0 : memory.cache),
      headroom: Size.bytes(memory.reserve + (memory.perSequence === 0 ? memory.cache : 0)),
    },
    kvCapacityTokens:
      memory.perSequence === 0 ? 0 : Math.floor((memory.cache / memory.perSequence) * settings.maxModelLen),
    kvCapacitySequences: sequences,
    gpuMemoryUtilization: settings.gpuMemoryUtilization,
    maxBatchedTokens: settings.maxBatchedTokens,
    sharedMemory: Size.mebibytes(sharedMemoryMib),
    podCpus: cpus,
    podMemory: Size.mebibytes(memoryMib),
    hourlyUsd: priceOf(candidate, settings.replicas),
    promptTokens: settings.promptTokens,
    estimatedTimeToFirstToken: speed && Duration.seconds(speed.timeToFirstTokenSeconds),
    estimatedTokensPerSecond: speed?.tokensPerSecond,
  });
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
