import { isUnresolved } from '../../checks/unresolved';
import { ConfigReader, isObject, type JsonObject } from './config-reader';
import { decoderShape } from './decoder-shape';
import { ENCODER_DECODERS, encoderDecoderFile, encoderDecoderShape } from './encoder-decoder-shape';
import { encoderNames, ENCODERS, encoderShape } from './encoder-shape';
import { type DecoderFamily } from './families/decoder-family';
import { DENSE_FAMILIES } from './families/dense-families';
import { EXPERT_FAMILIES } from './families/expert-families';
import { HYBRID_FAMILIES } from './families/hybrid-families';
import { type ModelArchitectureFacts } from './model-architecture-facts';
import { activeParametersOf, type ModelShape, parametersOf } from './model-shape';
import { otherFile, otherText } from './other-files';
import { type Precision } from './precision';
import { type PublishedQuantization, publishedQuantization } from './published-quantization';
import { shapeOfFacts } from './shape-of-facts';
import { subModels } from './sub-models';

/**
 * Families by `model_type`. Layers, biases and defaults are those of the configuration and modeling classes of the library
 * transformers; the parameter counts that follow from them are tested against published ones.
 */
const DECODER_FAMILIES: Readonly<Record<string, DecoderFamily>> = {
  ...DENSE_FAMILIES,
  ...EXPERT_FAMILIES,
  ...HYBRID_FAMILIES,
};

/**
 * Sizes of a model that decide where it fits: parameters, layers, heads, the longest context.
 *
 * @example
 * const architecture = ModelArchitecture.fromConfig(fs.readFileSync('config.json', 'utf8'));
 */
export class ModelArchitecture {
  /** Values of `model_type` that `fromConfig` reads. */
  public static supportedModelTypes(): string[] {
    return [...Object.keys(DECODER_FAMILIES), ...ENCODERS, ...ENCODER_DECODERS].sort();
  }

  /**
   * Reads a `config.json` as it is published on the hub. Models of several kinds of input are read by their `text_config`, and their
   * encoders of images and sound are counted.
   *
   * @param config text of the file
   * @param name name of the model, for reports; its `model_type` when left out
   * @param vllmVersion version of vLLM that is to serve it, such as `0.32.0`: versions differ in how far they stretch a context; when
   * left out, `maxContextTokens` is what every supported one takes
   * @throws when the text is no such file, or its architecture is not known; the error lists every problem.
   */
  public static fromConfig(config: string, name?: string, vllmVersion?: string): ModelArchitecture {
    const { file, text, part, problems } = parse(config);
    if (file === undefined || text === undefined) throw new Error(problems.join('\n'));
    const prefix = part === undefined ? 'config.' : `config.${part}.`;
    const modelType = text.model_type;
    const read = typeof modelType === 'string' ? readerOf(modelType, text, part !== undefined, vllmVersion) : undefined;
    if (typeof modelType !== 'string' || read === undefined) {
      throw new Error(
        `${prefix}model_type: expected one of ${ModelArchitecture.supportedModelTypes().join(', ')}, got ${modelType === undefined ? 'nothing' : JSON.stringify(modelType)}; ` +
          'the layout of other architectures is not known: give their facts to ModelArchitecture.of, and the size of their weights on disk as weightsSize',
      );
    }
    const { reader, shape: textShape } = read;
    const { quantization, uncounted } = publishedQuantization(reader, textShape.matrices);
    problems.push(...reader.problems.map((problem) => prefix + problem));
    const parts = subModels(file, textShape.hiddenSize, problems);
    problems.push(
      ...parts.uncounted.map(
        (field) =>
          `config.${field}: expected a part whose parameters are known (vision_config, audio_config), got another one; ` +
          'give the facts of the whole model to ModelArchitecture.of, and the size of its weights on disk as weightsSize',
      ),
    );
    if (problems.length > 0) throw new Error(problems.join('\n'));
    const shape: ModelShape = {
      ...textShape,
      visionParameters: parts.parameters,
      visionHeads: parts.visionHeads,
      visionWidth: parts.visionWidth,
      soundHeads: parts.soundHeads,
    };
    return new ModelArchitecture(name ?? modelType, shape, quantization?.precision, quantization, uncounted);
  }

  /**
   * A model by its sizes, for architectures that `fromConfig` does not read.
   *
   * @throws when a fact is missing or impossible; the error lists every problem.
   */
  public static of(facts: ModelArchitectureFacts): ModelArchitecture {
    return new ModelArchitecture(facts.name, shapeOfFacts(facts), facts.precision);
  }

  /** Parameters of the model, images' encoder included. */
  public readonly parameters: number;

  /** Parameters that a token passes: fewer than `parameters` in a mixture of experts. */
  public readonly activeParameters: number;

  /** Transformer layers. */
  public readonly layers: number;

  /** Attention heads of a layer. */
  public readonly attentionHeads: number;

  /** Heads of keys and values of a layer. */
  public readonly kvHeads: number;

  /** Size of a head. */
  public readonly headDim: number;

  /** Size of the hidden state. */
  public readonly hiddenSize: number;

  /** Tokens of the vocabulary. */
  public readonly vocabularySize: number;

  /** Longest context, tokens. */
  public readonly maxContextTokens: number;

  /** Bytes that a token adds to the key/value cache of all layers, with 16 bits a number; 0 for a model that embeds text. */
  public readonly kvBytesPerToken: number;

  /** Whether it embeds text instead of generating it. */
  public readonly encoder: boolean;

  /** Name of the model, for reports. */
  public readonly name: string;

  /** Precision of the published checkpoint, of most of its weights where they differ; undefined when it is not quantized, or in a way that is not counted. */
  public readonly publishedPrecision?: Precision;

  /** @internal */
  public readonly _shape: ModelShape;

  /** @internal */
  public readonly _quantization?: PublishedQuantization;

  /**
   * What the file says of a quantization that is not counted.
   *
   * @internal
   */
  public readonly _uncounted?: string;

  private constructor(
    name: string,
    shape: ModelShape,
    published?: Precision,
    quantization?: PublishedQuantization,
    uncounted?: string,
  ) {
    this.name = name;
    this.publishedPrecision = published;
    this._shape = shape;
    this._quantization = quantization;
    this._uncounted = uncounted;
    this.parameters = parametersOf(shape);
    this.activeParameters = activeParametersOf(shape);
    this.layers = shape.layers;
    this.attentionHeads = shape.attentionHeads;
    this.kvHeads = shape.kvHeads;
    this.headDim = shape.headDim;
    this.hiddenSize = shape.hiddenSize;
    this.vocabularySize = shape.vocabularySize;
    this.maxContextTokens = shape.maxContextTokens;
    this.kvBytesPerToken = shape.kvGroups.reduce(
      (sum, group) => sum + group.layers * group.elements * (group.numberBytes ?? 2),
      0,
    );
    this.encoder = shape.encoder;
  }
}

/** Reads the sizes of a text model; undefined when its type is not known. */
function readerOf(
  modelType: string,
  text: JsonObject,
  nested: boolean,
  version: string | undefined,
): { reader: ConfigReader; shape: ModelShape } | undefined {
  const family = DECODER_FAMILIES[modelType];
  if (family !== undefined) {
    const reader = new ConfigReader(
      { ...text, ...family.translate?.(text) },
      { ...(nested ? family.silent : {}), ...family.defaults },
      family.names,
    );
    return { reader, shape: decoderShape(reader, modelType, family, version) };
  }
  if (ENCODERS.includes(modelType)) {
    const reader = new ConfigReader(text, {}, encoderNames(modelType));
    return { reader, shape: encoderShape(reader, modelType) };
  }
  if (ENCODER_DECODERS.includes(modelType)) {
    const { defaults, names } = encoderDecoderFile(modelType);
    const reader = new ConfigReader(text, defaults, names);
    return { reader, shape: encoderDecoderShape(reader, modelType) };
  }
  return undefined;
}

/** Fields that hold the text model of files of several kinds of input. */
const TEXT_PARTS = ['text_config', 'llm_config', 'language_config'];

/** A file, the part of it that describes the text model, and the field that this part stands in. */
function parse(config: string): { file?: JsonObject; text?: JsonObject; part?: string; problems: string[] } {
  const problem = (got: string, advice: string) => ({
    problems: [`config: expected the text of a config.json, got ${got}; ${advice}`],
  });
  if (isUnresolved(config))
    return problem('a deploy-time value', 'it decides the placement, so it must be known at synth');
  const text = otherText(config);
  if (text !== undefined) return problem(text.name, text.advice);
  let parsed: unknown;
  try {
    parsed = JSON.parse(withoutInfinity(config));
  } catch (error) {
    return problem(
      `${config.length} characters that are no JSON (${(error as Error).message})`,
      "copy the file from the model's repository again",
    );
  }
  const other = isObject(parsed) || Array.isArray(parsed) ? otherFile(parsed) : undefined;
  if (other !== undefined) return problem(other.name, other.advice);
  if (!isObject(parsed))
    return problem(Array.isArray(parsed) ? 'a list' : JSON.stringify(parsed), 'the file holds one object');
  const file = parsed;
  const part = TEXT_PARTS.find((field) => file[field] !== undefined);
  if (part === undefined) return { file, text: file, problems: [] };
  const inner = file[part];
  if (!isObject(inner)) {
    return {
      problems: [
        `config.${part}: expected an object, got ${JSON.stringify(inner)}; copy the file from the model's repository again`,
      ],
    };
  }
  // What concerns the whole checkpoint stands outside.
  const { quantization_config, compression_config, vision_config, tie_word_embeddings } = file;
  const whole = Object.fromEntries(
    Object.entries({ quantization_config, compression_config, vision_config, tie_word_embeddings }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  return { file, text: { ...whole, ...inner }, part, problems: [] };
}

/** Python writes numbers without an end into its JSON; they stand for no size. */
function withoutInfinity(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (token) => (token.startsWith('"') ? token : 'null'));
}
