import { isObject, type JsonObject } from './config-reader';
import { matcherOf, type ModuleMatcher, type ModuleReading } from './module-names';
import { Precision } from './precision';
import { byBlock, byChannel, byGroup, byTensor, type WeightFormat } from './weight-format';

/** A precision, and how its weights lie in memory. */
export interface Scheme {
  readonly precision: Precision;
  readonly format: WeightFormat;
}

/** Which scheme a matrix has; none for one that is left in 16 bits. */
export interface Rules {
  readonly method: string;
  /** The scheme of what is not named; undefined where only named modules are quantized. */
  readonly scheme?: Scheme;
  readonly partial: boolean;
  schemeOf(names: readonly string[]): Scheme | undefined;
}

/** Thrown where a file says something that is not counted. */
export class Unknown extends Error {}

/**
 * The rules that the file states.
 *
 * @throws Unknown when they are not counted; SyntaxError when a regular expression of the file is none here.
 */
export function publishedRules(config: JsonObject): Rules {
  const method = methodOf(config);
  const read = method === undefined ? undefined : READERS[method];
  if (method === undefined || read === undefined)
    throw new Unknown(`quant_method ${JSON.stringify(config.quant_method)}`);
  return read(config);
}

/** The method, also where older files say it in other words. */
function methodOf(config: JsonObject): string | undefined {
  const { quant_method: method, producer } = config;
  if (typeof method === 'string') return method.toLowerCase().replace('_', '-');
  if (isObject(producer) && producer.name === 'modelopt') return 'modelopt';
  if (config.load_in_4bit === true || config.load_in_8bit === true) return 'bitsandbytes';
  return isObject(config.config_groups) ? 'compressed-tensors' : undefined;
}

/** A scheme whose weights lie in memory as those of its precision do, where nothing else is said. */
function storedAs(precision: Precision, format = precision._weights): Scheme {
  return { precision, format };
}

const READERS: Readonly<Record<string, (config: JsonObject) => Rules>> = {
  fp8: (config) =>
    config.quant_algo === undefined
      ? rules('fp8', storedAs(Precision.FP8, fp8Format(config.weight_block_size)), {
          left: modules(config, 'modules_to_not_convert', 'ignored_layers'),
        })
      : modelopt(config),
  'fbgemm-fp8': (config) =>
    rules('fbgemm_fp8', storedAs(Precision.FP8, byChannel(8)), { left: modules(config, 'modules_to_not_convert') }),
  awq: (config) => {
    const bits = config.bits ?? config.w_bit;
    if (bits !== 4) throw new Unknown(`awq with ${JSON.stringify(bits)} bits`);
    const zero = (config.zero_point ?? true) === true ? 0.5 : 0;
    const format = grouped(4, config.group_size ?? config.q_group_size, 2 + zero);
    return rules('awq', storedAs(Precision.AWQ, format), {
      left: modules(config, 'modules_to_not_convert'),
      reading: 'part',
    });
  },
  gptq,
  'auto-round': autoRound,
  inc: autoRound,
  bitsandbytes: (config) =>
    rules(
      'bitsandbytes',
      storedAs(config.load_in_8bit === true ? Precision.BITSANDBYTES_8BIT : Precision.BITSANDBYTES_4BIT),
      { left: modules(config, 'llm_int8_skip_modules') },
    ),
  mxfp4: (config) =>
    rules('mxfp4', storedAs(Precision.MXFP4), {
      left: modules(config, 'modules_to_not_convert'),
      only: (names) => names.some((name) => name.includes('.experts.')),
    }),
  modelopt,
  'modelopt-fp4': modelopt,
  'modelopt-mixed': modelopt,
  'modelopt-mxfp8': modelopt,
  quark,
  torchao,
  'compressed-tensors': compressed,
};

/** To which modules the scheme of a file does not apply. */
interface Exceptions {
  /** Modules that are left in 16 bits, and how their names are read. */
  readonly left?: readonly string[];
  readonly reading?: ModuleReading;
  /** Modules that have another scheme, or none. */
  readonly others?: readonly { readonly names: ModuleMatcher; readonly scheme?: Scheme }[];
  /** The modules that it applies to; all by default. */
  readonly only?: ModuleMatcher;
}

/** One scheme, but for the modules that say otherwise, or in some modules only. */
function rules(
  method: string,
  scheme: Scheme | undefined,
  { left = [], reading, others = [], only }: Exceptions,
): Rules {
  const skips = matcherOf(left, reading);
  return {
    method,
    scheme,
    partial: scheme === undefined || left.length > 0 || others.length > 0 || only !== undefined,
    schemeOf(names) {
      if (skips(names)) return undefined;
      const other = others.find((each) => each.names(names));
      if (other) return other.scheme;
      return only === undefined || only(names) ? scheme : undefined;
    },
  };
}

/** Lists of modules, whichever of the names a file has for them. */
function modules(config: JsonObject, ...keys: readonly string[]): string[] {
  return keys.flatMap((key) => {
    const value = config[key] ?? [];
    if (!Array.isArray(value) || value.some((item) => typeof item !== 'string'))
      throw new Unknown(`${key} ${JSON.stringify(value)}`);
    return value as string[];
  });
}

/** Inputs that share a scale: 128 where the file is silent, as the tools do; -1 and none are a whole output. */
function grouped(bits: number, size: unknown, scaleBytes: number, inputBytes?: number): WeightFormat {
  const group = size === undefined ? 128 : size;
  if (group !== null && (typeof group !== 'number' || !Number.isInteger(group) || group === 0))
    throw new Unknown(`a group size of ${JSON.stringify(group)}`);
  return {
    ...(group === null || group < 0 ? byChannel(bits, scaleBytes) : byGroup(bits, group, scaleBytes)),
    inputBytes,
  };
}

/** By blocks where their size is given: a list, or as `128x128`. */
function fp8Format(block: unknown): WeightFormat {
  if (block === undefined || block === null) return byTensor(8);
  const sizes: unknown[] =
    typeof block === 'string' ? block.toLowerCase().split('x').map(Number) : Array.isArray(block) ? block : [];
  const [rows, columns] = sizes;
  if (sizes.length !== 2 || !(Number.isInteger(rows) && Number.isInteger(columns)))
    throw new Unknown(`blocks of ${JSON.stringify(block)}`);
  return byBlock(8, rows as number, columns as number);
}

function integers(bits: unknown, size: unknown, ordered = false): Scheme {
  const precision = (
    { 3: Precision.GPTQ_3BIT, 4: Precision.GPTQ, 8: Precision.GPTQ_8BIT } as Partial<Record<string, Precision>>
  )[String(bits)];
  if (precision === undefined) throw new Unknown(`gptq with ${JSON.stringify(bits)} bits`);
  // Ordered by activations, each input has its place twice, as 32-bit numbers.
  return storedAs(precision, grouped(bits as number, size, 2 + (bits as number) / 8, ordered ? 8 : undefined));
}

/** GPTQ. `dynamic` says otherwise of some modules: what begins with `-:` is left out. */
function gptq(config: JsonObject): Rules {
  const { bits, group_size: size, desc_act: ordered, dynamic } = config;
  const scheme = integers(bits, size, ordered === true);
  const others = Object.entries(isObject(dynamic) ? dynamic : {}).map(([pattern, change]) => ({
    names: matcherOf([`re:${pattern.replace(/^[+-]:/, '')}`]),
    scheme:
      pattern.startsWith('-:') || !isObject(change)
        ? undefined
        : integers(change.bits ?? bits, change.group_size ?? size, (change.desc_act ?? ordered) === true),
  }));
  const inside = config.modules_in_block_to_quantize;
  const only = Array.isArray(inside) && inside.length > 0 ? matcherOf(inside.flat().map(String)) : undefined;
  return rules('gptq', scheme, { others, only });
}

/** AutoRound. `extra_config` says otherwise of some modules. */
function autoRound(config: JsonObject): Rules {
  const { bits, group_size: size, extra_config: extra, block_name_to_quantize: blocks } = config;
  const scheme = integers(bits, size);
  const others = Object.entries(isObject(extra) ? extra : {}).map(([name, change]) => {
    const width = isObject(change) ? (change.bits ?? bits) : bits;
    return {
      names: matcherOf([/[*+?^$()[\]{}|\\]/.test(name) ? `re:.*${name}` : name]),
      scheme: Number(width) >= 16 ? undefined : integers(width, isObject(change) ? (change.group_size ?? size) : size),
    };
  });
  const only = typeof blocks === 'string' ? matcherOf(blocks.split(',').map((block) => block.trim())) : undefined;
  return rules('auto-round', scheme, { others, only });
}

/** NVIDIA's ModelOpt: as `config.json` has it, or as `hf_quant_config.json` does, below `quantization`. */
function modelopt(config: JsonObject): Rules {
  const given = isObject(config.quantization) ? config.quantization : config;
  const algorithm = String(given.quant_algo).toUpperCase();
  const left = modules(given, 'exclude_modules', 'ignore');
  if (algorithm !== 'MIXED_PRECISION') {
    const method = algorithm.includes('NVFP4') ? 'modelopt_fp4' : 'modelopt';
    return rules(method, modeloptScheme(algorithm, given.group_size), { left, reading: 'part' });
  }
  const layers = Object.entries(isObject(given.quantized_layers) ? given.quantized_layers : {}).map(
    ([name, change]) => {
      if (!isObject(change)) throw new Unknown(`quantized_layers ${JSON.stringify(change)}`);
      return { name, scheme: modeloptScheme(String(change.quant_algo).toUpperCase(), change.group_size) };
    },
  );
  const others = [...new Set(layers.map(({ scheme }) => scheme))].map((scheme) => ({
    scheme,
    names: matcherOf(layers.filter((layer) => layer.scheme === scheme).map(({ name }) => name)),
  }));
  return rules('modelopt_mixed', undefined, { left, reading: 'part', others });
}

const MODELOPT: Readonly<Record<string, Scheme | undefined>> = {
  FP8: storedAs(Precision.FP8, byTensor(8)),
  FP8_PER_CHANNEL_PER_TOKEN: storedAs(Precision.FP8, byChannel(8)),
  FP8_PB_WO: storedAs(Precision.FP8),
  NVFP4: storedAs(Precision.NVFP4),
  W4A16_NVFP4: storedAs(Precision.NVFP4_WEIGHT_ONLY),
  MXFP8: storedAs(Precision.MXFP8),
};

function modeloptScheme(algorithm: string, size: unknown): Scheme {
  const scheme = MODELOPT[algorithm];
  if (scheme === undefined || (algorithm.includes('NVFP4') && (size ?? 16) !== 16))
    throw new Unknown(`quant_algo ${algorithm}${typeof size === 'number' ? ` in groups of ${size}` : ''}`);
  return scheme;
}

/** AMD's Quark. */
function quark(config: JsonObject): Rules {
  const left = modules(config, 'exclude');
  const scheme = quarkScheme(config.global_quant_config);
  const others = Object.entries(isObject(config.layer_quant_config) ? config.layer_quant_config : {}).map(
    ([name, given]) => ({ names: matcherOf([name]), scheme: quarkScheme(given) }),
  );
  return rules('quark', scheme, { left, others });
}

function quarkScheme(given: unknown): Scheme {
  const weight = isObject(given) ? given.weight : undefined;
  if (!isObject(weight)) throw new Unknown(`quark weights ${JSON.stringify(weight)}`);
  const { dtype, qscheme, group_size: size } = weight;
  const scales = qscheme === 'per_channel' ? byChannel(8) : byTensor(8);
  if (dtype === 'fp8_e4m3' && qscheme !== 'per_group') return storedAs(Precision.FP8, scales);
  if (dtype === 'int8' && qscheme !== 'per_group') return storedAs(Precision.INT8, scales);
  if ((dtype === 'fp4' || dtype === 'mxfp4') && (size ?? 32) === 32) return storedAs(Precision.MXFP4);
  throw new Unknown(`quark weights of ${String(dtype)}, ${String(qscheme)}`);
}

/** PyTorch's torchao, with one type for all modules. */
function torchao(config: JsonObject): Rules {
  const { quant_type: given, quant_type_kwargs: older } = config;
  const type = isObject(given) ? given.default : given;
  if (isObject(given) && Object.keys(given).some((key) => key !== 'default'))
    throw new Unknown(`torchao types of ${Object.keys(given).join(', ')}`);
  const name = String(isObject(type) ? type._type : type)
    .replace(/_/g, '')
    .toLowerCase();
  const facts = isObject(type) && isObject(type._data) ? type._data : isObject(older) ? older : {};
  return rules('torchao', torchaoScheme(name, facts.group_size), { left: modules(config, 'modules_to_not_convert') });
}

function torchaoScheme(name: string, size: unknown): Scheme {
  if (name.startsWith('int4weightonly')) return storedAs(Precision.INT4, grouped(4, size, 4));
  if (name.startsWith('int8weightonly')) return storedAs(Precision.INT8_WEIGHT_ONLY);
  if (name.startsWith('int8dynamicactivationint8weight')) return storedAs(Precision.INT8);
  if (name.startsWith('float8weightonly')) return storedAs(Precision.FP8_WEIGHT_ONLY, byChannel(8));
  if (name.startsWith('float8dynamicactivationfloat8weight')) return storedAs(Precision.FP8, byChannel(8));
  throw new Unknown(`torchao ${name}`);
}

/** llm-compressor's library: groups of modules, each with a scheme. What names a module precedes what names a kind of modules. */
function compressed(config: JsonObject): Rules {
  const sparsity = config.sparsity_config;
  if (isObject(sparsity) && typeof sparsity.format === 'string' && sparsity.format !== 'dense')
    throw new Unknown(`sparse weights in ${sparsity.format}`);
  const left = modules(config, 'ignore');
  const groups = Object.values(isObject(config.config_groups) ? config.config_groups : {}).map((group) => {
    if (!isObject(group) || !isObject(group.weights)) throw new Unknown(`config_groups ${JSON.stringify(group)}`);
    const targets = group.targets === undefined ? ['Linear'] : modules(group, 'targets');
    const kinds = targets.filter((target) => /^[A-Z]\w*$/.test(target));
    const named = targets.filter((target) => !kinds.includes(target));
    const scheme = compressedScheme(
      group.weights,
      isObject(group.input_activations),
      config.weight_block_size,
      String(group.format ?? config.format),
    );
    return { scheme, all: kinds.some((kind) => kind.includes('Linear')), names: matcherOf(named, 'exact') };
  });
  if (groups.length === 0) throw new Unknown('no config_groups');
  const rest = groups.find(({ all }) => all)?.scheme;
  return rules('compressed-tensors', rest, {
    left,
    reading: 'exact',
    others: groups.length > 1 || !rest ? groups : [],
  });
}

function compressedScheme(weights: JsonObject, activations: boolean, blocks: unknown, file: string): Scheme {
  // What the class of the library fills in where the file is silent.
  const { num_bits: bits = 8, type = 'int', group_size: size, actorder, symmetric } = weights;
  const kind = `${String(type)}${String(bits)}`;
  const strategy =
    weights.strategy ??
    ((weights.block_structure ?? blocks)
      ? 'block'
      : typeof size === 'number'
        ? size > 0
          ? 'group'
          : 'channel'
        : 'tensor');
  const unknown = new Unknown(
    `${kind} weights by ${JSON.stringify(strategy)}${activations ? ' with quantized activations' : ''} in ${file}`,
  );
  if (file === 'dense' || file === 'marlin-24') throw unknown;
  if (kind === 'float8') {
    if (size === 32) return storedAs(Precision.MXFP8);
    const precision = activations ? Precision.FP8 : Precision.FP8_WEIGHT_ONLY;
    // The older spelling leaves the size of the usual blocks out.
    if (strategy === 'block') return storedAs(precision, fp8Format(weights.block_structure ?? blocks ?? [128, 128]));
    if (strategy === 'group') return storedAs(precision, grouped(8, size, 4));
    return storedAs(precision, strategy === 'channel' ? byChannel(8) : byTensor(8));
  }
  if (kind === 'float4') {
    if (size === 16) return storedAs(activations ? Precision.NVFP4 : Precision.NVFP4_WEIGHT_ONLY);
    if (size === 32 || size === undefined) return storedAs(Precision.MXFP4);
    throw unknown;
  }
  const zero = (symmetric ?? true) === true ? 0 : Number(bits) / 8;
  const ordered = actorder === 'group' || actorder === true ? 8 : undefined;
  if (kind === 'int8' && activations)
    return storedAs(Precision.INT8, strategy === 'channel' ? byChannel(8, 4 + zero) : byTensor(8, 4 + zero));
  if (activations || (kind !== 'int8' && kind !== 'int4')) throw unknown;
  const format =
    strategy === 'tensor'
      ? byTensor(Number(bits), 2 + zero)
      : grouped(Number(bits), strategy === 'channel' ? null : size, 2 + zero, ordered);
  return storedAs(kind === 'int8' ? Precision.INT8_WEIGHT_ONLY : Precision.INT4, format);
}
