import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { staging } from '../../../../environments';
import {
  EmbeddingPrecision,
  type IInferenceEngine,
  LlamaCppEngine,
  SglangEngine,
  TensorRtLlmEngine,
  TextEmbeddingsEngine,
  VllmEngine,
  WeightQuantization,
} from '../../../../constructs/serving';
import type { EnvironmentConfig, NewCluster } from '../../../../lib/environment/environment-config';
import type { ModelConfig } from '../../../../lib/environment/model/model-config';
import { coldStartOf } from '../../../../lib/environment/model/model-cold-start';
import { placementOf, placementProblems } from '../../../../lib/environment/model/model-placement';
import { modelOptions } from '../../../../lib/environment/model/model-options';
import type { NodesConfig } from '../../../../lib/environment/nodes/node-config';
import { planNodes } from '../../../../lib/environment/nodes/node-plan';

const [chat] = staging.models;
const optionsOf = (model: Partial<ModelConfig>, environment: EnvironmentConfig = staging) =>
  modelOptions({ ...chat, ...model }, environment);

const withNodes = (nodes: NodesConfig): EnvironmentConfig => ({
  ...staging,
  cluster: { create: { ...(staging.cluster as { create: NewCluster }).create, nodes } },
});

test.each<[string, ModelConfig['engine'], new (props: never) => IInferenceEngine]>([
  ['vLLM', undefined, VllmEngine],
  ['SGLang', { name: 'sglang' }, SglangEngine],
  ['TensorRT-LLM', { name: 'tensorrt-llm' }, TensorRtLlmEngine],
  ['llama.cpp', { name: 'llama-cpp', file: 'qwen3-8b-q4_k_m.gguf' }, LlamaCppEngine],
  ['Text Embeddings Inference', { name: 'text-embeddings' }, TextEmbeddingsEngine],
])('the engine of a model is %s', (_, engine, type) => {
  expect(optionsOf({ engine }).engine).toBeInstanceOf(type);
});

test('budgets follow from the cold start where none are given', () => {
  const derived = { ...chat, timings: undefined };
  const estimate = coldStartOf(derived, staging)!;
  const { timings } = modelOptions(derived, staging);
  expect(timings?.startupBudget?.toSeconds()).toBe(estimate.startupBudget.toSeconds());
  expect(timings?.expectedStartup?.toSeconds()).toBe(estimate.expectedStartup.toSeconds());
  expect(estimate.startupBudget.toSeconds()).toBeGreaterThanOrEqual(600);
});

test('nodes that start on demand give pods the time that a node takes', () => {
  const environment = withNodes({ provisioning: 'karpenter' });
  expect(optionsOf({}, environment).timings?.capacityBudget?.toSeconds()).toBe(
    coldStartOf(chat, environment)!.capacityBudget.toSeconds(),
  );
  expect(optionsOf({}, withNodes({ provisioning: 'managed-groups' })).timings?.capacityBudget).toBeUndefined();
  const wait = (provisioning: NodesConfig['provisioning'], timings?: ModelConfig['timings']) =>
    optionsOf({ timings }, withNodes({ provisioning })).timings?.expectedNodeWait?.toSeconds();
  expect(wait('karpenter')).toBe(coldStartOf(chat, environment)!.capacityBudget.toSeconds() / 2);
  // Half of one that is given, and none where nodes are there at all times.
  expect(wait('karpenter', { capacityBudget: '15m' })).toBe(450);
  expect(wait('managed-groups', { capacityBudget: '15m' })).toBeUndefined();
});

test('streamed weights start sooner than those from the hub', () => {
  const weights = { path: 'a/b', manifestSha256: 'a'.repeat(64), delivery: 'stream' } as const;
  const seconds = (model: ModelConfig) => coldStartOf(model, staging)!.total.toSeconds();
  expect(seconds({ ...chat, weights })).toBeLessThan(seconds(chat));
});

test('a model on CPUs has neither accelerator nor nodes of its own, and no placement', () => {
  const model: ModelConfig = {
    ...chat,
    accelerator: undefined,
    resources: { cpus: 8, memory: '16Gi' },
    engine: { name: 'llama-cpp', file: 'm.gguf' },
  };
  const options = optionsOf(model);
  expect(options.accelerator).toBeUndefined();
  expect(options.resources?.memory.toMebibytes()).toBe(16 * 1024);
  expect(planNodes({ ...staging, models: [model] })).toEqual([]);
  expect(placementOf(model, staging)).toBeUndefined();
});

test('nodes are planned for the most replicas that autoscaling allows, on all nodes of each', () => {
  const scaled: ModelConfig = { ...chat, autoscaling: { minReplicas: 1, maxReplicas: 6 }, nodes: 2 };
  expect(planNodes({ ...staging, models: [scaled] })[0]).toMatchObject({
    pods: (6 + chat.rollout.maxSurge) * 2,
    nodes: (6 + chat.rollout.maxSurge) * 2,
  });
});

test('an engine that compiles nothing gets no compile cache', () => {
  const environment = withNodes({ compileCache: true });
  expect(optionsOf({}, environment).compileCache).toBe(true);
  expect(optionsOf({ engine: { name: 'text-embeddings' } }, environment).compileCache).toBe(false);
  expect(coldStartOf(chat, environment)!.total.toSeconds()).toBeLessThan(coldStartOf(chat, staging)!.total.toSeconds());
});

test('a slice of a GPU is what the placement counts', () => {
  const environment = withNodes({ types: { 'g6e.xlarge': { sharing: { strategy: 'time-slicing', podsPerGpu: 2 } } } });
  const model = { ...chat, placement: { concurrency: 1 } };
  expect(placementOf(model, environment)!.facts.gpuMemoryUtilization).toBe(0.45);
  expect(modelOptions(model, environment).gpuSharing?.podsPerGpu).toBe(2);
});

test('weights that the engine quantizes as it loads them may be counted so', () => {
  const fp8: ModelConfig = { ...chat, placement: { precision: 'FP8' } };
  const problems = (model: ModelConfig) =>
    placementProblems(model, staging).filter((line) => line.startsWith('placement.precision'));
  expect(problems(fp8)).toHaveLength(1);
  expect(problems({ ...fp8, engine: { name: 'vllm', quantization: WeightQuantization.FP8 } })).toEqual([]);
  expect(problems({ ...fp8, placement: { precision: 'FP16' } })).toEqual([]);
});

test('the smallest model has a cold start too', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'config-'));
  const configFile = path.join(folder, 'config.json');
  fs.writeFileSync(
    configFile,
    JSON.stringify({
      model_type: 'bert',
      vocab_size: 30522,
      max_position_embeddings: 512,
      type_vocab_size: 2,
      hidden_size: 384,
      intermediate_size: 1536,
      num_hidden_layers: 6,
      num_attention_heads: 12,
    }),
  );
  const model = { ...chat, repository: 'example/tiny', maxModelLen: 512, placement: { configFile } };
  expect(coldStartOf(model, staging)?.total.toSeconds()).toBeGreaterThan(0);
  fs.rmSync(folder, { recursive: true });
});

describe('the precision that is proved by default', () => {
  const on = (instanceType: string, changes: Partial<ModelConfig>) => {
    const model: ModelConfig = {
      ...chat,
      repository: 'Qwen/Qwen3-0.6B',
      accelerator: instanceType,
      maxModelLen: 2048,
      placement: {},
      ...changes,
    };
    return { problems: placementProblems(model, staging), precision: placementOf(model, staging)?.facts.precision };
  };

  test.each([
    ['vLLM without BF16 takes 16-bit floats', 'g4dn.xlarge', { name: 'vllm' }, 'FP16'],
    ['SGLang too', 'g4dn.xlarge', { name: 'sglang' }, 'FP16'],
    ['with BF16 it is that of the model', 'g6.xlarge', { name: 'vllm' }, 'BF16'],
    ['Text Embeddings Inference has no other', 'g4dn.xlarge', { name: 'text-embeddings' }, 'FP16'],
    ['nor on newer GPUs', 'g6.xlarge', { name: 'text-embeddings' }, 'FP16'],
  ] as const)('%s', (_, instanceType, engine, precision) => {
    expect(on(instanceType, { engine })).toEqual({ problems: [], precision });
  });

  test('of an embedding model on a T4', () => {
    expect(on('g4dn.xlarge', { repository: 'BAAI/bge-m3', engine: { name: 'text-embeddings' } })).toEqual({
      problems: [],
      precision: 'FP16',
    });
  });

  test('is worked out once for a model of an environment', () => {
    expect(placementOf(chat, staging)).toBeDefined();
    expect(placementOf(chat, staging)).toBe(placementOf(chat, staging));
    expect(placementOf({ ...chat }, staging)).not.toBe(placementOf(chat, staging));
  });

  test('floats of 32 bits take twice the memory', () => {
    const weights = (precision?: EmbeddingPrecision) =>
      placementOf(
        {
          ...chat,
          repository: 'BAAI/bge-m3',
          accelerator: 'g6.xlarge',
          maxModelLen: 2048,
          placement: {},
          engine: { name: 'text-embeddings', precision },
        },
        staging,
      )!.facts.memory.weights.toBytes();
    expect(weights(EmbeddingPrecision.FLOAT32) / weights()).toBeCloseTo(2, 2);
  });

  test('is that of a quantized checkpoint', () => {
    const { problems } = on('g4dn.xlarge', { repository: 'openai/gpt-oss-20b' });
    expect(problems[0]).toContain('got MXFP4, which needs 8.0 or newer');
  });
});
