import { rankWeightBytes, sequenceCacheBytes, weightsOf } from '../../../../constructs/placement/memory-budget';
import { ModelArchitecture } from '../../../../constructs/placement/architecture/model-architecture';
import { Precision } from '../../../../constructs/placement/architecture/precision';
import { tensorProblems } from '../../../../constructs/placement/tensor-parallelism';
import { changedConfig, configText } from './published';
import { FAMILY_ROWS, type FamilyRow } from './families';

const WHOLE = { tensor: 1, pipeline: 1 };

function read(config: Readonly<Record<string, unknown>>, name?: string): ModelArchitecture {
  return ModelArchitecture.fromConfig(JSON.stringify(config), name);
}

function problemsOf(config: unknown): string[] {
  try {
    ModelArchitecture.fromConfig(typeof config === 'string' ? config : JSON.stringify(config));
  } catch (error) {
    return (error as Error).message.split('\n');
  }
  return [];
}

function row(name: string): FamilyRow {
  return FAMILY_ROWS.find((each) => each.name === name)!;
}

/** The fields of a row, with others in the part that stands in a field. */
function changed(name: string, field: string, changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { config } = row(name);
  return { ...config, [field]: { ...(config[field] as object), ...changes } };
}

describe('families', () => {
  test('keys that are values as well lie in memory twice, and are parameters once', () => {
    const { _shape: shape } = read(row('gemma-4-31b').config);
    const weights = weightsOf({ shape, precision: Precision.BF16 });
    // Measured with its NVFP4, which leaves attention in 16 bits.
    const ignore = Array.from({ length: 60 }, (_, index) => `model.language_model.layers.${index}.self_attn*`);
    const model = read({
      ...row('gemma-4-31b').config,
      quantization_config: { quant_method: 'modelopt', quant_algo: 'NVFP4', ignore: ['lm_head', ...ignore] },
    });
    const published = weightsOf({ shape: model._shape, precision: Precision.NVFP4, published: model._quantization });
    expect(Math.abs(rankWeightBytes(published, WHOLE) / 1024 ** 3 / 31.18 - 1)).toBeLessThan(0.02);
    // Of ten layers with four heads of 512, on one rank.
    expect(rankWeightBytes(weights, WHOLE) - weights.total).toBe(10 * 5376 * 4 * 512 * 2);
  });

  test('tables of rotary positions: one for each way to turn, stretched, and for coordinates', () => {
    const bytes = (name: string) => read(row(name).config)._shape.rotaryBytes;
    expect(bytes('gemma-4-26b-a4b')).toBe(262144 * (512 + 256) * 2);
    expect(bytes('qwen3.5-35b-a3b')).toBe(4 * 262144 * 256 * 2);
    const gemma3 = ModelArchitecture.fromConfig(
      changedConfig('gemma-3-1b', { rope_scaling: { rope_type: 'linear', factor: 8 } }),
    );
    expect(gemma3._shape.rotaryBytes).toBe((8 + 1) * 32768 * 256 * 2);
    expect(ModelArchitecture.fromConfig(configText('llama-4-scout'))._shape.rotaryBytes).toBe(10485760 * 128 * 2);
  });

  test('experts of Gemma 4 stand beside the network of their layer', () => {
    const total = (ignore: readonly string[]) => {
      const model = read({
        ...row('gemma-4-26b-a4b').config,
        quantization_config: { quant_method: 'modelopt', quant_algo: 'NVFP4', ignore },
      });
      return weightsOf({ shape: model._shape, precision: Precision.NVFP4, published: model._quantization }).total;
    };
    const layers = Array.from({ length: 30 }, (_, index) => `model.language_model.layers.${index}`);
    const network = 30 * 3 * 2816 * 2112;
    const experts = 30 * 128 * 3 * 2816 * 704;
    expect(total(layers.map((layer) => `${layer}.mlp*`)) - total([])).toBeCloseTo(network * (2 - 0.5625), -3);
    expect(total(layers.map((layer) => `${layer}.experts*`)) - total([])).toBeCloseTo(experts * (2 - 0.5625), -3);
  });

  test('layers of Nemotron that are listed by their kinds are counted by the list', () => {
    const {
      hybrid_override_pattern: letters,
      num_hidden_layers: layers,
      ...config
    } = row('nemotron-nano-9b-v2').config;
    const kinds: Readonly<Record<string, string>> = { M: 'mamba', '*': 'attention', '-': 'mlp' };
    const model = read({ ...config, layers_block_type: [...(letters as string)].map((letter) => kinds[letter]) });
    expect(model).toMatchObject({ layers, parameters: 8888227328 });
  });

  test.each(['eagle_config', 'dflash_config', 'speculator_config', 'dual_chunk_attention_config'])(
    '%s holds settings, no part of the model',
    (field) => {
      const { config, parameters } = row('nemotron-nano-9b-v2');
      expect(read({ ...config, [field]: { window: 1 } }).parameters).toBe(parameters);
    },
  );

  test.each(FAMILY_ROWS.map((each) => [each.name, each] as const))(
    '%s',
    (name, { config, parameters, from, kvBytesPerToken, statesBytes = 0, sequence8192, context }) => {
      const model = read(config, name);
      expect(Math.abs(model.parameters - parameters) / parameters).toBeLessThan(from === 'card' ? 0.01 : 0.001);
      expect(model).toMatchObject({ name, kvBytesPerToken, maxContextTokens: context });
      const tokens = Math.min(8192, context);
      const expected = sequence8192 ?? kvBytesPerToken * tokens;
      expect(sequenceCacheBytes(model._shape, tokens, WHOLE, 2)).toBe(expected + statesBytes);
    },
  );

  test.each(FAMILY_ROWS.map((each) => [each.name, each] as const))(
    'the matrices of %s have names, inputs and outputs',
    (_, { config }) => {
      const { matrices, linearParameters, layers, encoder } = read(config)._shape;
      if (encoder) return;
      for (const matrix of matrices) {
        expect(matrix.name).toMatch(/^[\w.]+$/);
        expect(matrix.layers.every((layer) => layer >= 0 && layer < layers)).toBe(true);
        expect(Number.isInteger(matrix.inputs * matrix.outputs * matrix.copies)).toBe(true);
      }
      expect(linearParameters).toBeGreaterThan(0);
    },
  );

  test('every one that is read has a row here or a file in configs', () => {
    const types = new Set(
      FAMILY_ROWS.flatMap(({ config }) => [
        config.model_type,
        (config.text_config as Record<string, unknown> | undefined)?.model_type,
      ]),
    );
    const elsewhere = [
      'bert',
      'roberta',
      'xlm-roberta',
      'llama',
      'mistral',
      'mixtral',
      'phi3',
      'qwen2',
      'qwen2_moe',
      'qwen3',
      'qwen3_moe',
      'qwen3_vl_text',
      'gemma',
      'gemma2',
      'gemma3_text',
      'gpt_oss',
      'deepseek_v2',
      'deepseek_v3',
      'kimi_k2',
      'llama4_text',
    ];
    // They share the layout of one that has.
    const kin = [
      'camembert',
      'ministral3',
      'qwen2_vl',
      'qwen2_vl_text',
      'qwen2_5_vl',
      'qwen2_5_vl_text',
      'qwen3_vl_moe_text',
      'qwen3_5_text',
      'minimax_text_01',
      'minimax_m1',
      'falcon_mamba',
      'mbart',
    ];
    expect(
      ModelArchitecture.supportedModelTypes().filter(
        (type) => !types.has(type) && !elsewhere.includes(type) && !kin.includes(type),
      ),
    ).toEqual([]);
  });
});

describe('states', () => {
  const sequence = (name: string, tokens: number, cut = WHOLE) =>
    sequenceCacheBytes(read(row(name).config)._shape, tokens, cut, 2);

  test('they do not grow with the context, and ranks share them out', () => {
    const state = row('codestral-mamba-7b').statesBytes!;
    expect([1024, 262144].map((tokens) => sequence('codestral-mamba-7b', tokens))).toEqual([state, state]);
    expect(sequence('codestral-mamba-7b', 1024, { tensor: 8, pipeline: 1 })).toBe(state / 8);
  });

  test('layers that keep one refuse a number of ranks that does not divide its heads or groups', () => {
    const { _shape: shape } = read(row('nemotron-nano-9b-v2').config);
    expect(tensorProblems({ shape, precision: Precision.BF16 }, undefined, 16)).toEqual(
      expect.arrayContaining([expect.stringContaining('expected a divisor of the 40 attention heads, got 16')]),
    );
    const { _shape: mamba } = read(row('codestral-mamba-7b').config);
    expect(tensorProblems({ shape: mamba, precision: Precision.BF16 }, undefined, 16)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('expected a divisor of the 8 heads or groups of layers that keep a state, got 16'),
      ]),
    );
  });

  test("files of MiniMax's own code say the kinds of layers as numbers", () => {
    const { layer_types, ...rest } = row('minimax-text-01').config;
    const numbers = (layer_types as string[]).map((type) => (type === 'linear_attention' ? 0 : 1));
    const own = read({ ...rest, model_type: 'minimax_text_01', attn_type_list: numbers });
    expect(own._shape.states).toEqual(read(row('minimax-text-01').config)._shape.states);
  });

  test('kinds of layers that are missing are asked for', () => {
    const { layer_types, ...rest } = row('granite-4.0-h-tiny').config;
    expect(layer_types).toHaveLength(40);
    expect(problemsOf(rest)).toEqual([
      expect.stringContaining('config.layer_types: expected a type for each layer, got nothing'),
    ]);
    expect(problemsOf({ ...row('nemotron-nano-9b-v2').config, hybrid_override_pattern: 'MX' })).toEqual([
      expect.stringContaining(
        'config.hybrid_override_pattern: expected a letter of M, *, - and E for each of 56 layers, got "MX"',
      ),
    ]);
  });

  test("Python's numbers without an end stand for no size", () => {
    const text = JSON.stringify({
      ...row('nemotron-3-nano-30b-a3b').config,
      time_step_limit: ['LIMIT'],
      note: 'to Infinity',
    }).replace('"LIMIT"', '0.0, Infinity');
    expect(ModelArchitecture.fromConfig(text).layers).toBe(52);
  });
});

test("layers of other sizes than the file's are reported", () => {
  expect(problemsOf({ ...row('granite-3.3-8b').config, per_layer_config: { '0': { head_dim: 64 } } })).toEqual([
    expect.stringContaining(
      'config.per_layer_config: expected nothing, got {"0":{"head_dim":64}}; layers of other sizes',
    ),
  ]);
});

describe('models of several kinds of input', () => {
  test('an encoder of sound is counted', () => {
    const { audio_config, ...rest } = row('voxtral-mini-3b').config;
    expect(audio_config).toBeDefined();
    // What the decoder leaves of Whisper's large-v3, and a projector of two layers.
    expect(read(row('voxtral-mini-3b').config).parameters - read(rest).parameters).toBe(
      1543490560 - 906521600 + 5120 * 3072 + 3072 ** 2,
    );
  });

  test('its heads must be shared out', () => {
    const { _shape: shape } = read(row('voxtral-mini-3b').config);
    expect(tensorProblems({ shape, precision: Precision.BF16 }, undefined, 8)).toEqual([
      expect.stringContaining('expected a divisor of the 20 heads of the encoder of sound, got 8'),
    ]);
  });

  test.each(['video_config', 'talker_config', 'connector_config'])(
    'a part that is not known is reported: %s',
    (field) => {
      expect(problemsOf({ ...row('llava-1.5-7b-hf').config, [field]: { hidden_size: 1024 } })).toEqual([
        expect.stringContaining(
          `config.${field}: expected a part whose parameters are known (vision_config, audio_config), got another one; give the facts`,
        ),
      ]);
    },
  );

  test('settings are no parts, and a part that is null is none', () => {
    const { config } = row('llava-1.5-7b-hf');
    expect(read({ ...config, generation_config: { top_p: 1 }, audio_config: null }).parameters).toBe(
      read(config).parameters,
    );
  });

  test('an encoder whose sizes are missing is reported by its field', () => {
    expect(
      problemsOf(changed('voxtral-mini-3b', 'audio_config', { model_type: 'other', num_hidden_layers: undefined })),
    ).toEqual([
      expect.stringContaining('config.audio_config.num_hidden_layers: expected a whole number from 1, got nothing'),
    ]);
  });

  test('sides of a square may stand twice, but not differ', () => {
    expect(problemsOf(changed('internvl3-8b-hf', 'vision_config', { patch_size: [14, 16] }))).toEqual([
      expect.stringContaining(
        'config.vision_config.patch_size: expected a whole number from 1, or the same one twice, got [14,16]',
      ),
    ]);
  });

  test('sizes that a class fills in are for parts of such files only', () => {
    expect(problemsOf({ model_type: 'llama', vocab_size: 32064 })[0]).toContain(
      'config.hidden_size: expected a whole number from 1, got nothing',
    );
  });

  test('a text part may stand in llm_config', () => {
    const { text_config, ...rest } = row('internvl3-8b-hf').config;
    expect(read({ ...rest, model_type: 'internvl_chat', llm_config: text_config }).parameters).toBe(
      read(row('internvl3-8b-hf').config).parameters,
    );
  });
});

describe('files that are no config.json of a model', () => {
  test.each<[string, unknown, string]>([
    [
      'an adapter',
      { peft_type: 'LORA', r: 16, base_model_name_or_path: 'meta-llama/Llama-3.1-8B' },
      'got adapter_config.json, an adapter ("LORA") of meta-llama/Llama-3.1-8B; give the config.json of meta-llama/Llama-3.1-8B, and serve the adapter beside that model',
    ],
    [
      'an adapter of nothing that is named',
      { peft_type: 'IA3' },
      'an adapter ("IA3"); give the config.json of the model that it adapts',
    ],
    ['an adapter that says a model_type', { peft_type: 'LORA', model_type: 'llama' }, 'got adapter_config.json'],
    [
      'a tokenizer',
      { tokenizer_class: 'PreTrainedTokenizerFast', model_max_length: 4096 },
      'got tokenizer_config.json; give the config.json beside it',
    ],
    ["a tokenizer's tables", { added_tokens: [], model: { type: 'BPE' } }, 'got tokenizer.json'],
    ['settings of generation', { do_sample: true, temperature: 0.6 }, 'got generation_config.json'],
    [
      'settings of generation, without sampling',
      { eos_token_id: 2, transformers_version: '4.45.0' },
      'got generation_config.json',
    ],
    [
      'a diffusion pipeline',
      { _class_name: 'FluxPipeline', _diffusers_version: '0.30.0' },
      'got a file of a diffusion pipeline',
    ],
    [
      'pooling of sentence-transformers',
      { word_embedding_dimension: 384, pooling_mode_mean_tokens: true },
      'got a file of sentence-transformers',
    ],
    [
      'lengths of sentence-transformers',
      { max_seq_length: 256, do_lower_case: false },
      'got a file of sentence-transformers',
    ],
    [
      'versions of sentence-transformers',
      { __version__: { sentence_transformers: '3.0' }, prompts: {} },
      'got a file of sentence-transformers',
    ],
    [
      'modules of sentence-transformers',
      [{ idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' }],
      'got modules.json of sentence-transformers',
    ],
    ['an index of weights', { metadata: { total_size: 1 }, weight_map: {} }, 'got an index of weights'],
    ['a preprocessor', { image_processor_type: 'Qwen2VLImageProcessor' }, 'got preprocessor_config.json'],
    [
      'settings of a quantization',
      { producer: { name: 'modelopt' }, quantization: { quant_algo: 'FP8' } },
      'got settings of a quantization',
    ],
    ["sizes in the names of the model's own code", { dim: 4096, n_layers: 32 }, 'got params.json'],
    [
      'GGUF',
      'GGUF\u0003\u0000\u0000\u0000',
      'got weights in the GGUF format; give the config.json of the model that they were made of',
    ],
    [
      'safetensors',
      '\u0088\u0001\u0000\u0000\u0000\u0000\u0000\u0000{"__metadata__":{}}',
      'got weights in the safetensors format',
    ],
    [
      'a pointer',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0',
      'got a pointer of Git LFS; fetch the file itself',
    ],
    ['a page', '<!DOCTYPE html><html></html>', 'got a web page; download the raw file'],
  ])('%s', (_, file, problem) => {
    const problems = problemsOf(file);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('config: expected the text of a config.json, ');
    expect(problems[0]).toContain(problem);
  });

  test('an architecture whose layout is not known shows the way on', () => {
    expect(problemsOf({ model_type: 'rwkv7', hidden_size: 1024 })).toEqual([
      expect.stringMatching(
        /^config\.model_type: expected one of .*, got "rwkv7"; the layout of other architectures is not known: .*ModelArchitecture\.of.*weightsSize$/,
      ),
    ]);
  });
});
