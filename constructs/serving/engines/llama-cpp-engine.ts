import { isUnresolved } from '../../checks/unresolved';
import { type EngineImage } from '../../models/engine-image';
import { EngineDrain, type IInferenceEngine, type InferenceEngineBindOptions, type InferenceEngineConfig, type SyntheticRequest, WeightsLocation } from '../inference-engine';
import { type CpuArchitecture } from './cpu-architecture';
import { type CommandLine, countProblems, environmentProblems, extraArgsProblems, flag } from './engine-arguments';
import { CONTRACT, properties, refused } from './engine-contract';
import { architectureByName, deviceByName, imageArchitectureProblems, type ImageDevice, imageDeviceProblems, repositoryOf } from './engine-image-device';
import { subjectProblems } from './engine-subject';
import { versionOf, versionProblems } from './engine-version';
import { type SpeculativeDecoding, SpeculativeMethod, speculativeProblems } from './speculative-decoding';
import { givenFlag, oneEmbedding, oneToken } from './synthetic-request';

/** The build whose flags, metrics and handling of SIGTERM were read. */
const OLDEST_BUILD = '11434';

const METHODS = [SpeculativeMethod.NGRAM, SpeculativeMethod.DRAFT_MODEL, SpeculativeMethod.EAGLE3, SpeculativeMethod.MTP];

const TYPES: { readonly [method in SpeculativeMethod]: string } = {
  [SpeculativeMethod.NGRAM]: 'ngram-simple',
  [SpeculativeMethod.DRAFT_MODEL]: 'draft-simple',
  [SpeculativeMethod.EAGLE3]: 'draft-eagle3',
  [SpeculativeMethod.MTP]: 'draft-mtp',
};

const COMMAND_LINE: CommandLine = {
  aliases: {
    '-m': '--model', '-mu': '--model-url', '-c': '--ctx-size', '-b': '--batch-size', '-np': '--parallel', '-t': '--threads', '-a': '--alias', '-dev': '--device',
    '-ngl': '--n-gpu-layers', '--gpu-layers': '--n-gpu-layers', '-md': '--spec-draft-model', '--model-draft': '--spec-draft-model', '--webui': '--ui', '--no-webui': '--ui',
    '-hf': '--hf-repo', '-hfr': '--hf-repo', '-hff': '--hf-repo', '--hf-file': '--hf-repo', '-hfd': '--spec-draft-hf', '-hfrd': '--spec-draft-hf', '--hf-repo-draft': '--spec-draft-hf',
    '-dr': '--docker-repo', '-ag': '--agent', '-no-ag': '--agent', '-hft': '--hf-token', '-ctk': '--cache-type-k', '-ctv': '--cache-type-v', '-cl': '--cache-list',
    '--webui-mcp-proxy': '--ui-mcp-proxy',
    // Not the opposite of `--host`: where buffers lie.
    '--no-host': '--host-buffers',
  },
  refused: {
    ...refused(CONTRACT.address, 'host', 'port', 'api-prefix', 'reuse-port'),
    ...refused(CONTRACT.tls, 'ssl-key-file', 'ssl-cert-file'),
    ...refused(CONTRACT.metrics, 'metrics'),
    ...refused(CONTRACT.devices, 'device', 'n-gpu-layers', 'rpc'),
    ...refused(CONTRACT.role, 'models-dir', 'models-preset', 'models-max', 'models-autoload', 'sleep-idle-seconds'),
    ...refused(CONTRACT.model, 'model', 'model-url', 'docker-repo'),
    'hf-repo': 'it cannot be pinned to a revision; the model is the one that is served',
    // Each stands for a repository, without a revision, and for an address of its own.
    ...refused('it serves a model of its own choice, at a port of its own; give its flags', 'embd-gemma-default', 'fim-*', 'gpt-oss-*', 'vision-gemma-*', 'spec-default'),
    'offline': 'weights come from where the model says; leave it out',
    'alias': 'callers and gates know the model by its name; set the name of the model',
    ...refused({ allowed: /^(?!f32$)/, advice: CONTRACT.precision }, 'cache-type-k', 'cache-type-v'),
    ...refused(CONTRACT.callersRun, 'tools', 'tools-runtime', 'agent', 'mcp-servers-config', 'mcp-servers-json', 'media-path', 'ui-mcp-proxy', 'slot-save-path', 'path'),
    'props': 'it lets every caller change the settings of the server; leave it out',
    ...refused('it shows the prompts of others; leave it out', 'slots'),
    ...refused(CONTRACT.ends, 'list-devices', 'cache-list', 'completion-bash'),
    ...properties({
      'ctx-size': 'maxModelLen',
      'threads': 'threads',
      'parallel': 'maxSequences',
      'batch-size': 'maxBatchedTokens',
      'cache-prompt': 'prefixCaching',
      'spec-type': 'speculativeDecoding',
      'spec-draft-model': 'speculativeDecoding',
      'spec-draft-n-max': 'speculativeDecoding',
      'spec-draft-hf': 'speculativeDecoding',
    }),
  },
  // Nearly every flag has a variable, which is not checked as flags are.
  refusedVariables: refused('it stands for a flag; give that in extraArgs, or set its property', 'LLAMA_ARG_*'),
};

/** Properties of `LlamaCppEngine`. What llama.cpp does by itself was read in its build b11434. */
export interface LlamaCppEngineProps {
  /** Container image with `llama-server`. */
  readonly image: EngineImage;

  /** Name of the GGUF file in the model's repository or directory, such as `qwen3-8b-q4_k_m.gguf`. */
  readonly file: string;

  /**
   * Build of llama.cpp in the image, such as `11434`.
   *
   * @default - read from the image's tag, such as `server-b11434`
   */
  readonly version?: string;

  /**
   * Architecture of the nodes.
   *
   * @default - any; the image must hold all that the cluster has
   */
  readonly architecture?: CpuArchitecture;

  /**
   * Threads that generate.
   *
   * @default - llama.cpp's: one for each core of the node, whatever the pod asks for (`--threads`); set it to the CPUs of a replica
   */
  readonly threads?: number;

  /**
   * Slots: sequences that are worked on at once.
   *
   * @default - llama.cpp's: 4 (`--parallel`)
   */
  readonly maxSequences?: number;

  /**
   * Most tokens of a prompt in a step. Longer prompts are worked on in pieces.
   *
   * @default - llama.cpp's: 2048, on the device in pieces of 512 (`--batch-size`, `--ubatch-size`)
   */
  readonly maxBatchedTokens?: number;

  /**
   * Whether the key/value cache of a prompt's beginning is used again in the same slot.
   *
   * @default - llama.cpp's: on (`--cache-prompt`)
   */
  readonly prefixCaching?: boolean;

  /**
   * Speculative decoding; a draft model is a GGUF file, by its absolute path.
   *
   * @default - llama.cpp's: none (`--spec-type`)
   */
  readonly speculativeDecoding?: SpeculativeDecoding;

  /**
   * Further variables of the container; no secrets.
   *
   * @default - none
   */
  readonly environment?: { [name: string]: string };

  /**
   * Further arguments of `llama-server`, as they are.
   *
   * @default - none
   */
  readonly extraArgs?: string[];
}

/**
 * llama.cpp's OpenAI-compatible server, for quantized models (GGUF) on CPUs, on Arm too, or on GPUs.
 *
 * Answers are held to schemas and grammars by its own grammars; there is no other backend. On SIGTERM it stops
 * generating at once, but not its requests: streams are cut after seconds, whole answers never come, and the process stays with them until
 * it is killed (measured in b11434). So SIGTERM is held back until they have had their time; a pod that is not idle by then takes its whole
 * grace period. A connection is closed after each streamed answer, though the answer offers to keep it: clients and gateways that keep
 * connections have to send again. Its image is made for root and writes nothing
 * but its cache; the engine runs as user 1000 here, which is not verified.
 *
 * @see https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
 *
 * @example
 * new LlamaCppEngine({ image: EngineImage.fromReference('ghcr.io/ggml-org/llama.cpp:server-b11434'), file: 'model-q4_k_m.gguf' });
 */
export class LlamaCppEngine implements IInferenceEngine {
  private readonly version?: string;

  public constructor(private readonly props: LlamaCppEngineProps) {
    this.version = versionOf(props.image, props.version, /(?:^|-)b(\d+)$/);
  }

  public problems(options: InferenceEngineBindOptions): string[] {
    const { image, file, maxSequences, maxBatchedTokens, threads, environment, extraArgs = [] } = this.props;
    return [
      ...imageDeviceProblems(image, deviceOf(image), options),
      ...imageArchitectureProblems(image, architectureByName(image), options, this.props),
      ...(isServerless(image) ? [`image: expected an image with llama-server, got ${image.reference}, which has programs for the command line only; take the tag that begins with server`] : []),
      ...versionProblems(image, this.version, 'llama.cpp', OLDEST_BUILD, 'its flags are those of that build'),
      ...(isUnresolved(file) || /^\w[\w.-]*(\/\w[\w.-]*)*\.gguf$/.test(file) ? [] : [`file: expected the name of a .gguf file, got ${JSON.stringify(file)}; copy it from the model's repository`]),
      ...countProblems({
        maxSequences: [maxSequences, 'it is the number of slots'],
        maxBatchedTokens: [maxBatchedTokens, 'it is the number of tokens in a step'],
        threads: [threads, 'it is the number of threads'],
      }),
      ...speculativeProblems(this.props.speculativeDecoding, METHODS, false),
      ...environmentProblems(this.environment(options), environment, COMMAND_LINE),
      ...subjectProblems(options, {
        engine: 'llama.cpp', locations: [WeightsLocation.HUB, WeightsLocation.DIRECTORY], gpus: 'any', groups: false, sharesGpu: true, compiles: false,
      }),
      ...extraArgsProblems(this.args(options), extraArgs, COMMAND_LINE),
    ];
  }

  public bind(options: InferenceEngineBindOptions): InferenceEngineConfig {
    return {
      image: this.props.image.reference,
      command: ['/app/llama-server'],
      args: [...this.args(options), ...(this.props.extraArgs ?? [])],
      environment: { ...this.environment(options), ...this.props.environment },
      healthPath: '/health',
      metricsPath: '/metrics',
      python: false,
      userId: 1000,
      devices: options.gpus > 0 ? { 'nvidia.com/gpu': options.gpus } : {},
      architecture: this.props.architecture,
      drain: EngineDrain.PRE_STOP,
      // No histograms, nothing of the cache, and nothing of HTTP.
      metrics: {
        requestsRunning: 'llamacpp:requests_processing',
        requestsWaiting: 'llamacpp:requests_deferred',
        iterations: 'llamacpp:n_decode_total',
      },
      syntheticRequest: this.syntheticRequest(options),
    };
  }

  /** Without pooling, or when it ranks, it has no embedding to give. */
  private syntheticRequest({ servedModelName }: InferenceEngineBindOptions): SyntheticRequest | undefined {
    const { extraArgs = [] } = this.props;
    const pooling = givenFlag(extraArgs, '--pooling') ?? '';
    if (givenFlag(extraArgs, '--rerank', '--reranking') !== undefined || ['none', 'rank'].includes(pooling)) return undefined;
    return (givenFlag(extraArgs, '--embedding', '--embeddings') === undefined ? oneToken : oneEmbedding)(servedModelName);
  }

  private environment({ cacheDirectory }: InferenceEngineBindOptions): { [name: string]: string } {
    return { HOME: cacheDirectory, LLAMA_CACHE: `${cacheDirectory}/llama` };
  }

  private args(options: InferenceEngineBindOptions): string[] {
    const { threads, maxSequences, maxBatchedTokens, prefixCaching } = this.props;
    return [
      ...this.modelArgs(options),
      `--alias=${options.servedModelName}`,
      '--host=0.0.0.0',
      `--port=${options.port}`,
      ...(options.gpus > 0 ? ['--n-gpu-layers=all'] : []),
      ...flag('--ctx-size', options.maxModelLen),
      ...flag('--threads', threads),
      ...flag('--parallel', maxSequences),
      ...flag('--batch-size', maxBatchedTokens),
      ...(prefixCaching === undefined ? [] : [prefixCaching ? '--cache-prompt' : '--no-cache-prompt']),
      ...this.speculativeArgs(),
      '--metrics',
      // They would show the prompts of others, and a page that nobody asked for.
      '--no-slots',
      '--no-ui',
    ].flatMap(apart);
  }

  /** `--hf-repo` takes no revision; the address of a file does. */
  private modelArgs({ weights }: InferenceEngineBindOptions): string[] {
    return weights.location === WeightsLocation.HUB
      ? [`--model-url=https://huggingface.co/${weights.reference}/resolve/${weights.revision}/${this.props.file}`]
      : [`--model=${weights.reference}/${this.props.file}`, '--offline'];
  }

  private speculativeArgs(): string[] {
    const { speculativeDecoding: given } = this.props;
    if (given === undefined) return [];
    const { method, tokens, draftModel } = given;
    return [
      `--spec-type=${TYPES[method]}`,
      ...flag('--spec-draft-model', draftModel),
      method === SpeculativeMethod.NGRAM ? `--spec-ngram-simple-size-m=${tokens}` : `--spec-draft-n-max=${tokens}`,
    ];
  }
}

/** The project's images say their device behind `server-`; without one they are for CPUs. */
function deviceOf(image: EngineImage): ImageDevice | undefined {
  const { reference, tag = '' } = image;
  if (isUnresolved(reference) || repositoryOf(reference) !== 'llama.cpp') return deviceByName(image);
  if (/(^|-)cuda\d*(-|$)/.test(tag)) return { kind: 'nvidia' };
  return deviceByName(image) ?? (/^(server|full)(-b\d+)?$/.test(tag) ? { kind: 'cpu' } : undefined);
}

/** The project's small images have no server. */
function isServerless({ reference, tag = '' }: EngineImage): boolean {
  return !isUnresolved(reference) && repositoryOf(reference) === 'llama.cpp' && /^light(-|$)/.test(tag);
}

/** llama.cpp takes the value of a flag as the next argument only. */
function apart(arg: string): string[] {
  const at = arg.indexOf('=');
  return at < 0 ? [arg] : [arg.slice(0, at), arg.slice(at + 1)];
}
