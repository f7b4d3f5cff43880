import { Size } from 'aws-cdk-lib';
import { Accelerator } from '../../../constructs/gpu/accelerator';
import { KnownModels } from '../../../constructs/placement/architecture/known-models';
import { rankWeightBytes, weightsOf } from '../../../constructs/placement/memory-budget';
import { ModelArchitecture } from '../../../constructs/placement/architecture/model-architecture';
import { Placement } from '../../../constructs/placement/placement';
import { type PlacementProps } from '../../../constructs/placement/placement-props';
import { Precision } from '../../../constructs/placement/architecture/precision';
import { changedConfig, configText } from './architecture/published';
import { plan } from './plain-plan';

const GIB = 1024 ** 3;
const { P5_48XLARGE, P5EN_48XLARGE, P6_B200_48XLARGE, G7E_2XLARGE, G4DN_XLARGE, P4D_24XLARGE } = Accelerator;

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const quantized = (file: string, quantization_config: unknown, more: object = {}) =>
  ModelArchitecture.fromConfig(changedConfig(file, { quantization_config, ...more }), file);
const problems = (props: PlacementProps) => Placement._solve(props).problems;

/** All weights of a model as it is published, bytes. */
function total(model: ModelArchitecture): number {
  return weightsOf({
    shape: model._shape,
    precision: model.publishedPrecision ?? Precision.BF16,
    published: model._quantization,
  }).total;
}

/** Weights of a rank of a model as it is published, GiB; kernels fill experts up as Marlin's do. */
function rankGib(model: ModelArchitecture, tensor: number): number {
  const weights = weightsOf({
    shape: model._shape,
    precision: model.publishedPrecision ?? Precision.BF16,
    published: model._quantization,
  });
  return rankWeightBytes(weights, { tensor, pipeline: 1 }, { hidden: 256, width: 128 }) / GIB;
}

/** A scheme of llm-compressor's library for all linear modules. */
const groupOf = (weights: object, activations?: object, targets: readonly string[] = ['Linear']) => ({
  weights,
  input_activations: activations ?? null,
  targets,
});
const compressed = (
  weights: object,
  activations?: object,
  ignore: readonly string[] = ['lm_head'],
  format = 'pack-quantized',
) => ({
  quant_method: 'compressed-tensors',
  format,
  ignore,
  config_groups: { group_0: groupOf(weights, activations) },
});

const LINEAR_8B = 32 * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * 4096 * 14336);
const REST_8B = 8030261248 - LINEAR_8B;
const ATTENTION_8B = 32 * (2 * 4096 * 4096 + 2 * 4096 * 1024);

const ATTENTION_QWEN = 36 * (2 * 4096 * 4096 + 2 * 4096 * 1024);
const MLP_QWEN = 36 * 3 * 4096 * 12288;

/** Sizes of Qwen3.6-27B, as its file has them. */
const QWEN_27B = {
  model_type: 'qwen3_5',
  text_config: {
    model_type: 'qwen3_5_text',
    hidden_size: 5120,
    intermediate_size: 17408,
    num_hidden_layers: 64,
    num_attention_heads: 24,
    num_key_value_heads: 4,
    head_dim: 256,
    full_attention_interval: 4,
    linear_conv_kernel_dim: 4,
    linear_key_head_dim: 128,
    linear_num_key_heads: 16,
    linear_num_value_heads: 48,
    linear_value_head_dim: 128,
    max_position_embeddings: 262144,
    mtp_num_hidden_layers: 1,
    vocab_size: 248320,
  },
  tie_word_embeddings: false,
  vision_config: {
    model_type: 'qwen3_5_vision',
    depth: 27,
    hidden_size: 1152,
    in_channels: 3,
    intermediate_size: 4304,
    num_heads: 16,
    num_position_embeddings: 2304,
    out_hidden_size: 5120,
    patch_size: 16,
    spatial_merge_size: 2,
    temporal_patch_size: 2,
  },
};

/** Sizes of Qwen3.5-397B-A17B, and a list of AWQ by parts of names. */
const QWEN_397B_AWQ = {
  ...QWEN_27B,
  model_type: 'qwen3_5_moe',
  text_config: {
    ...QWEN_27B.text_config,
    model_type: 'qwen3_5_moe_text',
    hidden_size: 4096,
    num_hidden_layers: 60,
    num_attention_heads: 32,
    num_key_value_heads: 2,
    linear_num_value_heads: 64,
    moe_intermediate_size: 1024,
    num_experts: 512,
    num_experts_per_tok: 10,
    shared_expert_intermediate_size: 1024,
  },
  quantization_config: {
    quant_method: 'awq',
    bits: 4,
    group_size: 128,
    zero_point: true,
    modules_to_not_convert: [
      'model.layers.0.',
      'self_attn',
      'linear_attn',
      'shared_expert',
      'mlp.gate',
      'lm_head',
      'model.visual',
      'mtp',
    ],
  },
};

describe('what others measured is met within 2 %', () => {
  test.each<[string, ModelArchitecture, number, number]>([
    // vllm #23278: «Model loading took», one H100, Marlin kernels.
    ['gpt-oss-120b on one GPU', KnownModels.GPT_OSS_120B, 1, 65.9651],
    // vllm-fork #809 of HabanaAI: weights of each of eight ranks.
    ['Qwen3.5-397B in AWQ on one', ModelArchitecture.fromConfig(JSON.stringify(QWEN_397B_AWQ)), 1, 215.0],
    ['DeepSeek-R1 on eight', KnownModels.DEEPSEEK_V3, 8, 79.41],
  ])('%s', (_, model, tensor, measured) => {
    expect(Math.abs(rankGib(model, tensor) / measured - 1)).toBeLessThan(0.02);
  });

  test('the files of Kimi K2 Thinking: experts in 4 bits by groups of 32, the rest in 16', () => {
    // Its card says 594 GB.
    const model = quantized(
      'kimi-k2',
      compressed(
        { num_bits: 4, type: 'int', strategy: 'group', group_size: 32, symmetric: true, actorder: null },
        undefined,
        ['lm_head', 're:.*self_attn.*', 're:.*shared_experts.*', 're:.*mlp\\.(gate|up|gate_up|down)_proj.*'],
      ),
    );
    expect(Math.abs(total(model) / 594e9 - 1)).toBeLessThan(0.002);
    expect(model.publishedPrecision).toBe(Precision.INT4);
  });
});

describe('modules that a checkpoint leaves in 16 bits', () => {
  const names = (module: string) => numbers(32).map((index) => `model.layers.${index}.self_attn.${module}`);
  const attention = ['q_proj', 'k_proj', 'v_proj', 'o_proj'].flatMap(names);
  const halfAttention = LINEAR_8B - ATTENTION_8B + 2 * (ATTENTION_8B + REST_8B);
  const ofFp8 = (ignore: readonly string[], key = 'modules_to_not_convert') =>
    total(
      quantized('llama-3.1-8b', {
        quant_method: 'fp8',
        activation_scheme: 'dynamic',
        weight_block_size: [128, 128],
        [key]: ignore,
      }),
    );

  test.each<[string, readonly string[]]>([
    ['each by its name', attention],
    ['a module of each layer', numbers(32).map((index) => `model.layers.${index}.self_attn`)],
    ['a part of the name', ['self_attn']],
    ['a wildcard, as gpt-oss has it', ['model.layers.*.self_attn']],
    ['a wildcard for everything, as ModelOpt has it', numbers(32).map((index) => `model.layers.${index}.self_attn*`)],
    ['a regular expression', ['re:.*self_attn.*']],
    ['a regular expression of fused names', ['re:model\\.layers\\.\\d+\\.self_attn\\.(qkv|o)_proj$']],
    ['below another root', attention.map((name) => `language_model.${name}`)],
  ])('attention, by %s', (_, ignore) => {
    expect(ofFp8(['lm_head', ...ignore]) / halfAttention - 1).toBeLessThan(0.0003);
    expect(ofFp8(['lm_head', ...ignore])).toBeGreaterThan(halfAttention);
    expect(ofFp8(ignore, 'ignored_layers')).toBe(ofFp8(ignore));
  });

  test('what is no matrix of a layer changes nothing: heads, embeddings, norms, gates', () => {
    const whole = ofFp8([]);
    expect(
      ofFp8([
        'lm_head',
        'model.embed_tokens',
        'gate',
        'e_score_correction_bias',
        'model.layers.0.input_layernorm',
        'vision_tower',
      ]),
    ).toBe(whole);
    // As the file of Qwen3-30B-A3B-FP8 has it: norms and routers by name.
    expect(total(ModelArchitecture.fromConfig(configText('qwen3-30b-a3b-fp8'))) / 31.17e9 - 1).toBeLessThan(0.001);
  });

  test('a layer by its number, and no other that begins like it', () => {
    const layer = (LINEAR_8B / 32) * (1 - 4 / 128 ** 2);
    expect(ofFp8(['model.layers.1']) - ofFp8([])).toBeCloseTo(layer, -2);
    expect(ofFp8(['model.layers.1.*']) - ofFp8([])).toBeCloseTo(layer, -2);
  });

  test.each<[string, readonly string[], number]>([
    ['a part of a segment', ['attn'], ATTENTION_QWEN],
    ['a segment with its dots', ['.mlp.'], MLP_QWEN],
    ['a layer with its dot', ['model.layers.1.'], (ATTENTION_QWEN + MLP_QWEN) / 36],
    ['a segment', ['self_attn'], ATTENTION_QWEN],
  ])('a list of AWQ and of ModelOpt names parts of names: %s', (_, list, parameters) => {
    const awq = (modules_to_not_convert: readonly string[]) =>
      total(
        quantized('qwen3-8b', {
          quant_method: 'awq',
          bits: 4,
          group_size: 128,
          zero_point: true,
          modules_to_not_convert,
        }),
      );
    expect(awq(list) - awq([])).toBeCloseTo(parameters * (2 - (4 + (16 + 4) / 128) / 8), -4);
    const modelopt = (ignore: readonly string[]) =>
      total(quantized('qwen3-8b', { quant_method: 'modelopt', quant_algo: 'NVFP4', ignore }));
    expect(modelopt(list) - modelopt([])).toBeCloseTo(parameters * (2 - 0.5625), -4);
  });

  test('to engines experts are one module: a router that is left out leaves them quantized', () => {
    const awq = (modules_to_not_convert: readonly string[]) =>
      total(
        quantized('qwen3-30b-a3b', {
          quant_method: 'awq',
          bits: 4,
          group_size: 128,
          zero_point: true,
          modules_to_not_convert,
        }),
      );
    expect(awq(['mlp.gate', 'gate'])).toBe(awq([]));
    expect(awq(['mlp.experts'])).toBeGreaterThan(3 * awq([]));
  });

  test('a name of compressed-tensors is one module: those in it stay quantized', () => {
    // The files of a W4A16 of Qwen3.6-27B, whose list has each linear attention with its two small projections.
    const ignore = numbers(64)
      .filter((index) => index % 4 !== 3)
      .flatMap((index) =>
        ['', '.in_proj_a', '.in_proj_b'].map((part) => `model.language_model.layers.${index}.linear_attn${part}`),
      );
    const model = ModelArchitecture.fromConfig(
      JSON.stringify({
        ...QWEN_27B,
        quantization_config: compressed(
          { num_bits: 4, type: 'int', strategy: 'group', group_size: 128, symmetric: true },
          undefined,
          ['lm_head', 're:.*visual.*', ...ignore],
        ),
      }),
    );
    expect(Math.abs(total(model) / 18_698_467_264 - 1)).toBeLessThan(0.02);
  });

  test("Meta's FP8 of Llama 3.1 405B: feed-forward networks but those of the first and the last layer", () => {
    const left = numbers(126).map((index) => `model.layers.${index}.self_attn`);
    const ends = [0, 125].flatMap((index) =>
      ['gate_proj', 'up_proj', 'down_proj'].map((name) => `model.layers.${index}.mlp.${name}`),
    );
    const model = quantized('llama-3.1-405b', {
      quant_method: 'fbgemm_fp8',
      activation_scale_ub: 1200,
      modules_to_not_convert: ['lm_head', ...left, ...ends],
    });
    const mlp = 3 * 16384 * 53248;
    const scales = 124 * 4 * (2 * 53248 + 16384);
    expect(total(model)).toBeCloseTo(124 * mlp + scales + 2 * (405853388800 - 124 * mlp), -4);
    expect(model.publishedPrecision).toBe(Precision.FP8);
  });

  test("NVIDIA's NVFP4 of DeepSeek-V3.1: projections that compress stay in 16 bits, and the layer that guesses", () => {
    const left = numbers(61).flatMap((index) =>
      ['kv_a_proj_with_mqa', 'kv_b_proj', 'q_a_proj', 'q_b_proj'].map(
        (name) => `model.layers.${index}.self_attn.${name}`,
      ),
    );
    const model = quantized('deepseek-v3', {
      quant_method: 'modelopt',
      quantization: {
        quant_algo: 'NVFP4',
        kv_cache_quant_algo: 'FP8',
        group_size: 16,
        exclude_modules: ['lm_head', ...left, 'model.layers.61*'],
      },
    });
    const half = 61 * (7168 * 1536 + 1536 * 128 * 192 + 7168 * 576 + 512 * 128 * 256);
    const all = quantized('deepseek-v3', { quant_method: 'modelopt', quant_algo: 'NVFP4' });
    expect(total(model) - total(all)).toBeCloseTo(half * (2 - 0.5625), -3);
    expect(model._quantization?.method).toBe('modelopt_fp4');
    const guess = (architecture: ModelArchitecture) =>
      weight({
        model: architecture,
        accelerator: P6_B200_48XLARGE,
        tensorParallel: 8,
        maxModelLen: 4096,
        multiTokenPrediction: true,
      }) - weight({ model: architecture, accelerator: P6_B200_48XLARGE, tensorParallel: 8, maxModelLen: 4096 });
    expect(guess(model) / guess(all)).toBeGreaterThan(2);
  });

  test('schemes by the name of a module precede those for all', () => {
    const mixed = quantized('llama-3.1-8b', {
      quant_method: 'compressed-tensors',
      format: 'mixed-precision',
      ignore: ['lm_head'],
      config_groups: {
        group_0: groupOf({ num_bits: 4, type: 'int', strategy: 'channel' }),
        group_1: groupOf(
          { num_bits: 8, type: 'float', strategy: 'block', block_structure: [128, 128] },
          { num_bits: 8, type: 'float', dynamic: true },
          ['re:.*self_attn\\.(q|k|v|o)_proj$'],
        ),
      },
    });
    const scales = 32 * (2 * 14336 + 4096) * 2;
    expect(total(mixed)).toBeCloseTo(
      (LINEAR_8B - ATTENTION_8B) / 2 + scales + ATTENTION_8B * (1 + 4 / 128 ** 2) + REST_8B * 2,
      -2,
    );
    expect(mixed.publishedPrecision).toBe(Precision.INT4);
    // Both have to run.
    expect(problems({ model: mixed, maxModelLen: 4096, accelerator: P4D_24XLARGE, tensorParallel: 1 })[0]).toContain(
      'got FP8, which needs 8.9',
    );
  });

  test('where only named modules are quantized, all others are in 16 bits', () => {
    const model = quantized('llama-3.1-8b', {
      quant_method: 'modelopt',
      quant_algo: 'MIXED_PRECISION',
      quantized_layers: Object.fromEntries(
        numbers(32).map((index) => [`model.layers.${index}.mlp`, { quant_algo: 'W4A16_NVFP4', group_size: 16 }]),
      ),
    });
    expect(total(model)).toBeCloseTo((LINEAR_8B - ATTENTION_8B) * 0.5625 + 2 * (ATTENTION_8B + REST_8B), -2);
    expect(model.publishedPrecision).toBe(Precision.NVFP4_WEIGHT_ONLY);
  });
});

describe('groups that share a scale', () => {
  const qwen72b = {
    hidden_size: 8192,
    intermediate_size: 29568,
    num_hidden_layers: 80,
    num_attention_heads: 64,
    num_key_value_heads: 8,
    vocab_size: 152064,
    tie_word_embeddings: false,
  };
  const linear = 80 * (2 * 8192 * 8192 + 2 * 8192 * 1024 + 3 * 8192 * 29568);
  const awq = (group_size?: number) =>
    quantized('qwen2-7b', { quant_method: 'awq', bits: 4, group_size, zero_point: true, version: 'gemm' }, qwen72b);
  const gptq = (group_size?: number, bits = 4) =>
    quantized('qwen2-7b', { quant_method: 'gptq', bits, group_size, desc_act: false, sym: true }, qwen72b);
  const w4a16 = (strategy: string, group_size?: number) =>
    quantized('qwen2-7b', compressed({ num_bits: 4, type: 'int', strategy, group_size, symmetric: true }), qwen72b);
  const legal = (model: ModelArchitecture, tensorParallel: number) =>
    problems({ model, maxModelLen: 4096, accelerator: P5EN_48XLARGE, tensorParallel });

  // 29568 = 231 × 128.
  test.each<[string, ModelArchitecture, readonly number[]]>([
    ['AWQ by 128', awq(128), [1]],
    ['AWQ by 64', awq(64), [1, 2]],
    ['AWQ by 32', awq(32), [1, 2, 4]],
    ['AWQ by whole outputs', awq(-1), [1, 2, 4]],
    ['AWQ that does not say', awq(), [1]],
    ['GPTQ by 128', gptq(128), [1]],
    ['GPTQ by 32', gptq(32), [1, 2, 4]],
    ['GPTQ by whole outputs', gptq(-1), [1, 2, 4]],
    ['GPTQ that does not say', gptq(), [1]],
    ['llm-compressor by 128', w4a16('group', 128), [1]],
    ['llm-compressor by 32', w4a16('group', 32), [1, 2, 4]],
    ['llm-compressor by outputs', w4a16('channel'), [1, 2, 4]],
  ])('%s is cut into whole groups only', (_, model, ranks) => {
    for (const tensor of [1, 2, 4]) {
      const found = legal(model, tensor).filter((problem) => problem.startsWith('tensorParallel'));
      if (ranks.includes(tensor)) expect(found).toEqual([]);
      else
        expect(found).toEqual([
          expect.stringMatching(
            new RegExp(
              `^tensorParallel: expected matrices of 29568 that cut into parts of (128|64), .*got 29568 / ${tensor}; take one of ${ranks.join(', ')}\\b`,
            ),
          ),
        ]);
    }
  });

  test.each<[string, ModelArchitecture, number]>([
    ['AWQ by 32', awq(32), 0.5 + 2.5 / 32],
    ['AWQ by 64', awq(64), 0.5 + 2.5 / 64],
    ['AWQ by 128', awq(128), 0.5 + 2.5 / 128],
    ['AWQ that does not say', awq(), 0.5 + 2.5 / 128],
    ['GPTQ by 32', gptq(32), 0.5 + 2.5 / 32],
    ['3 bits', gptq(128, 3), 3 / 8 + 2.375 / 128],
    ['8 bits', gptq(32, 8), 1 + 3 / 32],
    ['llm-compressor by 32', w4a16('group', 32), 0.5 + 2 / 32],
  ])('%s: bytes of a weight with its share of scales', (_, model, bytes) => {
    const rest = model.parameters - linear;
    expect((total(model) - rest * 2) / linear).toBeCloseTo(bytes, 6);
  });

  test('whole outputs have a scale each', () => {
    const outputs = 80 * (8192 + 2 * 1024 + 8192 + 2 * 29568 + 8192);
    expect(total(awq(-1)) - total(w4a16('channel'))).toBeCloseTo(outputs / 2, -1);
    expect(total(w4a16('channel')) - (awq().parameters - linear) * 2 - linear / 2).toBeCloseTo(outputs * 2, -1);
  });

  test('weights in an order of their own take their places too', () => {
    const ordered = quantized('llama-3.1-8b', { quant_method: 'gptq', bits: 4, group_size: 128, desc_act: true });
    const plain = quantized('llama-3.1-8b', { quant_method: 'gptq', bits: 4, group_size: 128, desc_act: false });
    expect(total(ordered) - total(plain)).toBe(32 * (6 * 4096 + 14336) * 8);
  });
});

describe('blocks of FP8', () => {
  const activations = { num_bits: 8, type: 'float', strategy: 'group', group_size: 128, dynamic: true };
  const block = { num_bits: 8, type: 'float', strategy: 'block', dynamic: false };

  test.each<[string, unknown]>([
    ['fp8', { quant_method: 'fp8', activation_scheme: 'dynamic', weight_block_size: [128, 128] }],
    [
      'compressed-tensors with a list',
      compressed({ ...block, block_structure: [128, 128] }, activations, ['lm_head'], 'float-quantized'),
    ],
    [
      'compressed-tensors with a word',
      compressed({ ...block, block_structure: '128x128' }, activations, ['lm_head'], 'float-quantized'),
    ],
    [
      'compressed-tensors without the strategy',
      compressed(
        { ...block, strategy: undefined, block_structure: [128, 128] },
        activations,
        ['lm_head'],
        'float-quantized',
      ),
    ],
    ['compressed-tensors without the size', compressed(block, activations, ['lm_head'], 'float-quantized')],
    [
      'compressed-tensors with the size outside',
      { ...compressed(block, activations, ['lm_head'], 'float-quantized'), weight_block_size: [128, 128] },
    ],
    ['the older name of the field', undefined],
    ['ModelOpt', { quant_method: 'modelopt', quant_algo: 'fp8_pb_wo', ignore: ['lm_head'] }],
  ])('%s: no rank gets a part of one', (_, config) => {
    const model =
      config === undefined
        ? ModelArchitecture.fromConfig(
            changedConfig('qwen3-30b-a3b', {
              compression_config: compressed(
                { ...block, block_structure: [128, 128] },
                activations,
                [],
                'float-quantized',
              ),
            }),
          )
        : quantized('qwen3-30b-a3b', config);
    expect(model.publishedPrecision).toBe(Precision.FP8);
    const on = (tensorParallel: number) =>
      problems({ model, maxModelLen: 4096, accelerator: P5_48XLARGE, tensorParallel });
    expect(on(2)).toEqual([]);
    expect(on(4)[0]).toMatch(
      /^tensorParallel: expected matrices of 768 that cut into parts of 128, .*got 768 \/ 4; take one of 1, 2\b/,
    );
  });

  test('blocks of other sizes, and scales of a tensor or an output, are cut elsewhere', () => {
    const on = (config: unknown) =>
      problems({
        model: quantized('qwen3-30b-a3b', config),
        maxModelLen: 4096,
        accelerator: P5_48XLARGE,
        tensorParallel: 8,
      });
    expect(on({ quant_method: 'fp8', activation_scheme: 'dynamic', weight_block_size: [32, 32] })).toEqual([]);
    for (const strategy of ['tensor', 'channel'])
      expect(
        on(
          compressed(
            { ...block, strategy },
            { ...activations, strategy: 'token', group_size: undefined },
            ['lm_head'],
            'float-quantized',
          ),
        ),
      ).toEqual([]);
    expect(on({ quant_method: 'fp8', activation_scheme: 'static' })).toEqual([]);
  });
});

describe('methods', () => {
  const int8 = { num_bits: 8, type: 'int', strategy: 'channel' };
  const tokens = { num_bits: 8, type: 'int', strategy: 'token', dynamic: true };

  test.each<[string, unknown, Precision]>([
    [
      'bitsandbytes in 4 bits',
      {
        quant_method: 'bitsandbytes',
        load_in_4bit: true,
        bnb_4bit_quant_type: 'nf4',
        llm_int8_skip_modules: ['lm_head'],
      },
      Precision.BITSANDBYTES_4BIT,
    ],
    ['bitsandbytes in 8 bits, without its name', { load_in_8bit: true }, Precision.BITSANDBYTES_8BIT],
    ['8-bit integers, packed', compressed({ ...int8, strategy: 'group', group_size: 128 }), Precision.INT8_WEIGHT_ONLY],
    ['8-bit integers with activations', compressed(int8, tokens, ['lm_head'], 'int-quantized'), Precision.INT8],
    [
      'naive-quantized floats',
      compressed(
        { num_bits: 8, type: 'float', strategy: 'tensor' },
        { num_bits: 8, type: 'float', strategy: 'tensor' },
        ['lm_head'],
        'naive-quantized',
      ),
      Precision.FP8,
    ],
    ['naive-quantized integers', compressed(int8, tokens, ['lm_head'], 'naive-quantized'), Precision.INT8],
    [
      'float weights alone',
      compressed({ num_bits: 8, type: 'float', strategy: 'channel' }, undefined, ['lm_head'], 'naive-quantized'),
      Precision.FP8_WEIGHT_ONLY,
    ],
    [
      'mxfp4-pack-quantized',
      compressed(
        { num_bits: 4, type: 'float', strategy: 'group', group_size: 32 },
        undefined,
        ['lm_head'],
        'mxfp4-pack-quantized',
      ),
      Precision.MXFP4,
    ],
    [
      'nvfp4-pack-quantized',
      compressed(
        { num_bits: 4, type: 'float', strategy: 'tensor_group', group_size: 16 },
        { num_bits: 4, type: 'float', group_size: 16, dynamic: 'local' },
        ['lm_head'],
        'nvfp4-pack-quantized',
      ),
      Precision.NVFP4,
    ],
    [
      'NVFP4 weights alone',
      compressed(
        { num_bits: 4, type: 'float', strategy: 'tensor_group', group_size: 16 },
        undefined,
        ['lm_head'],
        'nvfp4-pack-quantized',
      ),
      Precision.NVFP4_WEIGHT_ONLY,
    ],
    ['what the library fills in', compressed({ num_bits: 4 }), Precision.INT4],
    [
      'Quark in FP8',
      {
        quant_method: 'quark',
        global_quant_config: { weight: { dtype: 'fp8_e4m3', qscheme: 'per_tensor' } },
        exclude: ['lm_head'],
      },
      Precision.FP8,
    ],
    [
      'Quark in MXFP4',
      {
        quant_method: 'quark',
        global_quant_config: { weight: { dtype: 'fp4', qscheme: 'per_group', group_size: 32 } },
      },
      Precision.MXFP4,
    ],
    [
      'torchao in 4 bits',
      {
        quant_method: 'torchao',
        quant_type: { default: { _type: 'Int4WeightOnlyConfig', _data: { group_size: 128 } } },
      },
      Precision.INT4,
    ],
    [
      'torchao as older versions write it',
      { quant_method: 'torchao', quant_type: 'int8_weight_only' },
      Precision.INT8_WEIGHT_ONLY,
    ],
    [
      'torchao in FP8',
      {
        quant_method: 'torchao',
        quant_type: { default: { _type: 'Float8DynamicActivationFloat8WeightConfig', _data: {} } },
      },
      Precision.FP8,
    ],
    [
      'AutoRound',
      { quant_method: 'auto-round', bits: 4, group_size: 128, sym: true, packing_format: 'auto_round:auto_gptq' },
      Precision.GPTQ,
    ],
    ['GPTQ in 3 bits', { quant_method: 'gptq', bits: 3, group_size: 128 }, Precision.GPTQ_3BIT],
    [
      'ModelOpt without its method',
      { quant_algo: 'FP8', producer: { name: 'modelopt' }, ignore: ['lm_head'], config_groups: {} },
      Precision.FP8,
    ],
    [
      'ModelOpt as hf_quant_config.json',
      { quant_method: 'modelopt', quantization: { quant_algo: 'FP8', exclude_modules: ['lm_head'] } },
      Precision.FP8,
    ],
    ['ModelOpt in MXFP8', { quant_method: 'modelopt', quant_algo: 'MXFP8' }, Precision.MXFP8],
  ])('%s is counted', (_, config, precision) => {
    const model = quantized('llama-3.1-8b', config);
    expect(model.publishedPrecision).toBe(precision);
    const bytes = (total(model) - REST_8B * 2) / LINEAR_8B;
    expect(bytes).toBeGreaterThanOrEqual(precision._weights.bits / 8);
    expect(bytes).toBeLessThan((precision._weights.bits / 8) * 1.2);
  });

  test.each<[string, unknown]>([
    [
      "one of AutoRound's modules",
      {
        quant_method: 'auto-round',
        bits: 4,
        group_size: 128,
        extra_config: { 'model.layers.0.mlp.down_proj': { bits: 16 } },
      },
    ],
    [
      "one of GPTQModel's modules",
      { quant_method: 'gptq', bits: 4, group_size: 128, dynamic: { '-:.*\\.layers\\.0\\.mlp\\.down_proj': {} } },
    ],
  ])('%s is left in 16 bits', (_, config) => {
    const whole = quantized('llama-3.1-8b', { quant_method: 'gptq', bits: 4, group_size: 128 });
    expect(total(quantized('llama-3.1-8b', config)) - total(whole)).toBeCloseTo(
      4096 * 14336 * (2 - 0.5 - 2.5 / 128),
      -2,
    );
  });

  test.each<[unknown, string]>([
    [{ quant_method: 'hqq', nbits: 4 }, 'quant_method "hqq"'],
    [{ quant_method: 'awq', bits: 8 }, 'awq with 8 bits'],
    [{ quant_method: 'gptq', bits: 2 }, 'gptq with 2 bits'],
    [{}, 'quant_method undefined'],
    [{ quant_method: 'modelopt', quant_algo: 'W4A8_AWQ' }, 'quant_algo W4A8_AWQ'],
    [{ quant_method: 'compressed-tensors', format: 'pack-quantized', config_groups: {} }, 'no config_groups'],
    [
      { ...compressed({ num_bits: 4 }), sparsity_config: { format: 'sparse-24-bitmask' } },
      'sparse weights in sparse-24-bitmask',
    ],
    [
      compressed({ num_bits: 4, type: 'int', strategy: 'group', group_size: 128 }, tokens),
      'int4 weights by "group" with quantized activations',
    ],
    [compressed({ num_bits: 4 }, undefined, ['re:(?P<name>x)']), 'Invalid regular expression'],
  ])('%j is not counted, and taken with its size', (config, what) => {
    const model = quantized('llama-3.1-8b', config);
    const props: PlacementProps = { model, maxModelLen: 8192, accelerator: Accelerator.G6E_XLARGE };
    expect(problems(props)).toEqual([
      expect.stringContaining(
        'weightsSize: expected the size of the weights on disk, got none for llama-3.1-8b, whose quantization is not counted (',
      ),
    ]);
    expect(problems(props)[0]).toContain(what);
    expect(plan({ ...props, weightsSize: Size.bytes(6e9) }).memory.weights).toBeCloseTo(6e9, -1);
  });
});

describe('formats and generations of GPUs', () => {
  const on = (capability: string) =>
    Accelerator.of({
      ...P5EN_48XLARGE,
      instanceType: 'test',
      gpu: `test-${capability}`,
      computeCapability: capability,
    });
  const generations = ['7.5', '8.0', '8.6', '8.9', '9.0', '10.0', '12.0'];

  test.each<[Precision, string]>([
    [Precision.BF16, '.######'],
    [Precision.FP16, '#######'],
    [Precision.FP8, '...####'],
    [Precision.FP8_WEIGHT_ONLY, '.######'],
    [Precision.MXFP8, '.....##'],
    [Precision.INT8, '#####..'],
    [Precision.INT8_WEIGHT_ONLY, '.######'],
    [Precision.INT4, '.######'],
    [Precision.AWQ, '#######'],
    [Precision.GPTQ, '#######'],
    [Precision.GPTQ_3BIT, '#######'],
    [Precision.GPTQ_8BIT, '#######'],
    [Precision.BITSANDBYTES_4BIT, '#######'],
    [Precision.BITSANDBYTES_8BIT, '#######'],
    [Precision.NVFP4, '.....##'],
    [Precision.NVFP4_WEIGHT_ONLY, '.######'],
    [Precision.MXFP4, '.######'],
  ])('%j', (precision, runs) => {
    const found = generations.map((capability) =>
      problems({
        model: KnownModels.LLAMA_3_1_8B,
        precision,
        maxModelLen: 4096,
        accelerator: on(capability),
        tensorParallel: 1,
      }).length === 0
        ? '#'
        : '.',
    );
    expect(`${precision.name} ${found.join('')}`).toBe(`${precision.name} ${runs}`);
  });

  test('every precision is in the table', () => {
    expect(Precision.all()).toHaveLength(17);
  });

  test('INT8 on Blackwell is refused with its last generation', () => {
    for (const accelerator of [P6_B200_48XLARGE, G7E_2XLARGE]) {
      expect(
        problems({
          model: KnownModels.LLAMA_3_1_8B,
          precision: Precision.INT8,
          maxModelLen: 4096,
          accelerator,
          tensorParallel: 1,
        })[0],
      ).toMatch(/got INT8, which runs up to 9\.0; take another checkpoint or other GPUs/);
    }
  });

  test('a checkpoint runs with its weights alone in few bits where GPUs do not compute so', () => {
    const nvfp4 = quantized('llama-3.1-8b', { quant_method: 'modelopt', quant_algo: 'NVFP4', ignore: ['lm_head'] });
    const props: PlacementProps = { model: nvfp4, maxModelLen: 4096, accelerator: P5_48XLARGE, tensorParallel: 1 };
    expect(problems(props)[0]).toContain(
      'got NVFP4, which needs 10.0 or newer; use NVFP4 weight-only, which runs the same checkpoint, or other GPUs',
    );
    const alone = plan({ ...props, precision: Precision.NVFP4_WEIGHT_ONLY });
    expect(alone.memory.weights).toBe(plan({ ...props, accelerator: P6_B200_48XLARGE }).memory.weights);
    // Marlin kernels of SGLang begin at 8.0.
    expect(
      problems({
        model: KnownModels.LLAMA_3_2_1B,
        precision: Precision.FP8,
        maxModelLen: 4096,
        accelerator: G4DN_XLARGE,
      })[0],
    ).toContain('got FP8, which needs 8.9 or newer; take another checkpoint or other GPUs');
  });
});

function weight(props: PlacementProps): number {
  return plan(props).memory.weights;
}
