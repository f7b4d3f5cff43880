import { type ConfigReader } from './config-reader';
import { numbers } from './matrix';

/** How far back the layers of a family look, where `layer_types` does not say it. */
export type WindowRule = 'all' | 'qwen' | 'alternating' | 'pattern' | 'letters' | 'chunked';

/** Types of `layer_types` that keep a state instead of keys and values. */
export const STATEFUL_TYPES: readonly unknown[] = ['linear_attention', 'mamba'];

/**
 * Tokens that each layer keeps at most; undefined for a layer that keeps all.
 *
 * @param stateful whether layers of the family may keep a state instead
 */
export function layerWindows(
  reader: ConfigReader,
  rule: WindowRule | undefined,
  layers: number,
  stateful = false,
): readonly (number | undefined)[] {
  const types = reader.strings('layer_types');
  if (types !== undefined) return windowsOfTypes(reader, types, layers, stateful);
  const indexes = numbers(layers);
  const sliding = reader.optionalCount('sliding_window');
  switch (rule) {
    case 'all':
      return indexes.map(() => sliding);
    case 'qwen': {
      const from =
        reader.flag('use_sliding_window', false) && sliding !== undefined
          ? reader.amount('max_window_layers', layers)
          : layers;
      return indexes.map((index) => (index >= from ? sliding : undefined));
    }
    case 'alternating':
      return indexes.map((index) => (index % 2 === 0 ? sliding : undefined));
    case 'pattern': {
      const pattern = reader.count('sliding_window_pattern');
      return indexes.map((index) => ((index + 1) % pattern === 0 ? undefined : sliding));
    }
    case 'letters': {
      // `L` for a layer with a window, `G` for one that looks at everything; the last one always does.
      const pattern = reader.raw('sliding_window_pattern');
      const letters =
        typeof pattern === 'string'
          ? pattern
          : typeof pattern === 'number' && pattern > 0
            ? `${'L'.repeat(pattern - 1)}G`
            : 'G';
      return indexes.map((index) =>
        letters[index % letters.length] === 'L' && index < layers - 1 ? sliding : undefined,
      );
    }
    case 'chunked': {
      // The layers without rotary positions look at everything, the others at their chunk.
      const chunk = reader.optionalCount('attention_chunk_size');
      const full = reader.count('no_rope_layer_interval', 4);
      return indexes.map((index) => ((index + 1) % full === 0 ? undefined : chunk));
    }
    case undefined:
      return indexes.map(() => undefined);
  }
}

function windowsOfTypes(
  reader: ConfigReader,
  types: readonly string[],
  layers: number,
  stateful: boolean,
): readonly (number | undefined)[] {
  if (types.length !== layers) reader.problem('layer_types', `a type for each of ${layers} layers`, types.length);
  return types.map((type) => {
    switch (type) {
      case 'full_attention':
      case 'attention':
        return undefined;
      case 'sliding_attention':
        return reader.count('sliding_window');
      case 'chunked_attention':
        return reader.count('attention_chunk_size');
      default:
        if (stateful && STATEFUL_TYPES.includes(type)) return undefined;
        reader.problem(
          'layer_types',
          'full_attention, sliding_attention or chunked_attention',
          type,
          'give the facts of this architecture to ModelArchitecture.of',
        );
        return undefined;
    }
  });
}
