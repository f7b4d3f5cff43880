import * as fs from 'node:fs';
import * as path from 'node:path';
import { Duration, Lazy, Size, Token } from 'aws-cdk-lib';
import { Accelerator } from '../../../constructs/gpu/accelerator';
import { KnownModels } from '../../../constructs/placement/architecture/known-models';
import { KvCachePrecision } from '../../../constructs/placement/kv-cache-precision';
import { ModelArchitecture } from '../../../constructs/placement/architecture/model-architecture';
import { Placement } from '../../../constructs/placement/placement';
import { type PlacementProps } from '../../../constructs/placement/placement-props';
import { Precision } from '../../../constructs/placement/architecture/precision';
import { configText } from './architecture/published';
import { plan } from './plain-plan';

const MIB = 1024 ** 2;
const {
  LLAMA_3_1_8B,
  LLAMA_3_1_70B,
  LLAMA_3_1_405B,
  LLAMA_3_2_1B,
  QWEN3_0_6B,
  QWEN3_8B,
  QWEN3_30B_A3B,
  DEEPSEEK_V3,
  GPT_OSS_20B,
  GPT_OSS_120B,
  BGE_M3,
} = KnownModels;
const QWEN3_30B_A3B_FP8 = ModelArchitecture.fromConfig(configText('qwen3-30b-a3b-fp8'), 'qwen3-30b-a3b-fp8');

const problems = (props: PlacementProps): string[] => Placement._solve(props).problems;
const small: PlacementProps = { model: LLAMA_3_1_8B, maxModelLen: 8192, accelerator: Accelerator.G6_XLARGE };
const token = () => Token.asNumber(Lazy.number({ produce: () => 1 }));

describe('the arithmetic of a plan', () => {
  test('an 8B model on an L4, added up by hand', () => {
    const { memory, ...facts } = plan(small);
    const overhead = 1024 * MIB + 8192 * (2 * 14336 + 4 * 4096) * 2 + 256 * 128256 * 4 * 2 + 131072 * 128 * 2;
    const cache = 22888 * MIB * 0.9 - 16060522496 - overhead;
    expect(memory.total).toBe(22888 * MIB);
    expect(memory.weights).toBe(16060522496);
    expect(memory.overhead).toBe(overhead);
    expect(memory.kvCache).toBeCloseTo(cache, -1);
    expect(facts).toMatchObject({
      model: 'meta-llama/Llama-3.1-8B',
      precision: 'BF16',
      kvCachePrecision: '16-bit',
      gpusPerNode: 1,
      tensorParallel: 1,
      pipelineParallel: 1,
      nodes: 1,
      kvCapacityTokens: Math.floor(cache / 131072),
      kvCapacitySequences: 3,
      hourlyUsd: 0.8048,
      sharedMemory: Size.mebibytes(1024),
      podCpus: 3,
      podMemory: Size.mebibytes(11264),
    });
  });

  test('tensor parallelism shares out weights and key/value heads', () => {
    const { memory, kvCapacityTokens } = plan({
      model: LLAMA_3_1_70B,
      maxModelLen: 8192,
      accelerator: Accelerator.P5_48XLARGE,
      tensorParallel: 4,
    });
    // Norms lie on every rank: two a layer and the last one.
    expect(memory.weights).toBeCloseTo((70553706496 * 2) / 4 + (3 / 4) * (80 * 2 + 1) * 8192 * 2, -1);
    expect(memory.overhead).toBe(
      (1024 + 392) * MIB + 8192 * ((2 * 28672) / 4 + 4 * 8192) * 2 + 256 * 128256 * 4 * 2 + 131072 * 128 * 2,
    );
    expect(kvCapacityTokens).toBe(Math.floor(memory.kvCache / ((80 * 2 * 8 * 128 * 2) / 4)));
  });

  test('key/value heads that are too few are repeated, a latent cache lies on every rank', () => {
    const moe = plan({
      model: QWEN3_30B_A3B,
      maxModelLen: 8192,
      accelerator: Accelerator.P5_48XLARGE,
      tensorParallel: 8,
    });
    expect(moe.kvCapacityTokens).toBe(Math.floor(moe.memory.kvCache / (48 * 2 * 1 * 128 * 2)));
    const latent = plan({ model: DEEPSEEK_V3, maxModelLen: 8192, accelerator: Accelerator.P5EN_48XLARGE });
    expect(latent).toMatchObject({ tensorParallel: 8, precision: 'FP8' });
    expect(latent.kvCapacityTokens).toBe(Math.floor(latent.memory.kvCache / (61 * 576 * 2)));
  });

  test('stages of a pipeline have whole layers, and one end of the model', () => {
    const { memory, ...facts } = plan({
      model: LLAMA_3_1_405B,
      maxModelLen: 8192,
      accelerator: Accelerator.P5_48XLARGE,
      maxNodes: 4,
      pipelineParallel: 4,
    });
    expect(facts).toMatchObject({
      tensorParallel: 8,
      pipelineParallel: 4,
      nodesPerReplica: 4,
      nodes: 4,
      gpusPerNode: 8,
      hourlyUsd: 220.16,
    });
    const ends = 128256 * 16384;
    // 126 layers in 4 stages: 32 in the fullest. The last norm counts among the layers.
    expect(memory.weights).toBeCloseTo(
      ((((405853388800 - 2 * ends) * 32) / 126 + ends) * 2) / 8 + (7 / 8) * (126 * 2 + 1) * (32 / 126) * 16384 * 2,
      -1,
    );
    expect(facts.kvCapacityTokens).toBe(Math.floor(memory.kvCache / (32 * 2 * 1 * 128 * 2)));
  });

  test.each([
    [Precision.FP16, 16060522496],
    // 32 layers of 218112000 - 2 × 4096 weights; scales of blocks; 16 bits for the rest.
    [Precision.FP8, 6979321856 * (1 + 4 / 16384) + 1050939392 * 2],
    [Precision.FP8_WEIGHT_ONLY, 6979321856 * (1 + 4 / 16384) + 1050939392 * 2],
    [Precision.AWQ, 6979321856 * (0.5 + 2.5 / 128) + 1050939392 * 2],
    [Precision.GPTQ, 6979321856 * (0.5 + 2.5 / 128) + 1050939392 * 2],
    [Precision.INT4, 6979321856 * (0.5 + 2 / 128) + 1050939392 * 2],
    [Precision.GPTQ_8BIT, 6979321856 * (1 + 3 / 128) + 1050939392 * 2],
    [Precision.NVFP4, 6979321856 * (0.5 + 1 / 16) + 1050939392 * 2],
  ])('weights of an 8B model in %p', (precision, bytes) => {
    const facts = plan({ ...small, accelerator: Accelerator.G7E_2XLARGE, precision });
    expect(facts.precision).toBe(precision.name);
    expect(facts.memory.weights).toBeCloseTo(bytes, -1);
  });

  test('weights of an 8B model in INT8 have a scale for each output', () => {
    const outputs = 32 * (4096 + 2 * 1024 + 4096 + 2 * 14336 + 4096);
    expect(
      plan({ ...small, accelerator: Accelerator.P5_4XLARGE, precision: Precision.INT8 }).memory.weights,
    ).toBeCloseTo(6979321856 + outputs * 4 + 1050939392 * 2, -1);
  });

  test('a pruned checkpoint takes the memory it is said to take', () => {
    expect(plan({ ...small, weightsSize: Size.bytes(8e9) }).memory.weights).toBeCloseTo(8e9, -1);
  });

  test('an 8-bit cache holds twice as much', () => {
    const half = plan({ ...small, accelerator: Accelerator.G6E_XLARGE });
    const eight = plan({ ...small, accelerator: Accelerator.G6E_XLARGE, kvCachePrecision: KvCachePrecision.FP8 });
    expect(Math.abs(eight.kvCapacityTokens - 2 * half.kvCapacityTokens)).toBeLessThanOrEqual(1);
  });

  test('a draft model brings its weights and its cache', () => {
    const alone = plan({ model: QWEN3_8B, maxModelLen: 8192, accelerator: Accelerator.G6E_XLARGE });
    const both = plan({
      model: QWEN3_8B,
      maxModelLen: 8192,
      accelerator: Accelerator.G6E_XLARGE,
      draft: { model: QWEN3_0_6B },
    });
    expect(both.draft).toBe('Qwen/Qwen3-0.6B');
    expect(both.memory.weights - alone.memory.weights).toBeCloseTo(596049920 * 2, -1);
    expect(both.kvCapacityTokens).toBe(Math.floor(both.memory.kvCache / (36 * 4096 + 28 * 4096)));
  });

  test('a draft model is not cut into stages', () => {
    const props: PlacementProps = {
      model: LLAMA_3_1_405B,
      maxModelLen: 8192,
      accelerator: Accelerator.P5_48XLARGE,
      maxNodes: 2,
      pipelineParallel: 2,
    };
    const drafted = plan({ ...props, draft: { model: LLAMA_3_2_1B } });
    expect(drafted.memory.weights - plan(props).memory.weights).toBeCloseTo(
      (1235814400 * 2) / 8 + (7 / 8) * (16 * 2 + 1) * 2048 * 2,
      -1,
    );
  });

  test('a model that embeds text has no cache, and one GPU', () => {
    const facts = plan({ model: BGE_M3 });
    expect(facts).toMatchObject({
      accelerator: { instanceType: 'g6.xlarge' },
      gpusPerNode: 1,
      kvCapacityTokens: 0,
      kvCapacitySequences: 0,
      memory: { kvCache: 0, weights: 567754752 * 2 },
    });
    expect(facts.estimatedTokensPerSecond).toBeUndefined();
  });

  test('Neuron chips are cut into logical cores', () => {
    const { memory, ...facts } = plan({ ...small, accelerator: Accelerator.TRN1_32XLARGE, tensorParallel: 8 });
    expect(facts).toMatchObject({
      gpusPerNode: 4,
      tensorParallel: 8,
      hourlyUsd: 21.5,
      estimatedTokensPerSecond: undefined,
    });
    expect(memory.total).toBe(16384 * MIB);
    expect(memory.weights).toBeCloseTo(16060522496 / 8 + (7 / 8) * (32 * 2 + 1) * 4096 * 2, -1);
  });
});

describe('the choice', () => {
  test.each<[string, PlacementProps, string, number]>([
    ['8B for a sequence', { model: LLAMA_3_1_8B, maxModelLen: 8192 }, 'g6.xlarge', 1],
    ['8B with its whole context', { model: LLAMA_3_1_8B }, 'g6e.xlarge', 1],
    ['gpt-oss-20b', { model: GPT_OSS_20B, maxModelLen: 8192 }, 'g6.xlarge', 1],
    ['gpt-oss-120b', { model: GPT_OSS_120B, maxModelLen: 8192 }, 'g7e.2xlarge', 1],
    ['70B in 16 bits', { model: LLAMA_3_1_70B, maxModelLen: 8192 }, 'g7e.12xlarge', 2],
    ['70B in FP8', { model: LLAMA_3_1_70B, maxModelLen: 8192, precision: Precision.FP8 }, 'g7e.2xlarge', 1],
    ['DeepSeek-V3', { model: DEEPSEEK_V3, maxModelLen: 8192 }, 'g7e.48xlarge', 8],
    [
      'a small model in 16-bit floats',
      { model: QWEN3_0_6B, precision: Precision.FP16, maxModelLen: 8192 },
      'g4dn.xlarge',
      1,
    ],
  ])('%s', (_, props, instanceType, gpus) => {
    expect(plan(props)).toMatchObject({ accelerator: { instanceType }, gpusPerNode: gpus });
  });

  test('only among the types that are given, the cheapest first', () => {
    const accelerators = [Accelerator.P5_48XLARGE, Accelerator.G5_12XLARGE, Accelerator.G6_12XLARGE];
    expect(
      plan({ model: LLAMA_3_1_8B, accelerators, concurrency: 16, maxModelLen: 8192 }).accelerator.instanceType,
    ).toBe('g6.12xlarge');
  });

  test('a type without a price comes last', () => {
    const unpriced = Accelerator.of({ ...Accelerator.G6E_XLARGE, hourlyUsd: undefined });
    expect(plan({ ...small, accelerator: undefined, accelerators: [unpriced, Accelerator.G6E_XLARGE] }).hourlyUsd).toBe(
      1.861,
    );
    expect(plan({ ...small, accelerator: undefined, accelerators: [unpriced] }).hourlyUsd).toBeUndefined();
  });

  test('one dear node may cost less than many cheap ones', () => {
    const one = Accelerator.of({ ...Accelerator.G6_XLARGE, instanceType: 'one', hourlyUsd: 1 });
    const four = Accelerator.of({ ...Accelerator.G6_12XLARGE, instanceType: 'four', hourlyUsd: 2 });
    const chosen = (replicas: number) =>
      plan({ ...small, accelerator: undefined, accelerators: [four, one], replicas });
    expect(chosen(1)).toMatchObject({ accelerator: { instanceType: 'one' }, hourlyUsd: 1 });
    expect(chosen(4)).toMatchObject({ accelerator: { instanceType: 'four' }, hourlyUsd: 2, nodes: 1 });
  });

  test('replicas share nodes', () => {
    // Four models of one L4 each fill a node of four.
    expect(plan({ ...small, accelerator: Accelerator.G6_12XLARGE, replicas: 4, tensorParallel: 1 })).toMatchObject({
      nodes: 1,
      hourlyUsd: 4.6016,
    });
    expect(plan({ ...small, accelerator: Accelerator.G6_12XLARGE, replicas: 5, tensorParallel: 1 })).toMatchObject({
      nodes: 2,
      hourlyUsd: 9.2032,
    });
  });

  test('a wanted speed takes a faster GPU', () => {
    const slow = plan({ model: LLAMA_3_1_8B, maxModelLen: 8192 });
    expect(slow.estimatedTokensPerSecond).toBeLessThan(20);
    const fast = plan({
      model: LLAMA_3_1_8B,
      maxModelLen: 8192,
      tokensPerSecond: 100,
      timeToFirstToken: Duration.millis(50),
    });
    expect(fast.estimatedTokensPerSecond).toBeGreaterThanOrEqual(100);
    expect(fast.estimatedTimeToFirstToken!.toMilliseconds({ integral: false }) / 1000).toBeLessThanOrEqual(0.05);
    expect(fast.hourlyUsd).toBeGreaterThan(slow.hourlyUsd!);
  });

  test('stages inside a node only where they are asked for, and only without NVLink', () => {
    const props: PlacementProps = { model: LLAMA_3_1_8B, maxModelLen: 8192, pipelineParallel: 4 };
    expect(problems({ ...props, accelerator: Accelerator.G6_12XLARGE })[0]).toMatch(
      /^pipelineParallel: expected ranks that 1 × g6\.12xlarge \(4 × l4\) has, got 4 stages; /,
    );
    expect(plan({ ...props, accelerator: Accelerator.G6_12XLARGE, pipelineInNode: true })).toMatchObject({
      tensorParallel: 1,
      pipelineParallel: 4,
      nodesPerReplica: 1,
      gpusPerNode: 4,
    });
    expect(problems({ ...props, accelerator: Accelerator.P5_48XLARGE, pipelineInNode: true })).toHaveLength(1);
  });
});

describe('the estimates', () => {
  test('a lone sequence on one GPU reads its weights and its cache', () => {
    const { estimatedTokensPerSecond } = plan(small);
    expect(estimatedTokensPerSecond).toBeCloseTo(1 / ((16060522496 + 8192 * 131072) / (300e9 * 0.8)), 6);
  });

  test('of experts a step reads those that a token of the batch is routed to', () => {
    const speed = (concurrency: number) =>
      plan({ model: QWEN3_30B_A3B, maxModelLen: 1024, concurrency, accelerator: Accelerator.G7E_2XLARGE })
        .estimatedTokensPerSecond;
    const cache = 1024 * 98304;
    expect(speed(1)).toBeCloseTo(1 / ((3353032704 * 2 + cache) / (1597e9 * 0.8)), 6);
    // 48 layers of 128 experts of three matrices; of two tokens a share of 1 - (1 - 8 / 128)² is passed.
    const experts = 48 * 128 * 3 * 2048 * 768;
    expect(speed(2)).toBeCloseTo(
      1 / (((30532122624 - experts * (120 / 128) ** 2) * 2 + 2 * cache) / (1597e9 * 0.8)),
      4,
    );
  });

  test('GPUs without NVLink exchange results through the PCIe bus', () => {
    const speed = (accelerator: Accelerator) =>
      plan({ ...small, accelerator, tensorParallel: 4 }).estimatedTokensPerSecond!;
    const read = (16060522496 + 8192 * 131072) / 4;
    const moved = 4096 * 2 * 2 * (3 / 4);
    expect(1 / speed(Accelerator.G6_12XLARGE)).toBeCloseTo(read / (300e9 * 0.8) + 64 * (10e-6 + moved / 32e9), 8);
    expect(1 / speed(Accelerator.P5_48XLARGE)).toBeCloseTo(read / (3350e9 * 0.8) + 64 * (10e-6 + moved / 450e9), 8);
  });

  test('a prompt takes its arithmetic', () => {
    const { estimatedTimeToFirstToken, promptTokens } = plan(small);
    expect(promptTokens).toBe(1024);
    expect(estimatedTimeToFirstToken!.toSeconds({ integral: false })).toBeCloseTo(
      (2 * 8030261248 * 1024 + 2 * 32 * 32 * 128 * 1024 ** 2) / (121e12 * 0.5),
      6,
    );
  });

  test('they are missing where figures of the GPU are', () => {
    const facts = {
      ...Accelerator.G6_XLARGE,
      gpu: 'new',
      memoryBandwidthGbPerSecond: undefined,
      halfPrecisionTflops: undefined,
    };
    expect(plan({ ...small, accelerator: Accelerator.of(facts) })).toMatchObject({
      estimatedTokensPerSecond: undefined,
      estimatedTimeToFirstToken: undefined,
    });
  });

  test('a format the GPU does not compute in has none', () => {
    expect(
      plan({ ...small, accelerator: Accelerator.G7_2XLARGE, precision: Precision.NVFP4 }).estimatedTokensPerSecond,
    ).toBeUndefined();
    expect(
      plan({ ...small, accelerator: Accelerator.G7E_2XLARGE, precision: Precision.NVFP4 }).estimatedTokensPerSecond,
    ).toBeGreaterThan(0);
  });
});

describe('toText', () => {
  test('is a proof, aligned', () => {
    expect(
      Placement.plan({ model: LLAMA_3_1_70B, maxModelLen: 8192, concurrency: 8, replicas: 2 }).toText(),
    ).toMatchInlineSnapshot(`
"meta-llama/Llama-3.1-70B, 70.55 billion parameters
  instance                g7e.12xlarge: 2 of 2 × rtx-pro-server-6000
  parallelism             tensor 2, pipeline 1
  precision               BF16, key/value cache 16-bit
  memory per GPU            96.00 GiB
    weights                 65.71 GiB
    key/value cache         18.09 GiB
    overhead                 2.60 GiB
    headroom                 9.60 GiB (utilization 0.9)
  cache holds             118582 tokens: 14 sequences of 8192, 8 asked for
  pod                     36 CPUs, 385024 MiB, /dev/shm 8192 MiB
  price                   16.57 USD/h for 2 nodes, 2 replicas
  first token (estimate)  0.397 s for a prompt of 1024
  speed (estimate)        15.2 tokens/s for each of 8"
`);
  });

  test('the README shows what its example prints', () => {
    const readme = fs.readFileSync(path.join(__dirname, '../../../constructs/placement/README.md'), 'utf8');
    const text = Placement.plan({
      model: LLAMA_3_1_8B,
      maxModelLen: 8192,
      concurrency: 16,
      maxHourlyUsd: 5,
    }).toText();
    expect(readme).toContain(`\`\`\`\n${text}\n\`\`\``);
  });

  test('says what only some plans have', () => {
    const text = Placement.plan({
      model: QWEN3_8B,
      maxModelLen: 4096,
      accelerator: Accelerator.TRN2_48XLARGE,
    }).toText();
    expect(text).toContain('memory per core');
    expect(text).toContain('unknown for 1 node, 1 replica');
    expect(text).not.toContain('estimate');
    expect(Placement.plan({ model: BGE_M3 }).toText()).not.toContain('cache holds');
    expect(Placement.plan({ model: QWEN3_8B, maxModelLen: 4096, draft: { model: QWEN3_0_6B } }).toText()).toContain(
      'draft model Qwen/Qwen3-0.6B',
    );
    expect(
      Placement.plan({ model: DEEPSEEK_V3, precision: Precision.BF16, maxModelLen: 8192, maxNodes: 2 }).toText(),
    ).toContain('on each of 2 nodes');
  });
});

describe('what always holds', () => {
  const models = KnownModels.all()
    .filter(({ encoder }) => !encoder)
    .map((model) => [model.name, model] as const);
  const context = (model: ModelArchitecture) => Math.min(8192, model.maxContextTokens);
  const onP5 = (model: ModelArchitecture, more: Partial<PlacementProps>) => ({
    model,
    maxModelLen: context(model),
    accelerator: Accelerator.P5EN_48XLARGE,
    ...more,
  });

  test.each(models)('%s: more GPUs never lessen the cache', (_, model) => {
    const capacities = [1, 2, 4, 8]
      .map((tensorParallel) => onP5(model, { tensorParallel }))
      .filter((props) => problems(props).length === 0)
      .map((props) => plan(props).kvCapacityTokens);
    expect(capacities.length).toBeGreaterThan(0);
    expect(capacities).toEqual([...capacities].sort((left, right) => left - right));
  });

  test.each(models)('%s: the parts of the memory add up', (_, model) => {
    const { memory } = plan({ model, maxModelLen: context(model) });
    expect(memory.weights + memory.kvCache + memory.overhead + memory.headroom).toBeCloseTo(memory.total, -2);
    expect(Math.min(...Object.values<number>(memory))).toBeGreaterThan(0);
  });

  test.each(models)('%s: a longer context never means more sequences, a higher utilization never fewer', (_, model) => {
    const sequences = [1024, 2048, 4096, 8192].map(
      (maxModelLen) => plan(onP5(model, { maxModelLen, maxNodes: 4 })).kvCapacitySequences,
    );
    expect(sequences).toEqual([...sequences].sort((left, right) => right - left));
    const fuller = [0.9, 0.92, 0.95].map(
      (gpuMemoryUtilization) =>
        plan(onP5(model, { gpuMemoryUtilization, maxNodes: 4, tensorParallel: 8 })).kvCapacitySequences,
    );
    expect(fuller).toEqual([...fuller].sort((left, right) => left - right));
  });

  test.each(models)('%s: asking for more is never cheaper, and what is chosen passes the check', (_, model) => {
    const prices = [1, 4, 16, 64].map((concurrency) => {
      const props: PlacementProps = { model, maxModelLen: context(model), concurrency, maxNodes: 4 };
      const facts = plan(props);
      expect(facts.kvCapacitySequences).toBeGreaterThanOrEqual(concurrency);
      expect(
        problems({
          ...props,
          accelerator: facts.accelerator,
          tensorParallel: facts.tensorParallel,
          pipelineParallel: facts.pipelineParallel,
          maxHourlyUsd: facts.hourlyUsd,
        }),
      ).toEqual([]);
      return facts.hourlyUsd!;
    });
    expect(prices).toEqual([...prices].sort((left, right) => left - right));
  });

  test('smaller formats never take more memory', () => {
    const sizes = [
      Precision.BF16,
      Precision.GPTQ_8BIT,
      Precision.FP8,
      Precision.NVFP4,
      Precision.AWQ,
      Precision.INT4,
      Precision.GPTQ_3BIT,
    ].map(
      (precision) =>
        plan(onP5(LLAMA_3_1_8B, { accelerator: Accelerator.P6_B200_48XLARGE, tensorParallel: 1, precision })).memory
          .weights,
    );
    expect(sizes).toEqual([...sizes].sort((left, right) => right - left));
  });

  test('no listed type that can do it costs less than the choice', () => {
    const props: PlacementProps = { model: QWEN3_30B_A3B, maxModelLen: 16384, concurrency: 4 };
    const chosen = plan(props).hourlyUsd!;
    const prices = Accelerator.knownInstanceTypes()
      .map((name) => ({ ...props, accelerator: Accelerator.fromInstanceType(name) }))
      .filter(({ accelerator }) => accelerator.deviceResource === 'nvidia.com/gpu')
      .filter((each) => problems(each).length === 0)
      .flatMap((each) => plan(each).hourlyUsd ?? []);
    expect(Math.min(...prices)).toBe(chosen);
  });

  test('one question has one answer', () => {
    const answers = [1, 2].map(() =>
      KnownModels.all().map((model) =>
        Placement.plan({ model, maxModelLen: Math.min(4096, model.maxContextTokens) }).toText(),
      ),
    );
    expect(answers[0]).toEqual(answers[1]);
  });
});

describe('refusals', () => {
  const cheapest = /\. The cheapest that would fit: (\S+) \((\d+) × \S+, tensor (\d+)\), [\d.]+ USD\/h$/;

  test.each<[string, PlacementProps, string]>([
    [
      'FP8 on an A100',
      { ...small, precision: Precision.FP8, accelerator: Accelerator.P4D_24XLARGE },
      'precision: expected a format for p4d.24xlarge (a100, compute capability 8.0), got FP8, which needs 8.9 or newer; use FP8 weight-only, which runs the same checkpoint, or other GPUs',
    ],
    [
      'FP8 on an A10G',
      { ...small, precision: Precision.FP8, accelerator: Accelerator.G5_XLARGE },
      'got FP8, which needs 8.9 or newer',
    ],
    [
      'NVFP4 on an H100',
      { ...small, precision: Precision.NVFP4, accelerator: Accelerator.P5_4XLARGE },
      'got NVFP4, which needs 10.0 or newer',
    ],
    [
      'BF16 on a T4',
      { model: LLAMA_3_2_1B, maxModelLen: 4096, accelerator: Accelerator.G4DN_XLARGE },
      'got BF16, which needs 8.0 or newer; use FP16 or other GPUs',
    ],
    [
      'MXFP4 on a T4',
      { model: GPT_OSS_20B, maxModelLen: 4096, accelerator: Accelerator.G4DN_12XLARGE },
      'got MXFP4, which needs 8.0 or newer',
    ],
    [
      'INT4 on a T4',
      { ...small, precision: Precision.INT4, accelerator: Accelerator.G4DN_XLARGE },
      'got INT4, which needs 8.0 or newer',
    ],
    [
      'AWQ on Neuron chips',
      { ...small, precision: Precision.AWQ, accelerator: Accelerator.INF2_8XLARGE },
      'precision: expected BF16 or FP16 on the Neuron chips of inf2.8xlarge, got AWQ; other formats are not supported there',
    ],
    [
      'an 8-bit cache on an A10G',
      { ...small, kvCachePrecision: KvCachePrecision.FP8, accelerator: Accelerator.G5_XLARGE },
      'kvCachePrecision: expected 16-bit on g5.xlarge (a10g, compute capability 8.6), got fp8',
    ],
    [
      'an 8-bit cache on Neuron chips',
      { ...small, kvCachePrecision: KvCachePrecision.FP8, accelerator: Accelerator.INF2_8XLARGE },
      'kvCachePrecision: expected 16-bit on the Neuron chips of inf2.8xlarge, got fp8',
    ],
    [
      'a GPU of unknown capability',
      { ...small, accelerator: Accelerator.of({ ...Accelerator.G6_XLARGE, gpu: 'new', computeCapability: undefined }) },
      '(new, compute capability unknown), got BF16',
    ],
    [
      'a draft in a format the GPU lacks',
      {
        ...small,
        model: QWEN3_8B,
        accelerator: Accelerator.G5_XLARGE,
        draft: { model: QWEN3_0_6B, precision: Precision.FP8 },
      },
      'draft.precision: expected a format for g5.xlarge (a10g, compute capability 8.6), got FP8',
    ],
    [
      'parallelism that does not divide the heads',
      { ...small, accelerator: Accelerator.P5_48XLARGE, tensorParallel: 3 },
      'tensorParallel: expected a divisor of the 32 attention heads, got 3; take one of 1, 2, 4, 8, 16, 32',
    ],
    [
      'parallelism that cuts groups of weights',
      { model: QWEN3_30B_A3B_FP8, maxModelLen: 8192, accelerator: Accelerator.P5_48XLARGE, tensorParallel: 8 },
      'tensorParallel: expected matrices of 768 that cut into parts of 128, the group that shares a scale in FP8, got 768 / 8; take one of 1, 2',
    ],
    [
      'a model that does not fit',
      { model: LLAMA_3_1_70B, maxModelLen: 8192, accelerator: Accelerator.G6_XLARGE },
      'accelerator: expected at least 134.1 GiB a GPU for weights (131.4 GiB) and overhead, got 20.1 GiB of g6.xlarge (1 × l4, tensor 1); take more or larger GPUs, or a smaller precision',
    ],
    [
      'a context that does not fit',
      { ...small, maxModelLen: 131072 },
      'concurrency: expected room for 1 sequence of 131072 tokens, got 0 in the 3.2 GiB a GPU that g6.xlarge (1 × l4, tensor 1) has for keys and values',
    ],
    [
      'more sequences than fit',
      { ...small, concurrency: 5 },
      'concurrency: expected room for 5 sequences of 8192 tokens, got 3',
    ],
    [
      'a price over the ceiling',
      { model: LLAMA_3_1_70B, maxModelLen: 8192, maxHourlyUsd: 3 },
      'maxHourlyUsd: expected at most 3 USD/h, got 8.28608 for g7e.12xlarge (2 × rtx-pro-server-6000, tensor 2); raise the ceiling or ask for less',
    ],
    [
      'a slow first token',
      { ...small, timeToFirstToken: Duration.millis(10) },
      'timeToFirstToken: expected at most 0.01 s, got an estimate of 0.276 s on g6.xlarge (1 × l4, tensor 1); take faster or more GPUs, or shorter prompts',
    ],
    [
      'slow tokens',
      { ...small, tokensPerSecond: 50 },
      'tokensPerSecond: expected at least 50 tokens/s, got an estimate of 14.0 on g6.xlarge (1 × l4, tensor 1)',
    ],
  ])('%s, with the cheapest that would do', (_, props, problem) => {
    const found = problems(props);
    expect(found).toEqual([expect.stringContaining(problem)]);
    const [, instanceType, , tensor] = cheapest.exec(found[0]) ?? [];
    expect(
      problems({
        ...props,
        accelerators: undefined,
        maxHourlyUsd: undefined,
        accelerator: Accelerator.fromInstanceType(instanceType),
        tensorParallel: Number(tensor),
      }),
    ).toEqual([]);
    expect(() => Placement.plan(props)).toThrow(found[0]);
  });

  test('key/value heads that can neither be shared out nor repeated', () => {
    const model = ModelArchitecture.of({
      name: 'odd',
      parameters: 8e9,
      layers: 32,
      hiddenSize: 4096,
      attentionHeads: 24,
      kvHeads: 6,
      headDim: 128,
      vocabularySize: 32000,
      maxContextTokens: 8192,
    });
    expect(problems({ model, accelerator: Accelerator.P5_48XLARGE, tensorParallel: 4 })[0]).toContain(
      'tensorParallel: expected a divisor or a multiple of the 6 key/value heads, which are shared out or repeated whole, got 4; take one of 1, 2',
    );
  });

  test('AWQ cuts no groups either', () => {
    const model = ModelArchitecture.fromConfig(configText('qwen3-30b-a3b'));
    expect(
      problems({
        model,
        precision: Precision.AWQ,
        maxModelLen: 8192,
        accelerator: Accelerator.P5_48XLARGE,
        tensorParallel: 8,
      })[0],
    ).toContain('the group that shares a scale in AWQ, got 768 / 8');
  });

  test('more stages than layers', () => {
    const model = ModelArchitecture.of({
      name: 'flat',
      parameters: 8e9,
      layers: 2,
      hiddenSize: 4096,
      attentionHeads: 32,
      vocabularySize: 32000,
      maxContextTokens: 8192,
    });
    expect(
      problems({ model, accelerator: Accelerator.G6E_12XLARGE, pipelineParallel: 4, pipelineInNode: true })[0],
    ).toContain('pipelineParallel: expected at most the 2 layers of flat, got 4; a stage has one layer or more');
  });

  test('a model that embeds text on several GPUs', () => {
    expect(problems({ model: BGE_M3, accelerator: Accelerator.G6_12XLARGE, tensorParallel: 2 })[0]).toContain(
      'tensorParallel: expected one GPU for BAAI/bge-m3, which embeds text, got 2; engines of such models take one',
    );
  });

  test('a draft that cannot be cut like its model', () => {
    const draft = ModelArchitecture.of({
      name: 'draft',
      parameters: 1e9,
      layers: 8,
      hiddenSize: 1536,
      attentionHeads: 12,
      vocabularySize: 151936,
      maxContextTokens: 40960,
    });
    expect(
      problems({
        model: QWEN3_8B,
        maxModelLen: 8192,
        accelerator: Accelerator.P5_48XLARGE,
        tensorParallel: 8,
        draft: { model: draft },
      })[0],
    ).toContain('tensorParallel: expected a divisor of the 12 attention heads, got 8 for the draft model');
  });

  test('ranks that an instance does not have', () => {
    expect(problems({ ...small, tensorParallel: 8 })[0]).toMatch(
      /^tensorParallel: expected ranks that 1 × g6\.xlarge \(1 × l4\) has, got 8 for a layer; ranks of a layer share a node/,
    );
    expect(problems({ model: LLAMA_3_1_8B, maxModelLen: 8192, tensorParallel: 64 })[0]).toMatch(
      /^tensorParallel: expected ranks that a listed instance type has, got 64 for a layer; /,
    );
  });

  test('a format that none of the given types runs', () => {
    expect(
      problems({
        ...small,
        accelerator: undefined,
        accelerators: [Accelerator.G5_XLARGE, Accelerator.P4D_24XLARGE],
        precision: Precision.FP8,
      })[0],
    ).toMatch(/^precision: expected a format for g5\.xlarge .*The cheapest that would fit: g6\.xlarge/);
  });

  test('two things at once are two lines', () => {
    expect(
      problems({
        model: LLAMA_3_1_70B,
        maxModelLen: 8192,
        precision: Precision.FP8,
        accelerator: Accelerator.G5_XLARGE,
      }),
    ).toEqual([
      expect.stringMatching(/^precision: expected a format for g5\.xlarge /),
      expect.stringMatching(/^accelerator: expected at least /),
    ]);
    expect(problems({ ...small, timeToFirstToken: Duration.millis(10), tokensPerSecond: 50 })).toHaveLength(2);
  });

  test('a ceiling needs a price, a speed needs figures', () => {
    expect(problems({ ...small, accelerator: Accelerator.P5E_48XLARGE, maxHourlyUsd: 100 })[0]).toMatch(
      /^maxHourlyUsd: expected a type with a known price, got p5e\.48xlarge; give its price to Accelerator\.of/,
    );
    expect(problems({ ...small, accelerator: Accelerator.INF2_8XLARGE, tokensPerSecond: 1 })[0]).toMatch(
      /^accelerator: expected GPUs whose speed can be estimated, got inf2\.8xlarge /,
    );
  });

  test('what fits nowhere, and what fits on more nodes', () => {
    expect(problems({ model: LLAMA_3_1_405B, concurrency: 500 })[0]).toMatch(/\. No listed instance type would fit$/);
    expect(
      problems({
        model: DEEPSEEK_V3,
        precision: Precision.BF16,
        maxModelLen: 8192,
        accelerator: Accelerator.P5_48XLARGE,
        concurrency: 64,
      })[0],
    ).toMatch(/\. The cheapest that would fit: /);
    expect(problems({ model: LLAMA_3_1_405B, maxModelLen: 131072, concurrency: 20 })[0]).toMatch(
      /The cheapest that would fit: \d × \S+ \(8 × \S+, tensor 8, pipeline \d\) \(\d nodes a replica\), /,
    );
  });

  const counts = [
    'maxModelLen',
    'concurrency',
    'replicas',
    'promptTokens',
    'tensorParallel',
    'pipelineParallel',
    'maxNodes',
    'maxBatchedTokens',
  ] as const;
  test.each(counts)('%s is a whole number that is known', (prop) => {
    expect(problems({ ...small, [prop]: 0 })).toEqual([
      expect.stringMatching(new RegExp(`^${prop}: expected a whole number from 1, got 0; `)),
    ]);
    expect(problems({ ...small, [prop]: 1.5 })).toEqual([
      expect.stringMatching(new RegExp(`^${prop}: expected a whole number from 1, got 1.5; `)),
    ]);
    expect(problems({ ...small, [prop]: token() })).toEqual([
      `${prop}: expected a number that is known at synth, got a deploy-time value; it decides the placement`,
    ]);
  });

  test('the time to first token is more than 0 and known', () => {
    const given = (timeToFirstToken: Duration) => problems({ ...small, timeToFirstToken });
    expect(given(Duration.seconds(0))).toEqual([
      'timeToFirstToken: expected more than 0 seconds, got 0; leave it out for no limit',
    ]);
    expect(given(Duration.seconds(NaN))).toEqual([
      'timeToFirstToken: expected more than 0 seconds, got NaN; leave it out for no limit',
    ]);
    expect(given(Duration.seconds(token()))).toEqual([
      'timeToFirstToken: expected more than 0 seconds, got a deploy-time value; leave it out for no limit',
    ]);
  });

  test.each(['tokensPerSecond', 'maxHourlyUsd'] as const)('%s is more than 0 and known', (prop) => {
    expect(problems({ ...small, [prop]: 0 })).toEqual([
      `${prop}: expected more than 0, got 0; leave it out for no limit`,
    ]);
    expect(problems({ ...small, [prop]: NaN })).toEqual([
      `${prop}: expected more than 0, got NaN; leave it out for no limit`,
    ]);
    expect(problems({ ...small, [prop]: token() })).toEqual([
      `${prop}: expected a number that is known at synth, got a deploy-time value; it decides the placement`,
    ]);
  });

  test('the utilization is a share', () => {
    for (const gpuMemoryUtilization of [0, 1.1])
      expect(problems({ ...small, gpuMemoryUtilization })).toEqual([
        expect.stringMatching(/^gpuMemoryUtilization: expected more than 0 and at most 1, got /),
      ]);
    expect(problems({ ...small, gpuMemoryUtilization: token() })).toEqual([
      expect.stringContaining('got a deploy-time value'),
    ]);
  });

  test("a context longer than the model's, a prompt longer than the context", () => {
    expect(problems({ ...small, maxModelLen: 131073 })).toEqual([
      'maxModelLen: expected at most 131072, the longest context of meta-llama/Llama-3.1-8B, got 131073; shorten it, or take a model with a longer one',
    ]);
    expect(problems({ ...small, promptTokens: 8193 })).toEqual([
      'promptTokens: expected at most the context of 8192 tokens, got 8193; a prompt is part of the context',
    ]);
  });

  test('types to check and to choose from', () => {
    expect(problems({ ...small, accelerators: [Accelerator.G5_XLARGE] })).toEqual([
      'accelerators: expected nothing beside an accelerator, got 1; give one type to check, or several to choose from',
    ]);
    expect(problems({ model: LLAMA_3_1_8B, accelerators: [] })).toEqual([
      'accelerators: expected a type or more, got none; leave it out to choose from all',
    ]);
  });

  test('a draft of another family, with a shorter context, without a size', () => {
    expect(problems({ model: QWEN3_8B, maxModelLen: 8192, draft: { model: LLAMA_3_2_1B } })).toEqual([
      'draft.model: expected the vocabulary of Qwen/Qwen3-8B (151936 tokens), got meta-llama/Llama-3.2-1B with 128256; take a draft model of the same family',
    ]);
    expect(
      problems({
        model: LLAMA_3_1_8B,
        draft: {
          model: ModelArchitecture.of({
            name: 'draft',
            parameters: 1e9,
            layers: 8,
            hiddenSize: 1024,
            attentionHeads: 8,
            vocabularySize: 128256,
            maxContextTokens: 4096,
          }),
        },
      }),
    ).toEqual([
      'draft.model: expected a context of at least 131072 tokens, got draft with 4096; shorten maxModelLen, or take another draft model',
    ]);
    expect(problems({ ...small, draft: { model: LLAMA_3_2_1B, weightsSize: Size.bytes(0) } })[0]).toMatch(
      /^draft\.weightsSize: expected more than 0 bytes, got 0 MiB; /,
    );
    expect(problems({ ...small, draft: { model: LLAMA_3_2_1B, weightsSize: Size.bytes(token()) } })[0]).toMatch(
      /^draft\.weightsSize: expected more than 0 bytes, got a deploy-time value; /,
    );
  });
});
