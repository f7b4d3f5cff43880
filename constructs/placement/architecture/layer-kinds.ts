import { STATEFUL_TYPES } from './attention-windows';
import { type ConfigReader } from './config-reader';
import { type DecoderFamily } from './families/decoder-family';
import { numbers } from './matrix';

/** Numbers of the layers that have a part; a layer may have several. */
export interface LayerKinds {
  readonly attention: readonly number[];
  readonly recurrent: readonly number[];
}

/** Which layers attend, and which keep a state. */
export function layerKinds(reader: ConfigReader, { recurrent }: DecoderFamily, layers: number): LayerKinds {
  const all = numbers(layers);
  if (recurrent === undefined) return { attention: all, recurrent: [] };
  const attending = (attends: (index: number) => boolean): LayerKinds => ({
    attention: all.filter(attends),
    recurrent: all.filter((index) => !attends(index)),
  });
  // A list goes before what a family does otherwise.
  const types = reader.strings('layer_types');
  if (types !== undefined && recurrent.rule !== 'beside')
    return attending((index) => !STATEFUL_TYPES.includes(types[index]));
  switch (recurrent.rule) {
    case 'types':
      reader.problem('layer_types', 'a type for each layer', undefined);
      return { attention: all, recurrent: all };
    case 'interval': {
      const interval = reader.count('full_attention_interval');
      return attending((index) => (index + 1) % interval === 0);
    }
    case 'period': {
      const period = reader.count('attn_layer_period');
      const offset = reader.amount('attn_layer_offset');
      return attending((index) => index % period === offset);
    }
    case 'indices': {
      const indices = reader.amounts('attn_layer_indices');
      return attending((index) => indices.includes(index));
    }
    case 'letters': {
      const letters = lettersOf(reader, layers);
      return {
        attention: all.filter((index) => letters[index] === '*'),
        recurrent: all.filter((index) => letters[index] === 'M'),
      };
    }
    case 'every':
      return { attention: [], recurrent: all };
    case 'beside':
      return { attention: all, recurrent: all };
  }
}

/** A letter for each layer: `M` for Mamba, `*` for attention, `-` for a network, `E` for experts. */
export function lettersOf(reader: ConfigReader, layers: number): string {
  const letters = reader.raw('hybrid_override_pattern');
  if (typeof letters === 'string' && letters.length === layers && /^[M*E-]*$/.test(letters)) return letters;
  reader.problem('hybrid_override_pattern', `a letter of M, *, - and E for each of ${layers} layers`, letters);
  return 'M'.repeat(layers);
}
