import { vllmDoes } from '../../models/vllm-versions';
import { type ConfigReader, isObject, type JsonObject } from './config-reader';
import { type DecoderFamily } from './families/decoder-family';

/** Ways to stretch a context whose result stands in `max_position_embeddings` already, in every version of the engines. */
const STRETCHED: readonly unknown[] = ['default', 'llama3', 'longrope', 'su', 'mrope', 'proportional'];

/** Ways whose result newer engines expect there, while older ones multiply the context that the model was trained with. */
const YARN: readonly unknown[] = ['yarn', 'deepseek_yarn', 'deepseek_llama_scaling'];

/**
 * The longest context that an engine takes, as vLLM derives it (`_get_and_verify_max_len`). Versions differ in YaRN: older ones
 * take `original_max_position_embeddings` times the factor, newer ones `max_position_embeddings` as it stands, and so does SGLang.
 *
 * @param version version of vLLM, such as `0.32.0`; what every one of them takes when undefined
 */
export function maxContextTokens(reader: ConfigReader, { fixedContext }: DecoderFamily, version?: string): number {
  // Command R says what it serves beside what its positions count.
  const longest = reader.optionalCount('model_max_length') ?? reader.count('max_position_embeddings');
  const contexts = fixedContext ? [] : rotations(reader).map((rotation) => stretched(longest, rotation, version));
  return contexts.length === 0 ? longest : Math.min(...contexts);
}

/** Numbers that engines keep of a position in each of its coordinates, where an image or a film has several (`MRotaryEmbedding` of vLLM). */
const COORDINATE_POSITIONS = 4;

/**
 * Tables of rotary positions, bytes: a number of 16 bits for each position and dimension that turns, once for every way to turn. Every
 * rank has them whole.
 *
 * @param dims size of the heads that turn, of each way
 */
export function rotaryBytes(reader: ConfigReader, dims: readonly number[]): number {
  const given = reader.raw('max_position_embeddings');
  const longest = typeof given === 'number' ? given : 0;
  const found = rotations(reader);
  return dims.reduce((sum, dim, index) => {
    const rotation: JsonObject = found[index] ?? (index === 0 ? {} : { rope_type: 'default' });
    const {
      rope_type,
      type,
      factor,
      original_max_position_embeddings: original,
      partial_rotary_factor: own,
      mrope_section: coordinates,
    } = rotation;
    const kind = rope_type ?? type;
    const share = kind === 'proportional' ? 1 : (own ?? reader.raw('partial_rotary_factor'));
    const times = typeof factor === 'number' && !STRETCHED.includes(kind) ? factor : 1;
    const positions =
      Math.max(longest, (YARN.includes(kind) && typeof original === 'number' ? original : longest) * times) *
      (coordinates === undefined ? 1 : COORDINATE_POSITIONS);
    return sum + positions * dim * (typeof share === 'number' ? share : 1) * 2;
  }, 0);
}

/** What the file says of rotary positions: once for all layers, or for each of their types, under its older or newer name. */
function rotations(reader: ConfigReader): JsonObject[] {
  const scaling = reader.object('rope_scaling') ?? reader.object('rope_parameters');
  if (scaling === undefined) return [];
  const nested = Object.values(scaling).filter(isObject);
  return nested.length > 0 ? nested : [scaling];
}

function stretched(
  longest: number,
  { rope_type, type, factor, original_max_position_embeddings: original }: JsonObject,
  version: string | undefined,
): number {
  const kind = rope_type ?? type;
  if (typeof factor !== 'number' || typeof kind !== 'string' || STRETCHED.includes(kind)) return longest;
  if (!YARN.includes(kind)) return Math.floor(longest * factor);
  const multiplied = Math.floor((typeof original === 'number' ? original : longest) * factor);
  if (version === undefined || !/^\d/.test(version)) return Math.min(longest, multiplied);
  return vllmDoes('takesYarnAsItStands', version) ? longest : multiplied;
}
