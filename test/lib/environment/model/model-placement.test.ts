import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { staging } from '../../../../environments';
import { SpeculativeMethod, WeightQuantization } from '../../../../constructs/serving';
import type { EngineConfig } from '../../../../lib/environment/model/engine-config';
import type { ModelConfig } from '../../../../lib/environment/model/model-config';
import { placementOf, placementProblems } from '../../../../lib/environment/model/model-placement';
import type { PlacementConfig } from '../../../../lib/environment/model/placement-config';
import { changedConfig } from '../../../constructs/placement/architecture/published';

const [chat] = staging.models;
const GIB = 1024 ** 3;

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'configs-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** A file of a published model with other fields. */
function file(name: string, changes: object = {}): string {
  const configFile = path.join(
    folder,
    `${name}-${Buffer.from(JSON.stringify(changes)).toString('hex').slice(-24)}.json`,
  );
  fs.writeFileSync(configFile, changedConfig(name, { ...changes }));
  return configFile;
}

const base: ModelConfig = {
  ...chat,
  repository: 'example/model',
  accelerator: 'p6-b200.48xlarge',
  gpus: 1,
  maxModelLen: 8192,
  replicas: 1,
  placement: undefined,
  engine: undefined,
};
const problems = (model: Partial<ModelConfig>) => placementProblems({ ...base, ...model }, staging);
const weights = (model: Partial<ModelConfig>) =>
  placementOf({ ...base, ...model }, staging)?.facts.memory.weights.toBytes();

describe('what the file, the engine and the placement say of the weights', () => {
  const scheme = (weights: object, input_activations: object | null, format: string) => ({
    quant_method: 'compressed-tensors',
    format,
    ignore: ['lm_head'],
    config_groups: { group_0: { targets: ['Linear'], weights, input_activations } },
  });
  const FILES: Readonly<
    Record<
      string,
      {
        readonly config?: object;
        readonly quantization?: WeightQuantization;
        readonly precision: NonNullable<PlacementConfig['precision']>;
      }
    >
  > = {
    none: { precision: 'BF16' },
    fp8: {
      config: { quant_method: 'fp8', activation_scheme: 'dynamic' },
      quantization: WeightQuantization.FP8,
      precision: 'FP8',
    },
    int8: {
      config: scheme(
        { num_bits: 8, type: 'int', strategy: 'channel' },
        { num_bits: 8, type: 'int', strategy: 'token' },
        'int-quantized',
      ),
      quantization: WeightQuantization.INT8,
      precision: 'INT8',
    },
    awq: {
      config: { quant_method: 'awq', bits: 4, group_size: 128 },
      quantization: WeightQuantization.AWQ,
      precision: 'AWQ',
    },
    gptq: {
      config: { quant_method: 'gptq', bits: 4, group_size: 128 },
      quantization: WeightQuantization.GPTQ,
      precision: 'GPTQ',
    },
    nvfp4: {
      config: { quant_method: 'modelopt', quant_algo: 'NVFP4', ignore: ['lm_head'] },
      quantization: WeightQuantization.NVFP4,
      precision: 'NVFP4',
    },
    mxfp4: {
      config: scheme({ num_bits: 4, type: 'float', strategy: 'group', group_size: 32 }, null, 'mxfp4-pack-quantized'),
      precision: 'MXFP4',
    },
  };
  const QUANTIZATIONS = [undefined, ...Object.values(WeightQuantization)];
  const PRECISIONS = [undefined, 'BF16', 'FP8', 'INT8', 'AWQ', 'GPTQ', 'NVFP4', 'MXFP4'] as const;
  const ENGINES: Readonly<Record<string, (quantization?: WeightQuantization) => EngineConfig>> = {
    vllm: (quantization) => ({ name: 'vllm', quantization }),
    sglang: (quantization) => ({ name: 'sglang', quantization }),
  };
  const cells = Object.keys(FILES).flatMap((name) =>
    Object.keys(ENGINES).flatMap((engine) =>
      QUANTIZATIONS.map((quantization) => [name, engine, quantization] as const),
    ),
  );

  test.each(cells)('a file with %s on %s with quantization %s', (name, engine, quantization) => {
    const { config, quantization: own, precision: published } = FILES[name];
    const configFile = file('llama-3.1-8b', { quantization_config: config });
    for (const precision of PRECISIONS) {
      // INT8 runs on no Blackwell GPU: what is compared here is what is said.
      const found = problems({ engine: ENGINES[engine](quantization), placement: { configFile, precision } }).filter(
        (problem) => /^(placement\.precision: expected \w+( or none)?, (in which|got)|engine\.)/.test(problem),
      );
      const quantizationFits =
        quantization === undefined ||
        quantization === own ||
        (config === undefined && quantization === WeightQuantization.FP8);
      const loaded =
        config === undefined && quantization === WeightQuantization.FP8 && engine === 'vllm' ? 'FP8' : published;
      const precisionFits = precision === undefined || precision === loaded;
      expect([precision, found.some((problem) => problem.startsWith('engine.quantization: '))]).toEqual([
        precision,
        !quantizationFits,
      ]);
      expect([precision, found.some((problem) => problem.startsWith('placement.precision: '))]).toEqual([
        precision,
        !precisionFits,
      ]);
    }
  });

  test('other names of the same checkpoint say how GPUs compute', () => {
    const on = (name: string, precision: PlacementConfig['precision'], instanceType: string) =>
      problems({
        accelerator: instanceType,
        maxModelLen: 4096,
        placement: { configFile: file('llama-3.1-8b', { quantization_config: FILES[name].config }), precision },
      });
    expect(on('fp8', 'FP8_WEIGHT_ONLY', 'g5.xlarge')).toEqual([]);
    expect(on('nvfp4', 'NVFP4_WEIGHT_ONLY', 'g6e.xlarge')).toEqual([]);
    expect(on('none', 'FP16', 'g6e.xlarge')).toEqual([]);
    // FP8 that vLLM makes as it loads, on a GPU that does not compute in it.
    const made: Partial<ModelConfig> = {
      accelerator: 'g5.xlarge',
      maxModelLen: 4096,
      engine: { name: 'vllm', quantization: 'FP8' },
    };
    expect(
      problems({ ...made, placement: { configFile: file('llama-3.1-8b'), precision: 'FP8_WEIGHT_ONLY' } }),
    ).toEqual([]);
    expect(weights({ ...made, placement: { configFile: file('llama-3.1-8b') } })).toBeCloseTo(16060522496, -1);
    expect(on('fp8', undefined, 'g5.xlarge')[0]).toContain('use FP8 weight-only, which runs the same checkpoint,');
  });

  test('a setting that the engine refuses is told with the way out', () => {
    expect(
      problems({
        engine: { name: 'vllm', quantization: WeightQuantization.NVFP4 },
        placement: { configFile: file('llama-3.1-8b') },
      }),
    ).toEqual([
      'engine.quantization: expected FP8 or none for example/model, which is not quantized, got NVFP4; the engine quantizes to FP8 only, name a repository in NVFP4',
    ]);
    expect(
      problems({
        engine: { name: 'sglang', quantization: WeightQuantization.FP8 },
        placement: { configFile: file('llama-3.1-8b', { quantization_config: FILES.gptq.config }) },
      }),
    ).toEqual([
      "engine.quantization: expected none for example/model, which is published in GPTQ (gptq), got FP8; the engine reads the checkpoint's own and refuses another, leave it out",
    ]);
  });

  test('SGLang has all weights in 16 bits before it quantizes them', () => {
    const model: Partial<ModelConfig> = { engine: { name: 'sglang', quantization: 'FP8' } };
    expect(problems({ ...model, placement: { configFile: file('llama-3.1-8b'), precision: 'FP8' } })).toEqual([
      expect.stringMatching(
        /^placement\.precision: expected BF16 or none, got FP8; the engine has all weights in 16 bits before/,
      ),
    ]);
    expect(weights({ ...model, placement: { configFile: file('llama-3.1-8b') } })).toBeCloseTo(16060522496, -1);
  });

  test('TensorRT-LLM loads what is published, llama.cpp files of its own', () => {
    const placement: PlacementConfig = { configFile: file('llama-3.1-8b'), precision: 'AWQ' };
    expect(problems({ engine: { name: 'tensorrt-llm' }, placement })).toEqual([
      expect.stringMatching(/^placement\.precision: expected BF16, in which example\/model is published, got AWQ/),
    ]);
    expect(problems({ engine: { name: 'llama-cpp', file: 'model.gguf' }, placement })).toEqual([]);
  });

  test('a quantization that is not counted is taken with the size of the weights', () => {
    const configFile = file('llama-3.1-8b', { quantization_config: { quant_method: 'hqq', nbits: 4 } });
    expect(problems({ placement: { configFile } })).toEqual([
      expect.stringMatching(
        /^placement\.weightsSize: expected the size of the weights on disk, got none for example\/model, whose quantization is not counted \(quant_method "hqq"\); /,
      ),
    ]);
    expect(problems({ placement: { configFile, weightsSize: '6000Mi' } })).toEqual([]);
    expect(weights({ placement: { configFile, weightsSize: '6000Mi' } })).toBeCloseTo(6000 * 1024 ** 2, -1);
    // What is proved to fit is never less than what there is.
    expect(weights({ placement: { configFile, weightsSize: '6000.5Mi' } })).toBeCloseTo(6001 * 1024 ** 2, -1);
  });
});

describe('a model that guesses ahead', () => {
  const DRAFT = { tokens: 3, draftRevision: 'a'.repeat(40) };
  const drafted = (draftModel: string, method = SpeculativeMethod.DRAFT_MODEL) => ({ method, draftModel, ...DRAFT });
  const ENGINES: readonly (readonly [string, (speculativeDecoding: ReturnType<typeof drafted>) => EngineConfig])[] = [
    ['vllm', (speculativeDecoding) => ({ name: 'vllm', speculativeDecoding })],
    ['sglang', (speculativeDecoding) => ({ name: 'sglang', speculativeDecoding })],
  ];
  const llama = (engine?: EngineConfig, placement: PlacementConfig = {}): Partial<ModelConfig> => ({
    repository: 'meta-llama/Llama-3.1-8B',
    accelerator: 'g6e.xlarge',
    engine,
    placement,
  });

  test.each(ENGINES)('%s: one of the catalog is counted', (_, engineOf) => {
    const more = weights(llama(engineOf(drafted('meta-llama/Llama-3.2-1B'))))! - weights(llama())!;
    expect(more).toBeCloseTo(1235814400 * 2, -1);
  });

  test.each(ENGINES)('%s: another one needs its file', (_, engineOf) => {
    for (const name of ['meta-llama/Llama-3.2-1B-Instruct', 'meta-llama/Llama-3.2-3B', '/models/draft']) {
      expect(problems(llama(engineOf(drafted(name))))).toEqual([
        `placement.draftConfigFile: expected the config.json of ${name}, which is not in the catalog, got none; copy it from its repository, so that its memory is counted`,
      ]);
    }
    const engine = engineOf(drafted('meta-llama/Llama-3.2-1B-Instruct'));
    const draftConfigFile = file('llama-3.2-1b');
    expect(problems(llama(engine, { draftConfigFile }))).toEqual([]);
    expect(weights(llama(engine, { draftConfigFile }))! - weights(llama())!).toBeCloseTo(1235814400 * 2, -1);
    expect(weights(llama(engine, { draftConfigFile, draftWeightsSize: '1000Mi' }))! - weights(llama())!).toBeCloseTo(
      1000 * 1024 ** 2,
      -1,
    );
  });

  test.each(ENGINES)('%s: a head of EAGLE-3 has the context of its model', (_, engineOf) => {
    const draftConfigFile = file('llama-3.1-8b', { num_hidden_layers: 1, max_position_embeddings: 2048 });
    const engine = engineOf(drafted('example/eagle3', SpeculativeMethod.EAGLE3));
    expect(problems(llama(engine, { draftConfigFile }))).toEqual([]);
    expect(weights(llama(engine, { draftConfigFile }))).toBeGreaterThan(weights(llama())! + 2e9);
  });

  test.each<[string, EngineConfig]>([
    ['vLLM', { name: 'vllm', speculativeDecoding: { method: SpeculativeMethod.MTP, tokens: 1 } }],
    ['SGLang', { name: 'sglang', speculativeDecoding: { method: SpeculativeMethod.MTP, tokens: 1 } }],
    ['TensorRT-LLM', { name: 'tensorrt-llm', speculativeDecoding: { method: SpeculativeMethod.MTP, tokens: 1 } }],
  ])('%s: layers for further tokens are counted', (_, engine) => {
    const deepseek: Partial<ModelConfig> = {
      repository: 'deepseek-ai/DeepSeek-V3',
      accelerator: 'p5en.48xlarge',
      gpus: 8,
    };
    expect((weights({ ...deepseek, engine })! - weights(deepseek)!) / GIB).toBeGreaterThan(1.3);
    expect(problems(llama(engine))[0]).toMatch(
      /^engine\.speculativeDecoding\.method: expected a checkpoint with layers that guess further tokens/,
    );
  });

  test('repeats of the prompt take no memory', () => {
    const engine: EngineConfig = { name: 'vllm', speculativeDecoding: { method: SpeculativeMethod.NGRAM, tokens: 3 } };
    expect(weights(llama(engine))).toBe(weights(llama()));
  });
});

describe('a stretched context', () => {
  const configFile = () =>
    file('qwen3-8b', { rope_scaling: { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 32768 } });
  const of = (model: Partial<ModelConfig>) =>
    problems({ maxModelLen: 131072, placement: { configFile: configFile() }, ...model }).filter((problem) =>
      problem.includes('maxModelLen'),
    );
  const tooLong = [expect.stringContaining('expected at most 40960, the longest context of example/model, got 131072')];

  test.each<[string, Partial<ModelConfig>, unknown[]]>([
    ['an image of vLLM 0.18.1 multiplies', { image: 'vllm/vllm-openai:v0.18.1' }, []],
    ['one of 0.33.0 does not', { image: 'vllm/vllm-openai:v0.33.0' }, tooLong],
    [
      'the version that is given precedes the tag',
      { image: 'vllm/vllm-openai:v0.33.0', engine: { name: 'vllm', version: '0.18.1' } },
      [],
    ],
    ['without one, all must allow it', { image: 'example/engine:latest' }, tooLong],
    ['SGLang does not multiply', { image: 'lmsysorg/sglang:v0.5.9', engine: { name: 'sglang' } }, tooLong],
  ])('%s', (_, model, expected) => {
    expect(of(model)).toEqual(expected);
  });
});

describe('layers with a window', () => {
  // The sizes of gemma-3-27b's text model.
  const gemma: Partial<ModelConfig> = { accelerator: 'g6e.12xlarge', gpus: 2, maxModelLen: 131072 };
  const placement = () => ({
    configFile: file('gemma-3-1b', {
      hidden_size: 5376,
      intermediate_size: 21504,
      num_hidden_layers: 62,
      num_attention_heads: 32,
      num_key_value_heads: 16,
      head_dim: 128,
      sliding_window: 1024,
      max_position_embeddings: 131072,
    }),
  });

  test('vLLM gives up what lies before them', () => {
    expect(problems({ ...gemma, placement: placement() })).toEqual([]);
    expect(problems({ ...gemma, placement: placement(), engine: { name: 'vllm' } })).toEqual([]);
  });

  test.each<[string, EngineConfig]>([
    ['SGLang', { name: 'sglang' }],
    ['TensorRT-LLM', { name: 'tensorrt-llm' }],
  ])('%s keeps everything', (_, engine) => {
    expect(problems({ ...gemma, placement: placement(), engine })).toEqual([
      expect.stringMatching(/concurrency: expected room for 1 sequence/),
    ]);
  });
});

describe('adapters', () => {
  const adapter = (r: number, name = 'law') => ({
    name,
    path: `/models/${name}`,
    adapterConfig: JSON.stringify({
      base_model_name_or_path: 'example/model',
      r,
      lora_alpha: 16,
      target_modules: ['q_proj', 'v_proj'],
    }),
  });
  const large = (model: Partial<ModelConfig>): Partial<ModelConfig> => ({
    accelerator: 'p5.48xlarge',
    gpus: 4,
    placement: { configFile: file('llama-3.1-70b') },
    ...model,
  });
  const overhead = (model: Partial<ModelConfig>) =>
    placementOf({ ...base, ...large(model) }, staging)!.facts.memory.overhead.toBytes() -
    placementOf({ ...base, ...large({ engine: model.engine }) }, staging)!.facts.memory.overhead.toBytes();
  // Inputs and outputs of the seven matrices of each layer on one of four ranks, and embeddings and output matrix whole.
  const WIDTHS =
    80 * (8192 + 2048 + 2 * (8192 + 256) + 2 * (8192 + 7168) + (2048 + 8192) + (7168 + 8192)) + 2 * (128256 + 8192);

  test.each<[string, EngineConfig | undefined, readonly number[], number]>([
    ['vLLM, the highest rank', undefined, [8, 512], 512],
    ['vLLM, its own least rank', { name: 'vllm' }, [8], 16],
    ['vLLM, the next rank that it takes', { name: 'vllm' }, [48], 64],
    ['SGLang, eight of them', { name: 'sglang' }, [16], 8 * 16],
    ['SGLang, all of them', { name: 'sglang' }, [16, 16, 16, 16, 16, 16, 16, 16, 16], 9 * 16],
  ])('%s, is set aside on every rank', (_, engine, ranks, numbers) => {
    expect(overhead({ engine, adapters: ranks.map((rank, index) => adapter(rank, `law-${index}`)) })).toBeCloseTo(
      WIDTHS * numbers * 2,
      -1,
    );
  });

  test('the layers of 70B with rank 512 take about 6.4 GiB a rank', () => {
    expect(overhead({ adapters: [adapter(512)] }) / GIB).toBeGreaterThan(6.37);
    expect(overhead({ adapters: [adapter(512)] }) / GIB).toBeLessThan(6.7);
  });
});
