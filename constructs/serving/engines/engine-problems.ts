import { isUnresolved } from '../../checks/unresolved';
import { type AdapterFeature, type InferenceEngineBindOptions, WeightsLocation } from '../inference-engine';
import { type CpuArchitecture } from './cpu-architecture';
import {
  type CommandLine,
  countProblems,
  environmentProblems,
  extraArgsProblems,
  trustRemoteCodeProblems,
} from './engine-arguments';
import { type EngineCommand } from './engine-config';
import {
  architectureByName,
  deviceByName,
  imageArchitectureProblems,
  type ImageDevice,
  imageDeviceProblems,
} from './engine-image-device';
import { type CommonEngineProps, type TrustRemoteCode } from './engine-props';
import { versionProblems } from '../../models/engine-version';
import { type SpeculativeDecoding, type SpeculativeMethod, speculativeProblems } from './speculative-decoding';

/** What an engine can serve. */
export interface EngineAbilities {
  /** Name of the engine, for errors. */
  readonly engine: string;
  /** Places it can load weights from. */
  readonly locations: readonly WeightsLocation[];
  /** GPUs that it needs: at least one, at most one, or any number. */
  readonly gpus: 'any' | 'required' | 'one-at-most';
  /** Whether one replica may take several nodes. */
  readonly groups: boolean;
  /** What adapters that it serves by name may be beyond plain LoRA; undefined where it serves none. */
  readonly adapters?: readonly AdapterFeature[];
  /** Whether several pods may share a GPU's memory: it takes a share that is set, or no more than its model needs. */
  readonly sharesGpu: boolean;
  /** Whether it compiles kernels when it starts. */
  readonly compiles: boolean;
}

/** Properties that are checked for each engine that has them. */
export interface CheckedEngineProps extends CommonEngineProps {
  readonly architecture?: CpuArchitecture;
  readonly speculativeDecoding?: SpeculativeDecoding;
  readonly trustRemoteCode?: TrustRemoteCode;
}

/** What is to be checked of an engine, beside what its properties say. */
export interface EngineChecks extends EngineAbilities {
  /** Its version, the oldest that is served, and why none before it is. */
  readonly version: readonly [version: string | undefined, oldest: string, why: string];
  /** What the image is built for, where its name is not read as those of other images. */
  readonly builtFor?: { readonly device?: ImageDevice; readonly architecture?: CpuArchitecture };
  /** Properties that are whole numbers from 1, and what each is. */
  readonly counts: { readonly [prop: string]: readonly [number | undefined, string] };
  /** What is wrong with properties that only this engine has. */
  readonly own?: readonly string[];
  /** Methods of speculative decoding that it knows; all by default. */
  readonly speculative?: { readonly methods?: readonly SpeculativeMethod[]; readonly revisions: boolean };
  /** What its properties give to its container. */
  readonly command: EngineCommand;
  readonly commandLine: CommandLine;
}

/** What is wrong with an engine and with the model that it is to serve. */
export function engineProblems(
  options: InferenceEngineBindOptions,
  props: CheckedEngineProps,
  checks: EngineChecks,
): string[] {
  const { image, extraArgs = [] } = props;
  const {
    version: [version, oldest, why],
    builtFor,
    command,
    commandLine,
  } = checks;
  return [
    ...imageDeviceProblems(image, builtFor?.device ?? deviceByName(image), options),
    ...imageArchitectureProblems(
      image,
      builtFor?.architecture ?? architectureByName(image),
      options,
      checks.gpus === 'required' ? undefined : props,
    ),
    ...versionProblems(image, version, checks.engine, oldest, why),
    ...countProblems(checks.counts),
    ...(checks.own ?? []),
    ...speculativeProblems(props.speculativeDecoding, checks.speculative?.methods, checks.speculative?.revisions),
    ...trustRemoteCodeProblems(props.trustRemoteCode),
    ...environmentProblems(command.environment, props.environment, commandLine),
    ...subjectProblems(options, checks),
    ...extraArgsProblems(command.args, extraArgs, commandLine),
  ];
}

/** GPUs that share each layer. */
export function tensorParallelSize({
  gpus,
  group,
  tensorParallelSize: given,
  pipelineParallelSize = 1,
}: InferenceEngineBindOptions): number {
  return given ?? Math.max(1, Math.floor((gpus * (group?.nodes ?? 1)) / pipelineParallelSize));
}

/** Longest context of an engine that counts it for each sequence, tokens; undefined for the model's own. */
export function longestContext({ maxModelLen, plannedMaxModelLen }: InferenceEngineBindOptions): number | undefined {
  return maxModelLen ?? plannedMaxModelLen;
}

/** What is wrong with a model on an engine of these abilities. */
function subjectProblems(options: InferenceEngineBindOptions, abilities: EngineAbilities): string[] {
  return [
    ...weightsProblems(options, abilities),
    ...gpuProblems(options, abilities),
    ...sharedGpuProblems(options, abilities),
    ...kernelProblems(options, abilities),
    ...adapterProblems(options, abilities),
  ];
}

function weightsProblems({ weights }: InferenceEngineBindOptions, { engine, locations }: EngineAbilities): string[] {
  const problems: string[] = [];
  if (!locations.includes(weights.location)) {
    problems.push(
      `${weights.imported ? 'weights.delivery' : 'model.repository'}: expected a place that ${engine} loads from (${locations.join(', ')}), got ${weights.location}; copy them to a directory first`,
    );
  }
  if (weights.location === WeightsLocation.HUB && weights.revision === undefined) {
    problems.push("model.revision: expected a revision of the repository, got none; the hub's main branch moves");
  }
  return problems;
}

function gpuProblems(options: InferenceEngineBindOptions, { engine, gpus: needed, groups }: EngineAbilities): string[] {
  const { gpus, group, pipelineParallelSize = 1 } = options;
  const nodes = group?.nodes ?? 1;
  if (nodes > 1 && !groups)
    return [`nodes: expected 1 for ${engine}, got ${nodes}; serve a model beyond one node with vLLM or SGLang`];
  if (isUnresolved(gpus) || needed === 'any') return [];
  if (needed === 'one-at-most')
    return gpus <= 1
      ? []
      : [`gpus: expected at most 1 for ${engine}, got ${gpus}; it runs a model on one GPU, add replicas`];
  const all = gpus * nodes;
  // That a replica without a GPU is refused is the model's own check.
  return gpus > 0 && tensorParallelSize(options) * pipelineParallelSize !== all
    ? [
        `placement: expected tensor × pipeline parallelism to be the ${all} GPUs of a replica, got ${tensorParallelSize(options)} × ${pipelineParallelSize}; plan it for these GPUs`,
      ]
    : [];
}

function sharedGpuProblems(
  { podsPerGpu = 1 }: InferenceEngineBindOptions,
  { engine, sharesGpu }: EngineAbilities,
): string[] {
  return podsPerGpu > 1 && !sharesGpu
    ? [
        `engine: expected one that takes a share of a GPU's memory on GPUs that ${podsPerGpu} pods share by slices of time, got ${engine}; divide the GPU (GpuSharing.multiInstance), or use vLLM`,
      ]
    : [];
}

function kernelProblems(
  { compileCacheDirectory }: InferenceEngineBindOptions,
  { engine, compiles }: EngineAbilities,
): string[] {
  return compileCacheDirectory !== undefined && !compiles
    ? [`compileCache: expected none for ${engine}, got one; it compiles no kernels when it starts, leave it out`]
    : [];
}

function adapterProblems(
  { adapters = [], servedModelName }: InferenceEngineBindOptions,
  { engine, adapters: able }: EngineAbilities,
): string[] {
  if (adapters.length === 0) return [];
  if (able === undefined) {
    return [
      `adapters: expected none for ${engine}, got ${adapters.map(({ name }) => name).join(', ')}; it serves no adapters by name, merge them into the weights`,
    ];
  }
  const names = adapters.map(({ name }) => name);
  return adapters.flatMap(({ name, path, features = [] }, index) => [
    ...features
      .filter((feature) => !able.includes(feature))
      .map(
        (feature) =>
          `adapters[${index}].adapterConfig: expected an adapter that ${engine} loads, got ${feature}; it fails at start or answers wrongly, merge it into the weights or train it without`,
      ),
    ...(!isUnresolved(name) && !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)
      ? [
          `adapters[${index}].name: expected names of letters, digits, '.', '_' and '-', got ${JSON.stringify(name)}; clients ask for it by this name`,
        ]
      : []),
    ...(name === servedModelName || names.indexOf(name) < index
      ? [
          `adapters[${index}].name: expected names that differ from each other and from the model's, got ${JSON.stringify(name)} again; rename it`,
        ]
      : []),
    ...(!isUnresolved(path) && !path.startsWith('/') && !/^[\w.-]+\/[\w.-]+$/.test(path)
      ? [
          `adapters[${index}].path: expected an absolute path or <organization>/<adapter>, got ${JSON.stringify(path)}; name where ${name} is`,
        ]
      : []),
  ]);
}
