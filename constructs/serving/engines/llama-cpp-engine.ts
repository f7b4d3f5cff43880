import { isUnresolved } from '../../checks/unresolved';
import { type EngineImage } from '../../models/engine-image';
import {
  EngineDrain,
  type IInferenceEngine,
  type InferenceEngineBindOptions,
  type InferenceEngineConfig,
  type SyntheticRequest,
  WeightsLocation,
} from '../inference-engine';
import { type CpuArchitecture } from './cpu-architecture';
import { type CommandLine, flag } from './engine-arguments';
import { type EngineCommand, engineConfig, nativeConfig } from './engine-config';
import { CONTRACT, properties, refused } from './engine-contract';
import { deviceByName, type ImageDevice, repositoryOf } from './engine-image-device';
import { engineProblems } from './engine-problems';
import { type GenerationEngineProps } from './engine-props';
import { versionOf } from '../../models/engine-version';
import { SpeculativeMethod } from './speculative-decoding';
import { givenFlag, oneEmbedding, oneToken } from './synthetic-request';

/** The build whose flags, metrics and handling of SIGTERM were read. */
const OLDEST_BUILD = '11434';

const TYPES: { readonly [method in SpeculativeMethod]: string } = {
  [SpeculativeMethod.NGRAM]: 'ngram-simple',
  [SpeculativeMethod.DRAFT_MODEL]: 'draft-simple',
  [SpeculativeMethod.EAGLE3]: 'draft-eagle3',
  [SpeculativeMethod.MTP]: 'draft-mtp',
};

const COMMAND_LINE: CommandLine = {
  aliases: {
    '-m': '--model',
    '-mu': '--model-url',
    '-c': '--ctx-size',
    '-b': '--batch-size',
    '-np': '--parallel',
    '-t': '--threads',
    '-a': '--alias',
    '-dev': '--device',
    '-ngl': '--n-gpu-layers',
    '--gpu-layers': '--n-gpu-layers',
    '-md': '--spec-draft-model',
    '--model-draft': '--spec-draft-model',
    '--webui': '--ui',
    '--no-webui': '--ui',
    '-hf': '--hf-repo',
    '-hfr': '--hf-repo',
    '-hff': '--hf-repo',
    '--hf-file': '--hf-repo',
    '-hfd': '--spec-draft-hf',
    '-hfrd': '--spec-draft-hf',
    '--hf-repo-draft': '--spec-draft-hf',
    '-dr': '--docker-repo',
    '-ag': '--agent',
    '-no-ag': '--agent',
    '-hft': '--hf-token',
    '-ctk': '--cache-type-k',
    '-ctv': '--cache-type-v',
    '-cl': '--cache-list',
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
    ...refused(
      'it serves a model of its own choice, at a port of its own; give its flags',
      'embd-gemma-default',
      'fim-*',
      'gpt-oss-*',
      'vision-gemma-*',
      'spec-default',
    ),
    offline: 'weights come from where the model says; leave it out',
    alias: CONTRACT.name,
    ...refused({ allowed: /^(?!f32$)/, advice: CONTRACT.precision }, 'cache-type-k', 'cache-type-v'),
    ...refused(
      CONTRACT.callersRun,
      'tools',
      'tools-runtime',
      'agent',
      'mcp-servers-config',
      'mcp-servers-json',
      'media-path',
      'ui-mcp-proxy',
      'slot-save-path',
      'path',
    ),
    props: 'it lets every caller change the settings of the server; leave it out',
    ...refused('it shows the prompts of others; leave it out', 'slots'),
    ...refused(CONTRACT.ends, 'list-devices', 'cache-list', 'completion-bash'),
    ...properties({
      'ctx-size': 'maxModelLen',
      threads: 'threads',
      parallel: 'maxSequences',
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

/**
 * Properties of `LlamaCppEngine`; the image has `llama-server`, and its version is that of a build, such as `11434`. What llama.cpp does by
 * itself was read in its build b11434: it works on 4 sequences at once, in slots (`--parallel`), uses a prompt's cache again in the same slot
 * (`--cache-prompt`), and guesses no tokens (`--spec-type`). A draft model is a GGUF file, by its absolute path.
 */
export interface LlamaCppEngineProps extends GenerationEngineProps {
  /** Name of the GGUF file in the model's repository or directory, such as `qwen3-8b-q4_k_m.gguf`. */
  readonly file: string;

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
   * Most tokens of a prompt in a step. Longer prompts are worked on in pieces.
   *
   * @default - llama.cpp's: 2048, on the device in pieces of 512 (`--batch-size`, `--ubatch-size`)
   */
  readonly maxBatchedTokens?: number;
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
    const { image, file, maxSequences, maxBatchedTokens, threads } = this.props;
    return engineProblems(options, this.props, {
      engine: 'llama.cpp',
      locations: [WeightsLocation.HUB, WeightsLocation.DIRECTORY],
      gpus: 'any',
      groups: false,
      sharesGpu: true,
      compiles: false,
      version: [this.version, OLDEST_BUILD, 'its flags are those of that build'],
      builtFor: { device: deviceOf(image) },
      counts: {
        maxSequences: [maxSequences, 'it is the number of slots'],
        maxBatchedTokens: [maxBatchedTokens, 'it is the number of tokens in a step'],
        threads: [threads, 'it is the number of threads'],
      },
      own: [
        ...(isServerless(image)
          ? [
              `image: expected an image with llama-server, got ${image.reference}, which has programs for the command line only; take the tag that begins with server`,
            ]
          : []),
        ...(isUnresolved(file) || /^\w[\w.-]*(\/\w[\w.-]*)*\.gguf$/.test(file)
          ? []
          : [
              `engine.file: expected the name of a .gguf file, got ${JSON.stringify(file)}; copy it from the model's repository`,
            ]),
      ],
      speculative: { revisions: false },
      command: this.command(options),
      commandLine: COMMAND_LINE,
    });
  }

  public bind(options: InferenceEngineBindOptions): InferenceEngineConfig {
    return engineConfig(this.props, this.command(options), {
      ...nativeConfig(options),
      command: ['/app/llama-server'],
      architecture: this.props.architecture,
      drain: EngineDrain.PRE_STOP,
      // No histograms, nothing of the cache, and nothing of HTTP.
      metrics: {
        requestsRunning: 'llamacpp:requests_processing',
        requestsWaiting: 'llamacpp:requests_deferred',
        iterations: 'llamacpp:n_decode_total',
      },
      syntheticRequest: this.syntheticRequest(options),
    });
  }

  /** Without pooling, or when it ranks, it has no embedding to give. */
  private syntheticRequest({ servedModelName }: InferenceEngineBindOptions): SyntheticRequest | undefined {
    const { extraArgs = [] } = this.props;
    const pooling = givenFlag(extraArgs, '--pooling') ?? '';
    if (givenFlag(extraArgs, '--rerank', '--reranking') !== undefined || ['none', 'rank'].includes(pooling))
      return undefined;
    return (givenFlag(extraArgs, '--embedding', '--embeddings') === undefined ? oneToken : oneEmbedding)(
      servedModelName,
    );
  }

  private command(options: InferenceEngineBindOptions): EngineCommand {
    const { cacheDirectory } = options;
    return { args: this.args(options), environment: { HOME: cacheDirectory, LLAMA_CACHE: `${cacheDirectory}/llama` } };
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
