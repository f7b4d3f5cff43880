import { KnownModels } from '../../../../constructs/placement';
import { SpeculativeMethod, WeightQuantization } from '../../../../constructs/serving';
import { staging } from '../../../../environments';
import type { EnvironmentConfig } from '../../../../lib/environment/environment-config';
import type { ModelConfig } from '../../../../lib/environment/model/model-config';
import { weightsSizeOf } from '../../../../lib/environment/model/model-disk';
import { placementOf } from '../../../../lib/environment/model/model-placement';
import { modelProblems, resolvedModel } from '../../../../lib/environment/model/model-options';
import { planNodes } from '../../../../lib/environment/nodes/node-plan';

const [chat] = staging.models;
const GIB = 1024 ** 3;
const REVISION = 'b968826d9c46dd6066d109eabc6255188de91218';

/** The default of a model: nothing is said but what it is and where it runs. */
const modelOf = (repository: string, instanceType: string, changes: Partial<ModelConfig> = {}): ModelConfig => ({
  ...chat,
  repository,
  revision: REVISION,
  accelerator: instanceType,
  engine: { name: 'vllm' },
  placement: {},
  maxModelLen: undefined,
  gpus: undefined,
  ...changes,
});
const environmentOf = (model: ModelConfig): EnvironmentConfig => ({
  ...staging,
  weightsBucket: { name: 'weights', storageCidrs: ['10.20.0.0/16'] },
  models: [model],
});
const disk = (model: ModelConfig) =>
  modelProblems(model, environmentOf(model)).filter((problem) => problem.includes('cacheSize:'));
const cacheGib = (model: ModelConfig) => resolvedModel(model, environmentOf(model)).cacheSizeMib / 1024;
const imported = (delivery?: 'files' | 'stream', bytes?: number): Partial<ModelConfig> => ({
  weights: {
    path: `meta-llama/Llama-3.1-70B/${REVISION}/0123456789ab`,
    manifestSha256: 'ab'.repeat(32),
    delivery,
    bytes,
  },
});

/** The smallest instance type on which the default plan of a model exists. */
function placed(repository: string): ModelConfig {
  return ['g6e.xlarge', 'g6e.12xlarge', 'g6e.48xlarge', 'p5.48xlarge', 'p5en.48xlarge', 'p6-b200.48xlarge']
    .map((type) => modelOf(repository, type))
    .find((model) => placementOf(model, environmentOf(model)))!;
}

test.each(KnownModels.all().map(({ name }) => name))(
  'the default environment has a cache that holds %s',
  (repository) => {
    const model = placed(repository);
    const plan = placementOf(model, environmentOf(model))!;
    const bytes = plan.facts.memory.weights.toBytes() * plan.facts.tensorParallel * plan.facts.pipelineParallel;
    expect(cacheGib(model) * GIB).toBeGreaterThanOrEqual(1.05 * bytes);
    expect(disk(model)).toEqual([]);
    // The volume of a node holds it beside the images, and is not full then.
    const [{ volumeGib, accelerator }] = planNodes(environmentOf(model));
    expect(0.85 * volumeGib).toBeGreaterThanOrEqual(
      60 + cacheGib(model) * Math.floor(accelerator.gpus / (model.gpus ?? accelerator.gpus)),
    );
    const refusal = disk({ ...model, cacheSize: '1Gi' });
    if (bytes * 1.05 <= GIB) expect(refusal).toEqual([]);
    else
      expect(refusal).toEqual([
        expect.stringMatching(
          /^models\.\w+\.cacheSize: expected at least \d+ GiB for weights of [\d.]+ GiB, got 1 GiB; the pod would be evicted/,
        ),
      ]);
  },
);

test('SGLang downloads both copies of the weights that repositories of Mistral have, vLLM one', () => {
  const size = (engine: ModelConfig['engine'], changes: Partial<ModelConfig> = {}) => {
    const model = modelOf('mistralai/Mistral-7B-v0.3', 'g6e.xlarge', { engine, ...changes });
    return weightsSizeOf(model, environmentOf(model))!.toMebibytes();
  };
  expect(size({ name: 'sglang' }) / size({ name: 'vllm' })).toBeCloseTo(2, 3);
  expect(size({ name: 'sglang' }, imported())).toBe(size({ name: 'vllm' }));
});

describe('a model of 141 GB', () => {
  const large = (changes: Partial<ModelConfig> = {}) => modelOf('meta-llama/Llama-3.1-70B', 'g6e.48xlarge', changes);

  test('gets a cache that holds it, and its nodes a volume', () => {
    expect(cacheGib(large())).toBe(150);
    expect(planNodes(environmentOf(large()))).toMatchObject([{ volumeGib: 250 }]);
  });

  test('is refused with a smaller one, with the size that it needs', () => {
    expect(disk(large({ cacheSize: '100Gi' }))).toEqual([
      expect.stringContaining('cacheSize: expected at least 139 GiB for weights of 131.4 GiB, got 100 GiB'),
    ]);
    expect(disk(large({ cacheSize: '139Gi' }))).toEqual([]);
  });

  test('asks for nothing where it is streamed, and for what was imported otherwise', () => {
    expect(disk(large({ ...imported('stream', 141e9), cacheSize: '1Gi' }))).toEqual([]);
    expect(cacheGib(large(imported('stream', 141e9)))).toBe(100);
    expect(cacheGib(large(imported('files', 300e9)))).toBe(310);
    expect(disk(large({ ...imported(undefined, 300e9), cacheSize: '200Gi' }))).toEqual([
      expect.stringContaining('expected at least 294 GiB for weights of 279.4 GiB, got 200 GiB'),
    ]);
    // Without its bytes an import is as large as the model.
    expect(cacheGib(large(imported()))).toBe(150);
  });

  test('lies on the disk as it is published, also where the engine makes it smaller in memory', () => {
    const quantized = large({
      engine: { name: 'vllm', quantization: WeightQuantization.FP8 },
      placement: { precision: 'FP8' },
    });
    expect(weightsSizeOf(quantized, environmentOf(quantized))!.toMebibytes()).toBeGreaterThan(130 * 1024);
  });

  test('has its draft model and its adapters beside it', () => {
    const draft = large({
      engine: {
        name: 'vllm',
        speculativeDecoding: {
          method: SpeculativeMethod.DRAFT_MODEL,
          tokens: 4,
          draftModel: 'meta-llama/Llama-3.2-1B',
          draftRevision: REVISION,
        },
      },
    });
    const size = (model: ModelConfig) => weightsSizeOf(model, environmentOf(model))!.toMebibytes() / 1024;
    expect(size(draft) - size(large())).toBeGreaterThan(2);
    const adapter = (path: string) =>
      large({
        adapters: [
          {
            name: 'law',
            path,
            adapterConfig: JSON.stringify({
              base_model_name_or_path: 'meta-llama/Llama-3.1-70B',
              r: 64,
              lora_alpha: 16,
              target_modules: 'all-linear',
            }),
          },
        ],
      });
    // 64 × (2 × 8192 + …) numbers of 32 bits for each matrix: 3.1 GiB as it is published.
    expect(size(adapter('acme/law')) - size(large())).toBeGreaterThan(3.1);
    expect(size(adapter('/models/law'))).toBe(size(large()));
  });
});

test('each node of a replica keeps all weights', () => {
  const model = modelOf('meta-llama/Llama-3.1-405B', 'p5.48xlarge', { nodes: 2 });
  expect(placementOf(model, environmentOf(model))!.facts.nodesPerReplica).toBe(2);
  expect(cacheGib(model)).toBeGreaterThanOrEqual((1.05 * 811e9) / GIB);
});

test('what is not known asks for nothing', () => {
  const unknown = modelOf('example/model', 'g6e.xlarge');
  expect(cacheGib(unknown)).toBe(100);
  expect(disk({ ...unknown, cacheSize: '1Gi' })).toEqual([]);
  const gguf = modelOf('meta-llama/Llama-3.1-8B', 'g6e.xlarge', {
    engine: { name: 'llama-cpp', file: 'm-q4_k_m.gguf' },
    image: 'ghcr.io/ggml-org/llama.cpp:server-cuda-b11434',
  });
  expect(weightsSizeOf(gguf, environmentOf(gguf))).toBeUndefined();
});
