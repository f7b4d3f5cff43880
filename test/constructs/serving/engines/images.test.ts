import { Lazy } from 'aws-cdk-lib';
import { Accelerator } from '../../../../constructs/gpu/accelerator';
import { EngineImage } from '../../../../constructs/models/engine-image';
import { CpuArchitecture } from '../../../../constructs/serving/engines';
import { type IInferenceEngine } from '../../../../constructs/serving/inference-engine';
import { instanceArchitecture } from '../../../../constructs/serving/engines/cpu-architecture';
import { image, llamaCpp, sglang, subject, tensorRtLlm, textEmbeddings, vllm } from './engine-subjects';

/** Devices of instance types, and none. */
const DEVICES: { readonly [name: string]: Accelerator | undefined } = {
  T4: Accelerator.G4DN_XLARGE,
  A100: Accelerator.fromInstanceType('p4d.24xlarge'),
  A10G: Accelerator.fromInstanceType('g5.xlarge'),
  L4: Accelerator.G6_XLARGE,
  L40S: Accelerator.G6E_XLARGE,
  H100: Accelerator.fromInstanceType('p5.4xlarge'),
  B200: Accelerator.fromInstanceType('p6-b200.48xlarge'),
  RTX: Accelerator.fromInstanceType('g7e.2xlarge'),
  CPU: undefined,
};
const GPUS = ['T4', 'A100', 'A10G', 'L4', 'L40S', 'H100', 'B200', 'RTX'];

const problemsOn = (engine: IInferenceEngine, device: string) => {
  const accelerator = DEVICES[device];
  return engine
    .problems(subject(accelerator ? { gpus: 1, computeCapability: accelerator.computeCapability } : { gpus: 0 }))
    .filter((problem) => /^(image|engine.architecture):/.test(problem));
};
const taking = (engine: IInferenceEngine) =>
  Object.keys(DEVICES).filter((device) => problemsOn(engine, device).length === 0);

describe('images of Text Embeddings Inference', () => {
  const tei = (tag: string, architecture?: CpuArchitecture) =>
    textEmbeddings({ image: image(`ghcr.io/huggingface/text-embeddings-inference:${tag}`), architecture });

  test.each<[string, string[]]>([
    ['turing-1.9', ['T4']],
    ['1.9', ['A100', 'A10G', 'L4', 'L40S']],
    // Code for 8.6 runs on 8.9 too: `compute_cap_matching` lets it.
    ['86-1.9', ['A10G', 'L4', 'L40S']],
    ['89-1.9', ['L4', 'L40S']],
    ['89-1.9.3', ['L4', 'L40S']],
    ['hopper-1.9', ['H100']],
    ['100-1.9', ['B200']],
    ['120-1.9', ['RTX']],
    ['cuda-1.9', GPUS],
    ['cpu-1.9', ['CPU']],
    ['xpu-ipex-1.9', []],
    ['hpu-1.9', []],
  ])('%s', (tag, devices) => {
    expect(taking(tei(tag))).toEqual(devices);
  });

  test('say what they are built for', () => {
    expect(problemsOn(tei('89-1.9'), 'A10G')).toEqual([
      'image: expected an image for compute capability 8.6, got ghcr.io/huggingface/text-embeddings-inference:89-1.9, which is built for 8.9; it ends when it starts, take the image for this GPU, or cuda-1.9, which holds several',
    ]);
    expect(problemsOn(tei('cpu-1.9'), 'L40S')).toEqual([
      expect.stringContaining('which is built for CPUs; the GPU would be paid and idle'),
    ]);
    expect(problemsOn(tei('89-1.9'), 'CPU')).toEqual([expect.stringContaining('expected an image for CPUs, got')]);
  });

  test('serve HTTP, on their architecture', () => {
    expect(problemsOn(tei('89-1.9-grpc'), 'L4')).toEqual([
      expect.stringContaining('expected an image that serves HTTP, got'),
    ]);
    expect(problemsOn(tei('cpu-arm64-1.9', CpuArchitecture.ARM64), 'CPU')).toEqual([]);
    expect(problemsOn(tei('cpu-arm64-1.9'), 'CPU')).toEqual([
      expect.stringMatching(/^engine.architecture: expected arm64 for .*, got none; /),
    ]);
    expect(problemsOn(tei('cpu-1.9', CpuArchitecture.ARM64), 'CPU')).toEqual([
      expect.stringMatching(/^engine.architecture: expected amd64 for .*, got arm64; /),
    ]);
  });

  test('of others are not judged, nor GPUs whose capability is not known', () => {
    expect(taking(textEmbeddings({ image: image('registry.example/my-embeddings:89-1.9') }))).toEqual([...GPUS, 'CPU']);
    expect(tei('89-1.9').problems(subject())).toEqual([]);
    expect(
      textEmbeddings({
        image: EngineImage.fromReference(Lazy.string({ produce: () => 'x' })),
        version: '1.9',
      }).problems(subject({ computeCapability: '7.5' })),
    ).toEqual([]);
  });
});

test.each<[string, IInferenceEngine, string[]]>([
  ['llama.cpp for CPUs', llamaCpp({ image: image('ghcr.io/ggml-org/llama.cpp:server-b11434') }), ['CPU']],
  ['llama.cpp for GPUs', llamaCpp({ image: image('ghcr.io/ggml-org/llama.cpp:server-cuda-b11434') }), GPUS],
  ['llama.cpp for CUDA 13', llamaCpp({ image: image('ghcr.io/ggml-org/llama.cpp:server-cuda13-b11434') }), GPUS],
  ['llama.cpp for ROCm', llamaCpp({ image: image('ghcr.io/ggml-org/llama.cpp:server-rocm-b11434') }), []],
  ['llama.cpp for Vulkan', llamaCpp({ image: image('ghcr.io/ggml-org/llama.cpp:server-vulkan-b11434') }), []],
  ['llama.cpp for Intel', llamaCpp({ image: image('ghcr.io/ggml-org/llama.cpp:server-intel-b11434') }), []],
  ['vLLM', vllm(), [...GPUS, 'CPU']],
  ['vLLM for CPUs', vllm({ image: image('vllm/vllm-openai-cpu:v0.32.0') }), ['CPU']],
  ['vLLM for CPUs, in ECR', vllm({ image: image('public.ecr.aws/q9t5s3a7/vllm-cpu-release-repo:v0.32.0') }), ['CPU']],
  ['vLLM for ROCm', vllm({ image: image('vllm/vllm-openai-rocm:v0.32.0') }), []],
  ['vLLM for Intel', vllm({ image: image('intel/vllm-xpu:v0.32.0') }), []],
  ['vLLM for Neuron', vllm({ image: image('public.ecr.aws/neuron/pytorch-inference-vllm-neuronx:v0.32.0') }), []],
  ['vLLM for TPUs', vllm({ image: image('vllm/vllm-tpu:v0.32.0') }), []],
  ['SGLang for CUDA', sglang({ image: image('lmsysorg/sglang:v0.5.23-cu130') }), [...GPUS, 'CPU']],
  ['SGLang for ROCm', sglang({ image: image('lmsysorg/sglang:v0.5.23-rocm720-mi35x') }), []],
  ['SGLang for Intel CPUs', sglang({ image: image('lmsysorg/sglang:v0.5.23-cpu') }), ['CPU']],
  ['SGLang for Xeon', sglang({ image: image('lmsysorg/sglang:v0.5.23-xeon') }), ['CPU']],
  ['SGLang for Ascend', sglang({ image: image('lmsysorg/sglang:v0.5.23-cann8.3.rc1-910b') }), []],
  ['SGLang for Ascend, by the chip alone', sglang({ image: image('registry.example/sglang:v0.5.23-910b') }), []],
  ['vLLM for Ascend', vllm({ image: image('quay.io/ascend/vllm-ascend:v0.32.0') }), []],
  ['llama.cpp without a server', llamaCpp({ image: image('ghcr.io/ggml-org/llama.cpp:light-b11434') }), []],
  [
    'llama.cpp without a server, for GPUs',
    llamaCpp({ image: image('ghcr.io/ggml-org/llama.cpp:light-cuda-b11434') }),
    [],
  ],
  ['TensorRT-LLM', tensorRtLlm(), [...GPUS, 'CPU']],
])('the image of %s', (_, engine, devices) => {
  expect(taking(engine)).toEqual(devices);
});

describe('images for one architecture', () => {
  const INSTANCES = ['g6.xlarge', 'p6-b200.48xlarge', 'g5g.xlarge', 'p6e-gb200.36xlarge'];
  const running = (engine: IInferenceEngine) =>
    INSTANCES.filter((instance) =>
      engine
        .problems(subject({ architecture: instanceArchitecture(instance) }))
        .every((problem) => !/^(image|engine.architecture):/.test(problem)),
    );
  const INTEL = INSTANCES.slice(0, 2);
  const ARM = INSTANCES.slice(2);

  test.each<[string, IInferenceEngine, string[]]>([
    ['vLLM', vllm(), INSTANCES],
    ['vLLM for Arm', vllm({ image: image('vllm/vllm-openai:v0.32.0-aarch64') }), ARM],
    ['vLLM for x86-64', vllm({ image: image('vllm/vllm-openai:v0.32.0-x86_64') }), INTEL],
    ['SGLang for Arm', sglang({ image: image('lmsysorg/sglang:v0.5.23-cu129-arm64') }), ARM],
    ['SGLang for x86-64', sglang({ image: image('lmsysorg/sglang:v0.5.23-cu129-amd64') }), INTEL],
    ['TensorRT-LLM for Arm', tensorRtLlm({ image: image('registry.example/tensorrt-llm-arm64:1.3.0') }), ARM],
    ['llama.cpp for Arm', llamaCpp({ image: image('registry.example/llama-server-arm64:server-b11434') }), ARM],
    [
      'Text Embeddings Inference',
      textEmbeddings({ image: image('ghcr.io/huggingface/text-embeddings-inference:cuda-1.9') }),
      INTEL,
    ],
  ])('%s', (_, engine, instances) => {
    expect(running(engine)).toEqual(instances);
  });

  test('say so', () => {
    expect(
      vllm({ image: image('vllm/vllm-openai:v0.32.0-aarch64') }).problems(subject({ architecture: 'amd64' })),
    ).toEqual([
      'image: expected an image for amd64, got vllm/vllm-openai:v0.32.0-aarch64, which is built for arm64; take the one for the processor of the instance type',
    ]);
  });
});
