import { Duration, Lazy, Size, Stack, Token } from 'aws-cdk-lib';
import { Accelerator } from '../../../constructs/gpu/accelerator';
import { ReleaseProvider } from '../../../constructs/kubernetes/release-provider';
import { EngineImage } from '../../../constructs/models/engine-image';
import { GpuSharing } from '../../../constructs/nodes/gpu-sharing';
import { KnownModels } from '../../../constructs/placement/architecture/known-models';
import { Placement } from '../../../constructs/placement/placement';
import { type PlacementProps } from '../../../constructs/placement/placement-props';
import { RolloutStrategy } from '../../../constructs/rollout/rollout-strategy';
import {
  SglangEngine,
  TensorRtLlmEngine,
  TextEmbeddingsEngine,
  VllmEngine,
  type VllmEngineProps,
} from '../../../constructs/serving/engines';
import { fitProblems } from '../../../constructs/serving/model-fit';
import { type ModelOptions } from '../../../constructs/serving/model-options';
import { ModelService, type ModelServiceProps } from '../../../constructs/serving/model-service';
import { resolveModel } from '../../../constructs/serving/resolve-model';
import { testApp } from '../../support/app';
import { engineOf, find, IMAGE } from './model';

const planOf = (props: Partial<PlacementProps> = {}) =>
  Placement.plan({ model: KnownModels.QWEN3_8B, maxModelLen: 8192, accelerator: Accelerator.G6E_XLARGE, ...props });

/** A model whose place each test chooses. */
const OPTIONS: ModelOptions = {
  namespace: 'models',
  modelName: 'chat',
  model: { repository: 'Qwen/Qwen3-8B', revision: 'b968826d9c46dd6066d109eabc6255188de91218' },
  image: IMAGE,
  replicas: 4,
  timings: { startupBudget: Duration.minutes(10) },
};

const vllm = (props: Partial<VllmEngineProps>) => ({
  image: undefined,
  engine: new VllmEngine({ image: EngineImage.fromReference(IMAGE), ...props }),
});
const sglang = (props: object = {}) => ({
  image: undefined,
  engine: new SglangEngine({ image: EngineImage.fromReference('lmsysorg/sglang:v0.5.23'), ...props }),
});
const tensorRtLlm = {
  image: undefined,
  engine: new TensorRtLlmEngine({ image: EngineImage.fromReference('nvcr.io/nvidia/tensorrt-llm/release:1.3.0') }),
  rollout: RolloutStrategy.rolling(),
};
const embeddings = {
  image: undefined,
  engine: new TextEmbeddingsEngine({
    image: EngineImage.fromReference('ghcr.io/huggingface/text-embeddings-inference:89-1.9'),
  }),
  rollout: RolloutStrategy.rolling(),
};

function service(overrides: Partial<ModelServiceProps>): ModelService {
  const stack = new Stack(testApp(), 'Serving');
  const provider = ReleaseProvider.fromReleaseProviderAttributes(stack, 'Releases', {
    clusterName: 'test',
    platformServiceToken: 'platform',
    modelServiceToken: 'model',
  });
  return new ModelService(stack, 'Chat', { provider, ...OPTIONS, ...overrides });
}

const engine = (overrides: Partial<ModelServiceProps>) => engineOf(service(overrides).release.objects);
const problems = (overrides: Partial<ModelOptions>) => resolveModel({ ...OPTIONS, ...overrides }).problems;
const token = () => Token.asNumber(Lazy.number({ produce: () => 1 }));

describe('a placement', () => {
  test('decides the node, the GPUs, what a pod asks for and what the engine is told', () => {
    const placement = planOf({
      model: KnownModels.LLAMA_3_1_70B,
      accelerator: Accelerator.P5_48XLARGE,
      tensorParallel: 4,
      gpuMemoryUtilization: 0.85,
    });
    const { facts } = placement;
    const model = service({ placement });
    const { args, resources } = engineOf(model.release.objects);
    expect(args).toEqual(
      expect.arrayContaining(['--tensor-parallel-size=4', '--max-model-len=8192', '--gpu-memory-utilization=0.85']),
    );
    expect(resources?.requests).toMatchObject({
      cpu: String(facts.podCpus),
      memory: `${(facts.podMemory.toMebibytes() + 8192) / 1024}Gi`,
      'nvidia.com/gpu': '4',
    });
    const { spec } = find(model.release.objects, 'Rollout').spec.template;
    expect(spec.nodeSelector).toEqual({ 'llm-platform.dev/accelerator': 'p5.48xlarge' });
    expect(spec.volumes).toContainEqual({ name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '8Gi' } });
    expect(model.peakGpus).toBe(20);
  });

  test('makes the pod that the same GPUs and context make without it', () => {
    const engineWithContext = { maxModelLen: 8192 };
    expect(engine({ placement: planOf() })).toEqual(
      engine({ accelerator: Accelerator.G6E_XLARGE, ...engineWithContext }),
    );
    const [placement, gpus] = [
      planOf({ model: KnownModels.LLAMA_3_1_70B, accelerator: Accelerator.P5_48XLARGE, tensorParallel: 4 }),
      4,
    ];
    expect(engine({ placement })).toEqual(
      engine({ accelerator: Accelerator.P5_48XLARGE, gpus, cacheSize: Size.gibibytes(150), ...engineWithContext }),
    );
  });

  test('of several nodes makes groups, with layers divided between nodes', () => {
    const placement = planOf({
      model: KnownModels.LLAMA_3_1_405B,
      accelerator: Accelerator.P5_48XLARGE,
      maxNodes: 2,
      pipelineParallel: 2,
    });
    const model = service({ placement });
    const groups = (
      model.release.objects as {
        kind: string;
        spec: {
          leaderWorkerTemplate: { size: number; leaderTemplate: { spec: { containers: { args: string[] }[] } } };
        };
      }[]
    ).find(({ kind }) => kind === 'LeaderWorkerSet')!;
    expect(groups.spec.leaderWorkerTemplate.size).toBe(2);
    expect(groups.spec.leaderWorkerTemplate.leaderTemplate.spec.containers[0].args).toEqual(
      expect.arrayContaining(['--tensor-parallel-size=8', '--pipeline-parallel-size=2', '--nnodes=2']),
    );
    expect(model.peakGpus).toBe((4 + 1) * 16);
  });

  test("leaves resources of one's own in their place", () => {
    expect(
      engine({ placement: planOf(), resources: { cpus: 2, memory: Size.gibibytes(10) } }).resources?.requests,
    ).toMatchObject({ cpu: '2', memory: '10Gi' });
  });

  test('stands alone: what it decides may not be said again', () => {
    expect(problems({ placement: planOf(), accelerator: Accelerator.G6_XLARGE, gpus: 1, nodes: 2 })).toEqual([
      'accelerator: expected none beside placement, got one; the placement decides it, leave it out',
      'gpus: expected none beside placement, got one; the placement decides it, leave it out',
      'nodes: expected none beside placement, got one; the placement decides it, leave it out',
    ]);
    expect(problems({ placement: planOf(), gpus: token() })).toEqual([
      'gpus: expected none beside placement, got one; the placement decides it, leave it out',
    ]);
  });

  test.each([
    ['vLLM', { ...vllm({}), maxModelLen: 16384 }],
    ['SGLang', { ...sglang(), maxModelLen: 16384 }],
  ])('is held against the context of %s', (_, given) => {
    expect(problems({ placement: planOf(), ...given })).toEqual([
      'maxModelLen: expected at most the 8192 tokens of the placement, got 16384; serve a shorter context, or plan the placement with maxModelLen 16384',
    ]);
    expect(problems({ placement: planOf({ maxModelLen: 16384 }), ...given })).toEqual([]);
  });

  test('gives its context to every engine that says none', () => {
    expect(engine({ placement: planOf(), ...sglang() }).args).toContain('--context-length=8192');
    const config = find(service({ placement: planOf(), ...tensorRtLlm }).release.objects, 'ConfigMap').data!;
    expect(JSON.parse(Object.values(config)[0])).toMatchObject({ max_seq_len: 8192 });
    expect(engine({ placement: planOf(), maxModelLen: 4096 }).args).toContain('--max-model-len=4096');
    expect(problems({ placement: planOf({ model: KnownModels.BGE_M3 }), ...embeddings })).toEqual([]);
  });

  test('is refused where vLLM would take less memory than it counts with', () => {
    expect(problems({ placement: planOf(), ...vllm({ gpuMemoryUtilization: 0.8 }) })).toEqual([
      'engine.gpuMemoryUtilization: expected at least the 0.9 that the placement counts with, got 0.8; plan the placement with gpuMemoryUtilization 0.8',
    ]);
    expect(
      problems({ placement: planOf({ gpuMemoryUtilization: 0.8 }), ...vllm({ gpuMemoryUtilization: 0.8 }) }),
    ).toEqual([]);
  });

  test('does not judge deploy-time settings of the engine', () => {
    expect(problems({ placement: planOf(), maxModelLen: token(), ...vllm({ gpuMemoryUtilization: token() }) })).toEqual(
      [],
    );
  });

  test('on devices that no engine has a build for is refused', () => {
    expect(problems({ placement: planOf({ accelerator: Accelerator.TRN2_48XLARGE }) })).toContainEqual(
      expect.stringContaining('accelerator: expected an instance type with NVIDIA GPUs, got trn2.48xlarge'),
    );
  });
});

describe('a GPU that pods share', () => {
  const slices = { accelerator: Accelerator.G6E_2XLARGE, gpuSharing: GpuSharing.timeSlicing(2) };
  const parts = { accelerator: Accelerator.P5_48XLARGE, gpuSharing: GpuSharing.multiInstance(7) };

  test("by slices of time leaves each half of the node, and less than half of the GPU's memory", () => {
    const model = service(slices);
    const { args, resources } = engineOf(model.release.objects);
    expect(args).toContain('--gpu-memory-utilization=0.45');
    // g6e.2xlarge: 8 vCPUs and 64 GiB, three quarters of which are for two.
    expect(resources?.requests).toMatchObject({ cpu: '3', memory: '24Gi', 'nvidia.com/gpu': '1' });
    expect(model.peakGpus).toBe(3);
  });

  test("by parts leaves each its part of the node, and the engine what it has of the part's memory", () => {
    const { args, resources } = engine(parts);
    expect(args).toContain('--gpu-memory-utilization=0.9');
    // p5.48xlarge: 192 vCPUs and 2 TiB, three quarters of which are for 8 × 7.
    expect(resources?.requests).toMatchObject({ cpu: '2', memory: '27Gi', 'nvidia.com/gpu': '1' });
  });

  test.each([
    [0.5, 2],
    [0.9, 2],
    [0.34, 3],
  ])('refuses a share of %d for each of %d pods', (gpuMemoryUtilization, pods) => {
    const given = { ...slices, gpuSharing: GpuSharing.timeSlicing(pods), ...vllm({ gpuMemoryUtilization }) };
    expect(problems(given)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^engine.gpuMemoryUtilization: expected less than 1/${pods} on a GPU that ${pods} pods share, got ${gpuMemoryUtilization}; set 0\\.(45|3)$`,
        ),
      ),
    ]);
  });

  test("takes a share below the pod's own, and does not judge one of deploy time", () => {
    expect(problems({ ...slices, ...vllm({ gpuMemoryUtilization: 0.49 }) })).toEqual([]);
    expect(problems({ ...slices, ...vllm({ gpuMemoryUtilization: token() }) })).toEqual([]);
    expect(problems({ ...slices, gpus: token() })).toEqual([]);
  });

  test.each([
    ['SGLang', sglang({ memoryFraction: 0.4 })],
    ['TensorRT-LLM', tensorRtLlm],
  ])('by slices of time is refused for %s, which takes a share of what is free', (name, given) => {
    expect(problems({ ...slices, ...given })).toEqual([
      expect.stringContaining(
        `engine: expected one that takes a share of a GPU's memory on GPUs that 2 pods share by slices of time, got ${name}; `,
      ),
    ]);
    expect(problems({ ...parts, ...given })).toEqual([]);
  });

  test('takes an engine that needs no more than its model', () => {
    expect(problems({ ...slices, ...embeddings })).toEqual([]);
  });

  test('has one share for a replica, and an accelerator', () => {
    expect(
      problems({
        accelerator: Accelerator.G6_12XLARGE,
        gpus: 2,
        nodes: 2,
        gpuSharing: GpuSharing.timeSlicing(2),
        rollout: RolloutStrategy.rolling(),
      }),
    ).toEqual([
      'gpus: expected 1 of GPUs that pods share, got 2; give the model nodes whose GPUs are whole',
      'nodes: expected 1 with GPUs that pods share, got 2; give the model nodes whose GPUs are whole',
    ]);
    expect(
      problems({
        resources: { cpus: 2, memory: Size.gibibytes(8) },
        gpuSharing: GpuSharing.timeSlicing(2),
        ...embeddings,
      }),
    ).toEqual([
      'gpuSharing: expected an accelerator beside it, got none; name it, or leave gpuSharing out',
      expect.stringContaining('image: expected an image for CPUs'),
    ]);
  });

  test('fits a placement that was planned with its share, but no placement of whole GPUs', () => {
    const { gpuSharing } = slices;
    const placement = planOf({
      model: KnownModels.QWEN3_0_6B,
      gpuMemoryUtilization: 0.45,
      accelerator: Accelerator.G6E_2XLARGE,
    });
    expect(engine({ placement, gpuSharing }).resources?.requests).toMatchObject({ cpu: '3', memory: '24Gi' });
    expect(problems({ placement: planOf(), gpuSharing })).toEqual([
      'engine.gpuMemoryUtilization: expected less than 1/2 on a GPU that 2 pods share, got 0.9; set 0.45, in the placement too',
    ]);
    expect(
      problems({
        placement: planOf({ accelerator: Accelerator.P5_48XLARGE, tensorParallel: 1 }),
        gpuSharing: parts.gpuSharing,
      }),
    ).toEqual([
      'placement: expected none beside parts of a GPU, got one that counts with 81920 MiB a GPU; name accelerator and gpus instead',
    ]);
  });
});

describe('a compile cache', () => {
  const shared = { accelerator: Accelerator.G6E_XLARGE, compileCache: true };
  const variables = (overrides: Partial<ModelServiceProps>) =>
    Object.fromEntries((engine(overrides).env ?? []).map(({ name, value }) => [name, value]));

  test('is the claim of the model, and holds what vLLM compiles', () => {
    const model = service(shared);
    const { spec } = find(model.release.objects, 'Rollout').spec.template;
    expect(spec.volumes).toContainEqual({
      name: 'compile-cache',
      persistentVolumeClaim: { claimName: 'chat-compile-cache' },
    });
    expect(engineOf(model.release.objects).volumeMounts).toContainEqual({
      name: 'compile-cache',
      mountPath: '/compile-cache',
    });
    expect(variables(shared)).toMatchObject({
      VLLM_CACHE_ROOT: '/compile-cache/vllm',
      TRITON_CACHE_DIR: '/compile-cache/triton',
      TORCHINDUCTOR_CACHE_DIR: '/compile-cache/inductor',
      FLASHINFER_WORKSPACE_BASE: '/compile-cache/flashinfer',
      HF_HOME: '/cache/huggingface',
      HOME: '/cache',
    });
  });

  test('holds what SGLang and TensorRT-LLM compile', () => {
    expect(variables({ ...shared, ...sglang() })).toMatchObject({
      SGLANG_CACHE_DIR: '/compile-cache/sglang',
      TRITON_CACHE_DIR: '/compile-cache/triton',
      HF_HOME: '/cache/huggingface',
    });
    expect(variables({ ...shared, ...tensorRtLlm })).toMatchObject({
      TRITON_CACHE_DIR: '/compile-cache/triton',
      TORCHINDUCTOR_CACHE_DIR: '/compile-cache/inductor',
    });
  });

  test('is refused for an engine that compiles nothing', () => {
    expect(problems({ ...shared, ...embeddings })).toEqual([
      'compileCache: expected none for Text Embeddings Inference, got one; it compiles no kernels when it starts, leave it out',
    ]);
  });

  test('is not there unless it is asked for', () => {
    expect(JSON.stringify(service({ accelerator: Accelerator.G6E_XLARGE }).release.objects)).not.toMatch(
      /compile-cache|FLASHINFER/,
    );
  });

  test('takes a name of deploy time', () => {
    expect(problems({ ...shared, modelName: Lazy.string({ produce: () => 'chat' }) })).toEqual([]);
  });
});

describe('a model of the catalog without a placement', () => {
  const large = { model: { ...OPTIONS.model, repository: 'Qwen/Qwen3-32B' }, accelerator: Accelerator.G6E_XLARGE };

  /** What `ModelService` says of it. */
  const misfits = (overrides: Partial<ModelOptions>): string[] => {
    const options = { ...OPTIONS, ...overrides };
    return fitProblems(options, resolveModel(options).model);
  };

  test('is refused where it does not fit, and told what would', () => {
    expect(misfits(large)).toEqual([
      expect.stringMatching(
        /^accelerator: expected at least 63\.4 GiB a GPU for weights .* The cheapest that would fit: g7e\.2xlarge/,
      ),
    ]);
    expect(misfits({ accelerator: Accelerator.G6_XLARGE })).toEqual([
      expect.stringMatching(
        /^maxModelLen: expected room for 1 sequence of 40960 tokens, got 0 .* values; shorten the /,
      ),
    ]);
    expect(misfits({ accelerator: Accelerator.G6_XLARGE, maxModelLen: 8192 })).toEqual([]);
    expect(misfits({ accelerator: Accelerator.G6_12XLARGE, gpus: 3 })).toContainEqual(
      expect.stringMatching(/^gpus: expected a divisor of the 32 attention heads, got 3/),
    );
  });

  test('is told of its own options alone', () => {
    const wrong = [
      { accelerator: Accelerator.G6_XLARGE },
      { ...large, accelerator: Accelerator.G6_XLARGE },
      { accelerator: Accelerator.G6_12XLARGE, gpus: 2, nodes: 2 },
      { accelerator: Accelerator.G6_12XLARGE, gpus: 3 },
      { accelerator: Accelerator.G6E_XLARGE, maxModelLen: 99_999 },
    ];
    expect(wrong.map((options) => misfits(options).map((problem) => problem.split(':')[0]))).toEqual([
      ['maxModelLen'],
      ['accelerator'],
      ['gpus'],
      ['gpus'],
      ['maxModelLen'],
    ]);
    expect(wrong.flatMap(misfits).join('\n')).not.toMatch(/concurrency|precision|pipeline(Parallel|InNode)|tensorP/);
  });

  test('is not judged by what is not known', () => {
    for (const unknown of [
      vllm({}),
      { gpuSharing: GpuSharing.timeSlicing(2) },
      { maxModelLen: token() },
      { gpus: token() },
      { model: { ...OPTIONS.model, repository: 'acme/llm' } },
    ])
      expect(misfits({ ...large, ...unknown })).toEqual([]);
  });
});
