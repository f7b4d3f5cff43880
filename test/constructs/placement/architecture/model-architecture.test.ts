import * as fs from 'node:fs';
import * as path from 'node:path';
import { Lazy } from 'aws-cdk-lib';
import { KnownModels } from '../../../../constructs/placement/architecture/known-models';
import { sequenceCacheBytes, weightsOf } from '../../../../constructs/placement/memory-budget';
import { ModelArchitecture } from '../../../../constructs/placement/architecture/model-architecture';
import { Precision } from '../../../../constructs/placement/architecture/precision';
import { changedConfig, configText, PUBLISHED, type Published } from './published';

const WHOLE = { tensor: 1, pipeline: 1 };
const rows = PUBLISHED.map((row) => [row.file, row] as const);

/** Distance of a number from what is published, as a share of it. */
function distance(got: number, published: number): number {
  return Math.abs(got - published) / published;
}

function problemsOf(config: string): string[] {
  try {
    ModelArchitecture.fromConfig(config);
  } catch (error) {
    return (error as Error).message.split('\n');
  }
  return [];
}

describe('published models', () => {
  test('every file is in the table, 20 or more', () => {
    const files = fs.readdirSync(path.join(__dirname, 'configs')).map((file) => path.basename(file, '.json'));
    expect(PUBLISHED.map(({ file }) => file).sort()).toEqual(files.sort());
    expect(files.length).toBeGreaterThanOrEqual(20);
  });

  test.each(rows)('%s', (file, row: Published) => {
    const model = ModelArchitecture.fromConfig(configText(file), file);
    if (row.near === undefined) expect(model.parameters).toBe(row.parameters);
    expect(distance(model.parameters, row.parameters)).toBeLessThan(0.01);
    expect(model).toMatchObject({
      name: file,
      kvBytesPerToken: row.kvBytesPerToken,
      maxContextTokens: row.context,
      encoder: row.kvBytesPerToken === 0,
    });
    expect(model.publishedPrecision?.name).toBe(row.precision);
    const tokens = Math.min(8192, row.context);
    expect(sequenceCacheBytes(model._shape, tokens, WHOLE, 2)).toBe(row.sequence8192 ?? row.kvBytesPerToken * tokens);
  });

  test.each(rows.filter(([, { active }]) => active !== undefined))(
    '%s passes as many parameters as its card says',
    (file, row) => {
      expect(distance(ModelArchitecture.fromConfig(configText(file)).activeParameters, row.active!)).toBeLessThan(0.02);
    },
  );

  test.each(rows.filter(([, row]) => row.activeWithoutEmbeddings !== undefined))(
    '%s passes as many parameters as its card says, which leaves embeddings out',
    (file, row) => {
      const model = ModelArchitecture.fromConfig(configText(file));
      expect(distance(model.activeParameters - 201088 * 2880, row.activeWithoutEmbeddings!)).toBeLessThan(0.02);
    },
  );

  test.each(rows.filter(([, { weightsGib }]) => weightsGib !== undefined))(
    'the weights of %s are as large as its card says',
    (file, row) => {
      const model = ModelArchitecture.fromConfig(configText(file));
      const { total } = weightsOf({
        shape: model._shape,
        precision: model.publishedPrecision!,
        published: model._quantization,
      });
      expect(distance(total / 1024 ** 3, row.weightsGib!)).toBeLessThan(0.01);
    },
  );
});

describe('the catalog', () => {
  const files: Readonly<Record<string, string>> = {
    'meta-llama/Llama-3.1-8B': 'llama-3.1-8b',
    'meta-llama/Llama-3.1-70B': 'llama-3.1-70b',
    'meta-llama/Llama-3.1-405B': 'llama-3.1-405b',
    'meta-llama/Llama-3.2-1B': 'llama-3.2-1b',
    'Qwen/Qwen3-0.6B': 'qwen3-0.6b',
    'Qwen/Qwen3-8B': 'qwen3-8b',
    'Qwen/Qwen3-32B': 'qwen3-32b-fp8',
    'Qwen/Qwen3-30B-A3B': 'qwen3-30b-a3b',
    'Qwen/Qwen3-235B-A22B': 'qwen3-235b-a22b',
    'mistralai/Mistral-7B-v0.3': 'mistral-7b-v0.3',
    'openai/gpt-oss-20b': 'gpt-oss-20b',
    'openai/gpt-oss-120b': 'gpt-oss-120b',
    'deepseek-ai/DeepSeek-V3': 'deepseek-v3',
    'BAAI/bge-m3': 'bge-m3',
  };

  test('has every model once', () => {
    expect(KnownModels.all().map(({ name }) => name)).toEqual(Object.keys(files));
    const statics = Object.values(KnownModels).filter((value) => value instanceof ModelArchitecture);
    expect(new Set(KnownModels.all())).toEqual(new Set(statics));
  });

  test.each(KnownModels.all().map((model) => [model.name, model] as const))(
    '%s has the sizes of its file',
    (name, model) => {
      expect(model._shape).toEqual(ModelArchitecture.fromConfig(configText(files[name]))._shape);
    },
  );
});

describe('windows', () => {
  const sequence = (config: string, tokens: number) =>
    sequenceCacheBytes(ModelArchitecture.fromConfig(config)._shape, tokens, WHOLE, 2);
  const layer = 2 * 8 * 128 * 2;

  test('Mistral with a window keeps it in every layer', () => {
    expect(sequence(changedConfig('mistral-7b-v0.3', { sliding_window: 4096 }), 32768)).toBe(32 * 4112 * layer);
  });

  test('Qwen slides only where it says so, and only in its upper layers', () => {
    const windowed = { sliding_window: 1024, max_window_layers: 20 };
    const small = 2 * 4 * 128 * 2;
    expect(sequence(changedConfig('qwen2-7b', windowed), 8192)).toBe(28 * 8192 * small);
    expect(sequence(changedConfig('qwen2-7b', { ...windowed, use_sliding_window: true }), 8192)).toBe(
      (20 * 8192 + 8 * 1040) * small,
    );
  });

  test('Llama 4 keeps a chunk in three of four layers', () => {
    expect(sequence(configText('llama-4-scout'), 65536)).toBe((12 * 65536 + 36 * 8208) * layer);
  });

  test('layer_types goes before what a family does otherwise', () => {
    const types = Array.from({ length: 42 }, () => 'full_attention');
    expect(sequence(changedConfig('gemma-2-9b', { layer_types: types }), 8192)).toBe(42 * 8192 * (2 * 8 * 256) * 2);
  });
});

describe('contexts', () => {
  const longest = (config: string) => ModelArchitecture.fromConfig(config).maxContextTokens;

  const yarn = changedConfig('qwen3-8b', {
    rope_scaling: { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 32768 },
  });

  test('versions of vLLM differ in YaRN: older ones multiply the context it started from, newer ones take the one that stands there', () => {
    const of = (version?: string) => ModelArchitecture.fromConfig(yarn, undefined, version).maxContextTokens;
    expect([of('0.18.1'), of('0.29.0'), of('0.30.0'), of('0.33.0')]).toEqual([131072, 131072, 40960, 40960]);
    // What is not known to be one of them may be either.
    expect(of()).toBe(40960);
  });

  test.each([
    ['linear, older spelling', { rope_scaling: { type: 'linear', factor: 2 } }, 81920],
    ['dynamic', { rope_scaling: { rope_type: 'dynamic', factor: 4 } }, 163840],
    [
      'dynamic, as newer libraries write it',
      { rope_scaling: undefined, rope_parameters: { rope_type: 'dynamic', rope_theta: 1e6, factor: 4 } },
      163840,
    ],
    [
      'by type of layer',
      {
        rope_parameters: {
          full_attention: { rope_type: 'linear', factor: 8 },
          sliding_attention: { rope_type: 'default' },
        },
      },
      40960,
    ],
    [
      'both spellings of one thing',
      { rope_scaling: { type: 'mrope', rope_type: 'default', mrope_section: [24, 20, 20] } },
      40960,
    ],
    [
      'longrope',
      { rope_scaling: { rope_type: 'longrope', factor: 32, original_max_position_embeddings: 4096 } },
      40960,
    ],
    ['su, its older name', { rope_scaling: { type: 'su', factor: 32, original_max_position_embeddings: 4096 } }, 40960],
    ['llama3', { rope_parameters: { rope_type: 'llama3', factor: 8, original_max_position_embeddings: 8192 } }, 40960],
    ['no factor', { rope_scaling: { rope_type: 'dynamic', alpha: 1000 } }, 40960],
    ['a factor of null', { rope_scaling: { rope_type: 'linear', factor: null } }, 40960],
  ])('%s', (_, changes, context) => {
    expect(longest(changedConfig('qwen3-8b', changes))).toBe(context);
  });

  test('Gemma 2 is stretched as others are, Gemma 3 holds the result already', () => {
    expect(longest(changedConfig('gemma-2-9b', { rope_scaling: { rope_type: 'linear', factor: 2 } }))).toBe(16384);
    expect(longest(changedConfig('gemma-3-1b', { rope_scaling: { rope_type: 'linear', factor: 8 } }))).toBe(32768);
  });

  test('YaRN whose result stands in the file is the same in every version', () => {
    const deepseek = changedConfig('deepseek-v3', {
      rope_scaling: { type: 'yarn', factor: 40, original_max_position_embeddings: 4096 },
    });
    expect(
      ['0.18.1', '0.33.0', undefined].map(
        (version) => ModelArchitecture.fromConfig(deepseek, undefined, version).maxContextTokens,
      ),
    ).toEqual([163840, 163840, 163840]);
  });
});

describe('what a family leaves out of its file', () => {
  test('Gemma 3 with images has the defaults of its class and ties its embeddings', () => {
    // The text part of google/gemma-3-4b-it names no more than this.
    const model = ModelArchitecture.fromConfig(
      JSON.stringify({
        model_type: 'gemma3',
        text_config: {
          model_type: 'gemma3_text',
          hidden_size: 2560,
          intermediate_size: 10240,
          num_hidden_layers: 34,
          sliding_window: 1024,
        },
        vision_config: {
          model_type: 'siglip_vision_model',
          hidden_size: 1152,
          intermediate_size: 4304,
          num_hidden_layers: 27,
          num_attention_heads: 16,
          image_size: 896,
          patch_size: 14,
        },
      }),
    );
    expect(distance(model.parameters, 4300079472)).toBeLessThan(0.01);
    expect(model).toMatchObject({
      kvBytesPerToken: 34 * (2 * 4 * 256) * 2,
      maxContextTokens: 131072,
      vocabularySize: 262208,
      attentionHeads: 8,
      headDim: 256,
    });
  });

  test('a Llama without num_key_value_heads has as many as attention heads', () => {
    expect(ModelArchitecture.fromConfig(changedConfig('llama-2-7b', { num_key_value_heads: undefined })).kvHeads).toBe(
      32,
    );
  });

  test('what stands outside text_config concerns the whole checkpoint', () => {
    const model = ModelArchitecture.fromConfig(
      changedConfig('qwen3-vl-8b', { quantization_config: { quant_method: 'fp8' } }),
    );
    expect(model.publishedPrecision).toBe(Precision.FP8);
  });
});

describe('bad files', () => {
  test.each([
    ['', 'config: expected the text of a config.json, got 0 characters that are no JSON'],
    ['{"model_type": "llama"', 'config: expected the text of a config.json, got 22 characters that are no JSON'],
    ['[]', 'config: expected the text of a config.json, got a list; the file holds one object'],
    ['null', 'config: expected the text of a config.json, got null; the file holds one object'],
    ['"llama"', 'config: expected the text of a config.json, got "llama"; the file holds one object'],
    [
      '{"text_config": 7}',
      "config.text_config: expected an object, got 7; copy the file from the model's repository again",
    ],
    ['{}', 'config.model_type: expected one of bamba, '],
    [
      '{"model_type": "rwkv7"}',
      'got "rwkv7"; the layout of other architectures is not known: give their facts to ModelArchitecture.of, and the size of their weights on disk as weightsSize',
    ],
    ['{"text_config": {"model_type": 5}}', 'config.text_config.model_type: expected one of bamba, '],
  ])('%s', (config, problem) => {
    const problems = problemsOf(config);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  test('a deploy-time value is refused', () => {
    expect(problemsOf(Lazy.string({ produce: () => configText('qwen3-8b') }))).toEqual([
      'config: expected the text of a config.json, got a deploy-time value; it decides the placement, so it must be known at synth',
    ]);
  });

  test('one error names every field that is missing or malformed', () => {
    const config = changedConfig('qwen3-8b', {
      hidden_size: undefined,
      num_hidden_layers: '36',
      vocab_size: 1.5,
      intermediate_size: -1,
      tie_word_embeddings: 'no',
    });
    const advice = "take the file from the model's repository as it is published";
    expect(problemsOf(config)).toEqual([
      `config.hidden_size: expected a whole number from 1, got nothing; ${advice}`,
      `config.num_hidden_layers: expected a whole number from 1, got "36"; ${advice}`,
      `config.vocab_size: expected a whole number from 1, got 1.5; ${advice}`,
      `config.intermediate_size: expected a whole number from 1, got -1; ${advice}`,
      `config.tie_word_embeddings: expected true or false, got "no"; ${advice}`,
    ]);
  });

  test.each<[string, string, Record<string, unknown>, string]>([
    [
      'key/value heads that share out no heads',
      'qwen3-8b',
      { num_key_value_heads: 5 },
      'config.num_key_value_heads: expected a divisor of the 32 attention heads, got 5',
    ],
    [
      'heads that do not divide the hidden state',
      'llama-3.1-8b',
      { num_attention_heads: 24 },
      'config.num_attention_heads: expected a divisor of hidden_size 4096, as there is no head_dim, got 24',
    ],
    [
      'layer types for other layers',
      'gpt-oss-20b',
      { num_hidden_layers: 36 },
      'config.layer_types: expected a type for each of 36 layers, got 24',
    ],
    [
      'unknown layer types',
      'qwen3-0.6b',
      { layer_types: Array.from({ length: 28 }, () => 'linear_attention') },
      'config.layer_types: expected full_attention, sliding_attention or chunked_attention, got "linear_attention"; give the facts',
    ],
    [
      'layer types that are no list',
      'qwen3-0.6b',
      { layer_types: 'full_attention' },
      'config.layer_types: expected a list of strings, got "full_attention"',
    ],
    [
      'more experts for a token than there are',
      'mixtral-8x7b',
      { num_experts_per_tok: 9 },
      'config.num_experts_per_tok: expected at most the 8 experts, got 9',
    ],
    [
      'layers without experts that are no list',
      'qwen3-30b-a3b',
      { mlp_only_layers: [0.5] },
      'config.mlp_only_layers: expected a list of whole numbers, got [0.5]',
    ],
    [
      'no latent rank',
      'deepseek-v3',
      { kv_lora_rank: null },
      'config.kv_lora_rank: expected a whole number from 1, got nothing',
    ],
    [
      'a quantization that is no object',
      'qwen3-8b',
      { quantization_config: 'fp8' },
      'config.quantization_config: expected an object, got "fp8"',
    ],
    [
      'no window where layers slide',
      'gpt-oss-20b',
      { sliding_window: null },
      'config.sliding_window: expected a whole number from 1, got nothing',
    ],
    [
      'an image encoder without layers',
      'qwen3-vl-8b',
      { vision_config: { hidden_size: 1152, patch_size: 16 } },
      'config.vision_config.num_hidden_layers: expected a whole number from 1, got nothing',
    ],
    [
      'an encoder without a vocabulary',
      'bge-m3',
      { vocab_size: undefined },
      'config.vocab_size: expected a whole number from 1, got nothing',
    ],
  ])('%s', (_, file, changes, problem) => {
    expect(problemsOf(changedConfig(file, changes))).toEqual([expect.stringContaining(problem)]);
  });

  test('fields of a text_config are named with it', () => {
    expect(problemsOf(changedConfig('qwen3-vl-8b', { text_config: { model_type: 'qwen3_vl_text' } }))[0]).toContain(
      'config.text_config.hidden_size: expected a whole number from 1, got nothing',
    );
  });
});

describe('ModelArchitecture.of', () => {
  const facts = {
    name: 'ours',
    parameters: 8030261248,
    layers: 32,
    hiddenSize: 4096,
    attentionHeads: 32,
    kvHeads: 8,
    vocabularySize: 128256,
    maxContextTokens: 131072,
  };

  test('asks for the state of layers without keys and values, and counts it for each sequence', () => {
    expect(() => ModelArchitecture.of({ ...facts, attentionLayers: 8 })).toThrow(
      /^stateBytes: expected the bytes that the 24 layers without keys and values keep of a sequence, got none; /,
    );
    const { _shape: shape } = ModelArchitecture.of({ ...facts, attentionLayers: 8, stateBytes: 1e6 });
    expect(sequenceCacheBytes(shape, 4096, { tensor: 2, pipeline: 1 }, 2)).toBe(8 * 4096 * (2 * 8 * 128) + 1e6);
  });

  test('has the sizes it is given', () => {
    expect(ModelArchitecture.of(facts)).toMatchObject({
      parameters: 8030261248,
      activeParameters: 8030261248,
      kvBytesPerToken: 32 * (2 * 8 * 128) * 2,
      headDim: 128,
    });
    expect(
      ModelArchitecture.of({
        ...facts,
        activeParameters: 3e9,
        attentionLayers: 8,
        stateBytes: 1e6,
        headDim: 64,
        precision: Precision.FP8,
      }),
    ).toMatchObject({
      parameters: 8030261248,
      activeParameters: 3e9,
      kvBytesPerToken: 8 * (2 * 8 * 64) * 2,
      publishedPrecision: Precision.FP8,
    });
  });

  test('names every impossible fact', () => {
    expect(() => ModelArchitecture.of({ ...facts, parameters: 0, layers: 1.5 })).toThrow(
      /^parameters: expected a whole number from 1, got 0; .*\nlayers: expected a whole number from 1, got 1\.5; /,
    );
    expect(() =>
      ModelArchitecture.of({ ...facts, parameters: 1e6, activeParameters: 2e6, kvHeads: 5, attentionLayers: 33 }),
    ).toThrow(
      /^parameters: expected more than the embeddings .*\nactiveParameters: expected at most 1000000, .*\nkvHeads: expected a divisor of the 32 attention heads, got 5; .*\nattentionLayers: expected at most 32, got 33/,
    );
  });
});
