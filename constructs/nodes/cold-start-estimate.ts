import { Duration, type Size, SizeRoundingBehavior } from 'aws-cdk-lib';
import { givenSeconds, secondsOf } from '../checks/durations';
import { givenMebibytes, mebibytes } from '../checks/sizes';
import { isUnresolved } from '../checks/unresolved';
import type { Accelerator } from '../gpu/accelerator';
import { ImageAcceleration, SOCI_THROUGHPUT_MIBPS } from './image-acceleration';
import { instanceBandwidth } from './instance-bandwidth';

/** Properties of `ColdStartEstimate`. */
export interface ColdStartProps {
  /** Instance type of the node. */
  readonly accelerator: Accelerator;

  /** Size of the image as the registry holds it, compressed. */
  readonly imageSize: Size;

  /** Size of the weights of the model. */
  readonly weightsSize: Size;

  /**
   * How the node gets the image.
   *
   * @default ImageAcceleration.none()
   */
  readonly imageAcceleration?: ImageAcceleration;

  /**
   * Whether images and pods are on the node's local NVMe disks instead of its EBS volume.
   *
   * @default false
   */
  readonly localStorage?: boolean;

  /**
   * Whether weights are streamed from S3 to the GPU, without a file in between.
   *
   * @default false
   */
  readonly streamedWeights?: boolean;

  /**
   * Whether compiled kernels are kept in a volume that outlives the pod.
   *
   * @default false
   */
  readonly compileCache?: boolean;

  /**
   * Time that the engine takes to compile the model when nothing is kept. It differs much: 2219 seconds have been reported
   * (vllm-project/vllm#34399).
   *
   * @default Duration.seconds(90)
   */
  readonly compileTime?: Duration;

  /**
   * Time from the request for a node until it is ready.
   *
   * @default - 2 minutes, which is an assumption
   */
  readonly nodeBootTime?: Duration;

  /**
   * Baseline network bandwidth of the instance, Mbit/s.
   *
   * @default - that of the listed instance type
   */
  readonly networkMbps?: number;
}

/** One part of a cold start. */
export interface ColdStartPart {
  /** What happens. */
  readonly name: string;
  /** Time that it is estimated to take, whole seconds. */
  readonly duration: Duration;
  /** What the figure rests on. */
  readonly basis: string;
}

const MIB_PER_GIB = 1024;

/** Mebibytes a second in one Mbit/s. */
const MIBPS_PER_MBPS = 1e6 / 8 / 2 ** 20;

/** A pull of one layer after another: 15 to 20 GB take 4 to 6 minutes (AWS on SOCI in Deep Learning Containers, 2026). MiB/s. */
const PLAIN_PULL_MIBPS = 53;

/** Bytes of an unpacked image for one that was downloaded. Assumed. */
const UNPACKED = 2;

/** Writes to local NVMe disks, MiB/s. Assumed; it is less than any instance type of the table is said to have. */
const LOCAL_DISK_MIBPS = 1000;

/** Throughput of a gp3 volume for which none is paid, MiB/s. */
const GP3_MIBPS = 125;

/** Filling of a volume from a snapshot without a reserved rate, MiB/s. Assumed. */
const UNRESERVED_FILL_MIBPS = 100;

/** What one process reads from S3 by many connections, MiB/s, where the network allows it. Assumed. */
const S3_MIBPS = 2000;

/** What a hub sends, MiB/s, where the network allows it. Assumed. */
const HUB_MIBPS = 200;

/** Safetensors read from a gp3 volume by vLLM's own loader: 15 GB in 48 s (NVIDIA on the Run:ai Model Streamer, g5.12xlarge). MiB/s. */
const LOADER_MIBPS = 300;

/** Kernels that are kept are read in 4 seconds where compiling took 85 (llm-d/llm-d#2492). */
const CACHED_COMPILE_SECONDS = 5;

/** Imports, profiling of memory and capture of CUDA graphs, seconds. Assumed. */
const ENGINE_SECONDS = 60;

/** Least budgets, seconds: below, a slow day kills what would have started. */
const LEAST_BUDGET_SECONDS = 600;

/** Least time for which an empty node is kept, seconds; see aws/karpenter-provider-aws#7414. */
const LEAST_KEPT_SECONDS = 900;

/**
 * What a replica takes from the request for a node until it answers, part by part. It is an estimate: parts whose basis says
 * "assumed" have no measurement behind them. Budgets are twice the estimate for that reason.
 */
export class ColdStartEstimate {
  /** The parts, in their order. */
  public readonly parts: ColdStartPart[];

  private readonly beforeContainer: number;
  private readonly inContainer: number;

  /** @throws when a figure is missing or impossible; the error lists every one. */
  constructor(props: ColdStartProps) {
    const networkMbps = props.networkMbps ?? instanceBandwidth(props.accelerator.instanceType)?.networkMbps;
    const rate = props.imageAcceleration?.snapshot?.initializationRateMibps;
    const problems = [
      ...Object.entries({ imageSize: props.imageSize, weightsSize: props.weightsSize })
        .filter(([, size]) => !(mebibytes(size) > 0 && Number.isFinite(mebibytes(size))))
        .map(
          ([prop, size]) =>
            `${prop}: expected a size above 0 GiB, got ${givenMebibytes(mebibytes(size))}; take it from the registry or the hub`,
        ),
      ...Object.entries({
        compileTime: secondsIn(props.compileTime, 0),
        nodeBootTime: secondsIn(props.nodeBootTime, 0),
      })
        .filter(([, value]) => !(value >= 0 && Number.isFinite(value)))
        .map(
          ([prop, value]) =>
            `${prop}: expected seconds from 0, got ${givenSeconds(value)}; leave it out to take the default`,
        ),
      ...(networkMbps !== undefined && networkMbps > 0 && Number.isFinite(networkMbps)
        ? []
        : [
            `networkMbps: expected the baseline network bandwidth of ${props.accelerator.instanceType}, got ${networkMbps}; give it, the type is not listed`,
          ]),
      ...(rate === undefined || isUnresolved(rate) || (rate > 0 && Number.isFinite(rate))
        ? []
        : [
            `imageAcceleration.initializationRateMibps: expected more than 0 MiB/s, got ${rate}; leave it out where no rate is reserved`,
          ]),
    ];
    if (problems.length > 0) throw new Error(problems.join('\n'));

    const networkMibps = networkMbps! * MIBPS_PER_MBPS;
    const before = [
      part('node', secondsIn(props.nodeBootTime, 120), props.nodeBootTime === undefined ? 'assumed' : 'given'),
      imagePart(props, networkMibps),
    ];
    const within = [...weightParts(props, networkMibps), compilePart(props), part('engine', ENGINE_SECONDS, 'assumed')];
    this.parts = [...before, ...within];
    this.beforeContainer = sum(before);
    this.inContainer = sum(within);
  }

  /** Time from the request for a node until the model answers. */
  public get total(): Duration {
    return Duration.seconds(this.beforeContainer + this.inContainer);
  }

  /** Time from the start of the container until the model answers. */
  public get expectedStartup(): Duration {
    return Duration.seconds(this.inContainer);
  }

  /** Budget of the startup probe: twice the estimate from the start of the container, and never below 10 minutes. */
  public get startupBudget(): Duration {
    return budget(this.inContainer);
  }

  /** Time that a pod may wait for its node and image: twice the estimate, and never below 10 minutes. */
  public get capacityBudget(): Duration {
    return budget(this.beforeContainer);
  }

  /** Time for which an empty node is kept: whole minutes, at least the cold start and never below 15 minutes. */
  public get consolidateAfter(): Duration {
    return Duration.seconds(Math.max(LEAST_KEPT_SECONDS, wholeMinutes(this.total.toSeconds())));
  }

  /** The estimate as lines of text: part, seconds, basis. */
  public toText(): string {
    const width = Math.max(...this.parts.map(({ name }) => name.length));
    return [
      ...this.parts,
      part(
        'total',
        this.total.toSeconds(),
        `a startup budget by this estimate: ${this.startupBudget.toSeconds()} s, from the start of the container`,
      ),
    ]
      .map(
        ({ name, duration, basis }) => `${name.padEnd(width)}  ${String(duration.toSeconds()).padStart(6)} s  ${basis}`,
      )
      .join('\n');
  }
}

function imagePart(props: ColdStartProps, networkMibps: number): ColdStartPart {
  const acceleration = props.imageAcceleration ?? ImageAcceleration.none();
  const gib = gibibytes(props.imageSize);
  const unpacked = gib * UNPACKED * MIB_PER_GIB;
  if (acceleration.snapshot) {
    const rate = acceleration.snapshot.initializationRateMibps;
    return part(
      'image',
      unpacked / (rate ?? UNRESERVED_FILL_MIBPS),
      `${gib} GiB from a snapshot at ${rate ?? UNRESERVED_FILL_MIBPS} MiB/s${rate === undefined ? ', assumed' : ''}`,
    );
  }
  const disk = diskMibps(props);
  const download = Math.min(networkMibps, acceleration.kind === 'soci' ? Infinity : PLAIN_PULL_MIBPS);
  // SOCI unpacks while it downloads; what takes longer counts.
  const seconds = Math.max((gib * MIB_PER_GIB) / download, unpacked / disk);
  return part(
    'image',
    seconds,
    `${gib} GiB at ${Math.round(download)} MiB/s, unpacked at ${Math.round(disk)} MiB/s${acceleration.kind === 'soci' ? ' by SOCI' : ''}`,
  );
}

function weightParts(props: ColdStartProps, networkMibps: number): ColdStartPart[] {
  const gib = gibibytes(props.weightsSize);
  const mib = gib * MIB_PER_GIB;
  if (props.streamedWeights) {
    const rate = Math.min(networkMibps, S3_MIBPS);
    return [part('weights', mib / rate, `${gib} GiB streamed from S3 at ${Math.round(rate)} MiB/s`)];
  }
  const rate = Math.min(networkMibps, HUB_MIBPS, diskMibps(props));
  return [
    part('download', mib / rate, `${gib} GiB at ${Math.round(rate)} MiB/s, assumed`),
    part('weights', mib / LOADER_MIBPS, `${gib} GiB from disk at ${LOADER_MIBPS} MiB/s`),
  ];
}

function compilePart(props: ColdStartProps): ColdStartPart {
  if (props.compileCache) return part('compile', CACHED_COMPILE_SECONDS, 'kernels that were kept');
  return part(
    'compile',
    secondsIn(props.compileTime, 90),
    props.compileTime === undefined ? 'nothing kept; llm-d#2492 measured 85 s' : 'given',
  );
}

function gibibytes(size: Size): number {
  return size.toGibibytes({ rounding: SizeRoundingBehavior.NONE });
}

function secondsIn(time: Duration | undefined, fallback: number): number {
  return time === undefined ? fallback : secondsOf(time);
}

function diskMibps(props: ColdStartProps): number {
  if (props.localStorage) return LOCAL_DISK_MIBPS;
  const ebs = instanceBandwidth(props.accelerator.instanceType)?.ebsMbps;
  const volume = props.imageAcceleration?.kind === 'soci' ? SOCI_THROUGHPUT_MIBPS : GP3_MIBPS;
  return Math.min(volume, ebs === undefined ? Infinity : ebs * MIBPS_PER_MBPS);
}

function part(name: string, seconds: number, basis: string): ColdStartPart {
  return { name, duration: Duration.seconds(Math.ceil(seconds)), basis };
}

function sum(parts: readonly ColdStartPart[]): number {
  return parts.reduce((total, { duration }) => total + duration.toSeconds(), 0);
}

function budget(seconds: number): Duration {
  return Duration.seconds(Math.max(LEAST_BUDGET_SECONDS, wholeMinutes(2 * seconds)));
}

function wholeMinutes(seconds: number): number {
  return Math.ceil(seconds / 60) * 60;
}
