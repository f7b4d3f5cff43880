import { staging } from '../../environments';
import type { EnvironmentConfig, NewCluster } from '../../lib/environment/environment-config';
import type { ModelConfig } from '../../lib/environment/model/model-config';

const [chat] = staging.models;

/** A model with weights of its own, an adapter and a scaler. */
export const fullModel: ModelConfig = {
  ...chat,
  name: 'full',
  autoscaling: { minReplicas: 2, maxReplicas: 3 },
  weights: { path: `Qwen/Qwen3-8B/${chat.revision}/0123456789ab`, manifestSha256: 'a'.repeat(64) },
  adapters: [
    {
      name: 'law',
      path: '/models/law',
      adapterConfig:
        '{"base_model_name_or_path":"Qwen/Qwen3-8B","r":8,"lora_alpha":16,"target_modules":["q_proj","v_proj"]}',
    },
  ],
};

/** The same with weights that are streamed. */
export const streamedModel: ModelConfig = {
  ...fullModel,
  name: 'streamed',
  autoscaling: undefined,
  adapters: undefined,
  weights: { ...fullModel.weights!, delivery: 'stream' },
};

/** A model beyond one node. */
export const largeModel: ModelConfig = {
  ...chat,
  name: 'large',
  repository: 'meta-llama/Llama-3.1-405B',
  accelerator: 'p5.48xlarge',
  nodes: 2,
  maxModelLen: 8192,
  rollout: { ...chat.rollout, steps: [] },
  replicas: 1,
  timings: { startupBudget: '30m', expectedStartup: '900s' },
};

/** A model without a GPU, whose engine exports neither time to first token nor errors. */
export const cpuModel: ModelConfig = {
  ...chat,
  name: 'small',
  accelerator: undefined,
  placement: undefined,
  image: 'ghcr.io/ggml-org/llama.cpp:server-b11434',
  engine: { name: 'llama-cpp', file: 'qwen3-8b-q4_k_m.gguf' },
  resources: { cpus: 8, memory: '16Gi' },
  rollout: { ...chat.rollout, gates: { ...chat.rollout.gates, timeToFirstToken: false, errorRatio: false } },
};

/** An environment that uses what staging and production leave out. */
export const fullEnvironment: EnvironmentConfig = {
  ...staging,
  name: 'full',
  cluster: {
    create: {
      ...(staging.cluster as { create: NewCluster }).create,
      nodes: {
        provisioning: 'karpenter',
        types: {
          'g6e.xlarge': {
            capacity: { kind: 'spot' },
            imageAcceleration: 'soci',
            image: { operatingSystem: 'bottlerocket' },
            warmReplicas: 1,
          },
        },
      },
    },
  },
  weightsBucket: { name: 'llm-weights', storageCidrs: ['10.20.0.0/16'] },
  models: [fullModel, streamedModel, largeModel, cpuModel],
};
