import { isUnresolved } from '../checks/unresolved';
import { ConfigReader, isObject, type JsonObject } from './config-reader';
import { DECODER_FAMILIES } from './decoder-families';
import { decoderShape } from './decoder-shape';
import { ENCODERS, encoderShape } from './encoder-shape';
import { type ModelArchitectureFacts } from './model-architecture-facts';
import { activeParametersOf, type ModelShape, parametersOf } from './model-shape';
import { type Precision } from './precision';
import { type PublishedQuantization, publishedQuantization } from './published-precision';
import { shapeOfFacts } from './shape-of-facts';
import { sharedVisionHeads, visionParameters } from './vision-parameters';

/**
 * Sizes of a model that decide where it fits: parameters, layers, heads, the longest context.
 *
 * @example
 * const architecture = ModelArchitecture.fromConfig(fs.readFileSync('config.json', 'utf8'));
 */
export class ModelArchitecture {
  /** Values of `model_type` that `fromConfig` reads. */
  public static supportedModelTypes(): string[] {
    return [...Object.keys(DECODER_FAMILIES), ...ENCODERS].sort();
  }

  /**
   * Reads a `config.json` as it is published on the hub. Models of several kinds of input are read by their `text_config`.
   *
   * @param config text of the file
   * @param name name of the model, for reports; its `model_type` when left out
   * @throws when the text is no such file, or its architecture is not known; the error lists every problem.
   */
  public static fromConfig(config: string, name?: string): ModelArchitecture {
    const { text, nested, problems } = parse(config);
    if (text === undefined) throw new Error(problems.join('\n'));
    const prefix = nested ? 'config.text_config.' : 'config.';
    const modelType = text.model_type;
    const family = typeof modelType === 'string' ? DECODER_FAMILIES[modelType] : undefined;
    if (typeof modelType !== 'string' || (family === undefined && !ENCODERS.includes(modelType))) {
      throw new Error(`${prefix}model_type: expected one of ${ModelArchitecture.supportedModelTypes().join(', ')}, got ${modelType === undefined ? 'nothing' : JSON.stringify(modelType)}; `
        + 'give the facts of other architectures to ModelArchitecture.of');
    }
    const reader = new ConfigReader(text, family?.defaults);
    let shape = family === undefined ? encoderShape(reader, modelType) : decoderShape(reader, modelType, family);
    const { quantization, uncounted } = publishedQuantization(reader, shape.matrices);
    problems.push(...reader.problems.map((problem) => prefix + problem));
    if (isObject(text.vision_config)) {
      const vision: string[] = [];
      shape = { ...shape, visionParameters: visionParameters(text.vision_config, shape.hiddenSize, vision), visionHeads: sharedVisionHeads(text.vision_config) };
      problems.push(...vision.map((problem) => `config.${problem}`));
    }
    if (problems.length > 0) throw new Error(problems.join('\n'));
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

  private constructor(name: string, shape: ModelShape, published?: Precision, quantization?: PublishedQuantization, uncounted?: string) {
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
    this.kvBytesPerToken = shape.kvGroups.reduce((sum, group) => sum + group.layers * group.elements * 2, 0);
    this.encoder = shape.encoder;
  }
}

/** The part of the file that describes the text model. */
function parse(config: string): { text?: JsonObject; nested: boolean; problems: string[] } {
  const problem = (got: string, advice: string) => ({
    nested: false, problems: [`config: expected the text of a config.json, got ${got}; ${advice}`],
  });
  if (isUnresolved(config)) return problem('a deploy-time value', 'it decides the placement, so it must be known at synth');
  let parsed: unknown;
  try {
    parsed = JSON.parse(config);
  } catch (error) {
    return problem(`${config.length} characters that are no JSON (${(error as Error).message})`, 'copy the file from the model\'s repository again');
  }
  if (!isObject(parsed)) return problem(Array.isArray(parsed) ? 'a list' : JSON.stringify(parsed), 'the file holds one object');
  const inner = parsed.text_config;
  if (inner === undefined) return { text: parsed, nested: false, problems: [] };
  if (!isObject(inner)) {
    return { nested: true, problems: [`config.text_config: expected an object, got ${JSON.stringify(inner)}; copy the file from the model's repository again`] };
  }
  // What concerns the whole checkpoint stands outside.
  const { quantization_config, compression_config, vision_config, tie_word_embeddings } = parsed;
  const whole = Object.fromEntries(Object.entries({ quantization_config, compression_config, vision_config, tie_word_embeddings }).filter(([, value]) => value !== undefined));
  return { text: { ...whole, ...inner }, nested: true, problems: [] };
}
