import { type Duration, type Size } from 'aws-cdk-lib';
import { secondsOf } from '../checks/durations';
import { type Accelerator } from '../gpu/accelerator';

/** What lies in the memory of the fullest GPU, or logical core of a Neuron chip. The parts add up to `total`. */
export interface PlacementMemory {
  /** All of it. */
  readonly total: Size;
  /** Weights of the model and of its draft model. */
  readonly weights: Size;
  /** What is left for keys and values. */
  readonly kvCache: Size;
  /** Context, libraries, graphs, buffers and activations. */
  readonly overhead: Size;
  /** What the engine leaves free. */
  readonly headroom: Size;
}

/** Where a model fits, as plain values. */
export interface PlacementPlanFacts {
  /** Name of the model. */
  readonly model: string;
  /** Parameters of the model. */
  readonly parameters: number;
  /** Name of the precision of the weights. */
  readonly precision: string;
  /** Name of the precision of the key/value cache. */
  readonly kvCachePrecision: string;
  /** Name of the draft model; undefined without one. */
  readonly draft?: string;
  /** Longest context, tokens. */
  readonly maxModelLen: number;
  /** Sequences of the full context at once that were asked for. */
  readonly concurrency: number;
  /** Instance type of the nodes. */
  readonly accelerator: Accelerator;
  /** Replicas that the price is for. */
  readonly replicas: number;
  /** Nodes that one replica takes. */
  readonly nodesPerReplica: number;
  /** GPUs that a replica takes of each of its nodes: what its pods ask for. */
  readonly gpusPerNode: number;
  /** Ranks that share each layer. */
  readonly tensorParallel: number;
  /** Stages of the layers. */
  readonly pipelineParallel: number;
  /** Nodes of all replicas. */
  readonly nodes: number;
  /** Memory of the fullest rank: a GPU, or a logical core of a Neuron chip. */
  readonly memory: PlacementMemory;
  /** Tokens that the key/value cache of a replica holds; 0 for a model that embeds text. */
  readonly kvCapacityTokens: number;
  /** Sequences of the full context that it holds; 0 for a model that embeds text. */
  readonly kvCapacitySequences: number;
  /** Share of each GPU's memory that the engine takes. */
  readonly gpuMemoryUtilization: number;
  /** Tokens of a step that the memory of activations was counted for. */
  readonly maxBatchedTokens: number;
  /** Size of /dev/shm of a pod. */
  readonly sharedMemory: Size;
  /** CPUs that a pod asks for. */
  readonly podCpus: number;
  /** Memory that a pod asks for beside /dev/shm. */
  readonly podMemory: Size;
  /** On-demand price of all nodes in us-east-1, USD/h; undefined when it is unknown. */
  readonly hourlyUsd?: number;
  /** Tokens of the prompt that the time to first token is estimated for. */
  readonly promptTokens: number;
  /** ESTIMATE of the time to first token of a lone request; undefined when figures of the GPU are missing. */
  readonly estimatedTimeToFirstToken?: Duration;
  /** ESTIMATE of each sequence's speed while `concurrency` run, tokens/s; undefined when figures of the GPU are missing. */
  readonly estimatedTokensPerSecond?: number;
}

/** Where a model fits, and the proof of it. */
export class PlacementPlan {
  /** The plan as plain values. */
  public readonly facts: PlacementPlanFacts;

  /**
   * @param facts the plan, as `Placement.plan` makes it
   */
  public constructor(facts: PlacementPlanFacts) {
    this.facts = facts;
  }

  /** Instance type of the nodes. */
  public get accelerator(): Accelerator {
    return this.facts.accelerator;
  }

  /** GPUs that a pod asks for, as `accelerator.deviceResource`. */
  public get gpus(): number {
    return this.facts.gpusPerNode;
  }

  /** The proof: what lies in the memory of each GPU, what it holds and what it costs, as an aligned table. */
  public toText(): string {
    const { facts } = this;
    const { accelerator, memory } = facts;
    const neuron = accelerator.ranksPerGpu > 1;
    const rows: [string, string][] = [
      [
        'instance',
        `${accelerator.instanceType}: ${facts.gpusPerNode} of ${accelerator.gpus} × ${accelerator.gpu}${facts.nodesPerReplica > 1 ? ` on each of ${facts.nodesPerReplica} nodes` : ''}`,
      ],
      ['parallelism', `tensor ${facts.tensorParallel}, pipeline ${facts.pipelineParallel}`],
      [
        'precision',
        `${facts.precision}, key/value cache ${facts.kvCachePrecision}${facts.draft === undefined ? '' : `, draft model ${facts.draft}`}`,
      ],
      [`memory per ${neuron ? 'core' : 'GPU'}`, gib(memory.total)],
      ['  weights', gib(memory.weights)],
      ...(memory.kvCache.toBytes() > 0 ? [['  key/value cache', gib(memory.kvCache)] as [string, string]] : []),
      ['  overhead', gib(memory.overhead)],
      ['  headroom', `${gib(memory.headroom)} (utilization ${facts.gpuMemoryUtilization})`],
      ...(facts.kvCapacitySequences > 0
        ? [
            [
              'cache holds',
              `${facts.kvCapacityTokens} tokens: ${facts.kvCapacitySequences} sequences of ${facts.maxModelLen}, ${facts.concurrency} asked for`,
            ] as [string, string],
          ]
        : []),
      [
        'pod',
        `${facts.podCpus} CPUs, ${facts.podMemory.toMebibytes()} MiB, /dev/shm ${facts.sharedMemory.toMebibytes()} MiB`,
      ],
      [
        'price',
        `${facts.hourlyUsd === undefined ? 'unknown' : `${facts.hourlyUsd.toFixed(2)} USD/h`} for ${facts.nodes} ${facts.nodes === 1 ? 'node' : 'nodes'}, ${facts.replicas} ${facts.replicas === 1 ? 'replica' : 'replicas'}`,
      ],
      ...(facts.estimatedTimeToFirstToken === undefined || facts.estimatedTokensPerSecond === undefined
        ? []
        : [
            [
              'first token (estimate)',
              `${secondsOf(facts.estimatedTimeToFirstToken).toFixed(3)} s for a prompt of ${facts.promptTokens}`,
            ] as [string, string],
            [
              'speed (estimate)',
              `${facts.estimatedTokensPerSecond.toFixed(1)} tokens/s for each of ${facts.concurrency}`,
            ] as [string, string],
          ]),
    ];
    const width = Math.max(...rows.map(([label]) => label.length));
    return [
      `${facts.model}, ${(facts.parameters / 1e9).toFixed(2)} billion parameters`,
      ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`),
    ].join('\n');
  }
}

function gib(size: Size): string {
  return `${(size.toBytes() / 1024 ** 3).toFixed(2).padStart(7)} GiB`;
}
