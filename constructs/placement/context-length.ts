import { atLeast } from '../serving/engines/engine-version';
import { type ConfigReader, isObject, type JsonObject } from './config-reader';
import { type DecoderFamily } from './families/decoder-family';

/** Ways to stretch a context whose result stands in `max_position_embeddings` already, in every version of the engines. */
const STRETCHED: readonly unknown[] = ['default', 'llama3', 'longrope', 'su', 'mrope', 'proportional'];

/** Ways whose result newer engines expect there, while older ones multiply the context that the model was trained with. */
const YARN: readonly unknown[] = ['yarn', 'deepseek_yarn', 'deepseek_llama_scaling'];

/** Version of vLLM from which YaRN's context is left as it stands: 0.29.0 multiplies still. */
const YARN_STANDS_FROM = '0.30.0';

/**
 * The longest context that an engine takes, as vLLM derives it (`_get_and_verify_max_len`). Versions differ in YaRN: 0.18.1 takes
 * `original_max_position_embeddings` times the factor, 0.33.0 takes `max_position_embeddings` as it stands, and so does SGLang.
 *
 * @param version version of vLLM, such as `0.18.1`; what every one of them takes when undefined
 */
export function maxContextTokens(reader: ConfigReader, { scalesContext }: DecoderFamily, version?: string): number {
  // Command R says what it serves beside what its positions count.
  const longest = reader.raw('model_max_length') === undefined ? reader.count('max_position_embeddings') : reader.count('model_max_length');
  const contexts = scalesContext ? rotations(reader).map((rotation) => stretched(longest, rotation, version)) : [];
  return contexts.length === 0 ? longest : Math.min(...contexts);
}

/** What the file says of rotary positions: once for all layers, or for each of their types, under its older or newer name. */
function rotations(reader: ConfigReader): JsonObject[] {
  const scaling = reader.object('rope_scaling') ?? reader.object('rope_parameters');
  if (scaling === undefined) return [];
  const nested = Object.values(scaling).filter(isObject);
  return nested.length > 0 ? nested : [scaling];
}

function stretched(longest: number, { rope_type, type, factor, original_max_position_embeddings: original }: JsonObject, version: string | undefined): number {
  const kind = rope_type ?? type;
  if (typeof factor !== 'number' || typeof kind !== 'string' || STRETCHED.includes(kind)) return longest;
  if (!YARN.includes(kind)) return Math.floor(longest * factor);
  const multiplied = Math.floor((typeof original === 'number' ? original : longest) * factor);
  if (version === undefined || !/^\d/.test(version)) return Math.min(longest, multiplied);
  return atLeast(version, YARN_STANDS_FROM) ? longest : multiplied;
}

