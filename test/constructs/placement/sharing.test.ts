import { Size } from 'aws-cdk-lib';
import { Accelerator } from '../../../constructs/gpu/accelerator';
import { KnownModels } from '../../../constructs/placement/architecture/known-models';
import { rankWeightBytes, VOCABULARY_MULTIPLE, weightsOf } from '../../../constructs/placement/memory-budget';
import { ModelArchitecture } from '../../../constructs/placement/architecture/model-architecture';
import { Placement } from '../../../constructs/placement/placement';
import { type PlacementProps } from '../../../constructs/placement/placement-props';
import { Precision } from '../../../constructs/placement/architecture/precision';
import { upTo } from '../../../constructs/placement/architecture/weight-format';
import { changedConfig, configText, PUBLISHED } from './architecture/published';
import { plan } from './plain-plan';

const GIB = 1024 ** 3;
const NODE = Accelerator.P5EN_48XLARGE;
/** More GPUs on a node than there are, to ask for any number of ranks. */
const SIXTEEN = Accelerator.of({ ...NODE, instanceType: 'sixteen', gpus: 16 });
const LLAMA_2_13B = ModelArchitecture.fromConfig(
  changedConfig('llama-2-7b', {
    hidden_size: 5120,
    intermediate_size: 13824,
    num_hidden_layers: 40,
    num_attention_heads: 40,
    num_key_value_heads: 40,
  }),
  'llama-2-13b',
);

const problems = (props: PlacementProps) => Placement._solve(props).problems;
const weight = (props: PlacementProps) => plan(props).memory.weights;
const rank = (model: ModelArchitecture, tensor: number, precision = model.publishedPrecision ?? Precision.BF16) =>
  rankWeightBytes(
    weightsOf({
      shape: model._shape,
      precision,
      published: precision === model.publishedPrecision ? model._quantization : undefined,
    }),
    { tensor, pipeline: 1 },
  );

describe('widths that ranks share out', () => {
  test('a feed-forward network that five ranks cannot share', () => {
    const on = (tensorParallel: number) =>
      problems({ model: LLAMA_2_13B, maxModelLen: 2048, accelerator: SIXTEEN, tensorParallel });
    expect(on(5)[0]).toMatch(
      /^tensorParallel: expected a divisor of 13824, a width of the layers, got 5; take one of 1, 2, 4, 8\./,
    );
    expect(on(3)[0]).toMatch(
      /^tensorParallel: expected a divisor of the 40 attention heads, got 3; take one of 1, 2, 4, 8\./,
    );
    expect(on(8)).toEqual([]);
  });

  test('embeddings are filled up before they are shared out', () => {
    const odd = (vocab_size: number) =>
      ModelArchitecture.fromConfig(
        changedConfig('llama-2-7b', {
          hidden_size: 3072,
          num_attention_heads: 24,
          num_key_value_heads: 24,
          intermediate_size: 9216,
          vocab_size,
        }),
      );
    expect(problems({ model: odd(32768), maxModelLen: 2048, accelerator: SIXTEEN, tensorParallel: 3 })[0]).toContain(
      'expected a divisor of the 32768 rows of the embeddings, got 3; take one of 1, 2, 4, 8',
    );
    expect(problems({ model: odd(49151), maxModelLen: 2048, accelerator: SIXTEEN, tensorParallel: 3 })).toEqual([]);
  });

  const files = PUBLISHED.map(({ file }) => [file] as const);
  test.each(files)('%s: what is legal cuts everything into equal parts, and only that is recommended', (file) => {
    const model = ModelArchitecture.fromConfig(configText(file), file);
    const { matrices, kvHeads, attentionHeads, vocabularySize, encoder } = model._shape;
    const ranks = Array.from({ length: 16 }, (_, index) => index + 1);
    const divides = (count: number) =>
      attentionHeads % count === 0 &&
      (kvHeads % count === 0 || count % kvHeads === 0) &&
      matrices.every(
        ({ cut, inputs, outputs }) => (cut === 'inputs' ? inputs : cut === 'outputs' ? outputs : 0) % count === 0,
      ) &&
      (encoder || upTo(vocabularySize, VOCABULARY_MULTIPLE) % count === 0);
    for (const tensorParallel of ranks) {
      const found = problems({ model, maxModelLen: 512, accelerator: SIXTEEN, tensorParallel }).filter(
        (problem) => problem.startsWith('tensorParallel') && !problem.includes('embeds text'),
      );
      if (found.length === 0 && !encoder) expect(divides(tensorParallel)).toBe(true);
      const [, list] = / take one of ([\d, ]+)/.exec(found[0] ?? '') ?? [];
      for (const recommended of list?.split(', ').map(Number) ?? [])
        expect(recommended === 1 || divides(recommended)).toBe(true);
    }
  });

  test('every matrix of every published file has a name', () => {
    for (const [file] of files) {
      const { matrices, linearParameters, encoder } = ModelArchitecture.fromConfig(configText(file))._shape;
      const named = matrices.reduce(
        (sum, { layers, inputs, outputs, copies }) => sum + layers.length * inputs * outputs * copies,
        0,
      );
      expect([file, named]).toEqual([file, encoder ? 0 : linearParameters]);
    }
  });

  test('the heads of an image encoder, but not of one that ranks repeat', () => {
    const vision = (changes: object) => {
      const config = JSON.parse(configText('qwen3-vl-8b')) as { vision_config: object };
      return ModelArchitecture.fromConfig(
        JSON.stringify({ ...config, vision_config: { ...config.vision_config, ...changes } }),
      );
    };
    const on = (changes: object, tensorParallel: number) =>
      problems({ model: vision(changes), maxModelLen: 4096, accelerator: NODE, tensorParallel });
    expect(on({}, 8)).toEqual([]);
    expect(on({ num_heads: 12 }, 8)[0]).toMatch(
      /^tensorParallel: expected a divisor of the 12 heads of the image encoder, got 8; take one of 1, 2, 4\./,
    );
    expect(on({ num_heads: 12 }, 4)).toEqual([]);
    // Qwen2.5-VL-3B's networks, which eight ranks cannot share; those of 72B have 3456.
    expect(on({ intermediate_size: 3420 }, 8)[0]).toMatch(
      /^tensorParallel: expected a divisor of 3420, a width of the image encoder, got 8; take one of 1, 2, 4\./,
    );
    expect(on({ intermediate_size: 3456 }, 8)).toEqual([]);
    expect(on({ num_heads: 25, model_type: 'intern_vit_6b' }, 8)).toEqual([]);
    expect(on({ num_heads: undefined, num_attention_heads: 12 }, 8)).toHaveLength(1);
  });

  test('those of a draft model too', () => {
    const draft = ModelArchitecture.fromConfig(changedConfig('qwen3-0.6b', { intermediate_size: 3000 }), 'draft');
    expect(
      problems({
        model: KnownModels.QWEN3_8B,
        maxModelLen: 4096,
        accelerator: SIXTEEN,
        tensorParallel: 16,
        draft: { model: draft },
      })[0],
    ).toMatch(
      /^tensorParallel: expected a divisor of 3000, a width of the layers, got 16 for the draft model; take one of 1, 2, 4, 8\./,
    );
  });
});

describe('what every rank keeps whole', () => {
  test('norms, and routers of experts', () => {
    const { otherParameters } = KnownModels.QWEN3_30B_A3B._shape;
    const cut = (30532122624 - otherParameters - 48 * 2 * 2048 * 4 * 128) * 2;
    // Four heads of keys and values for eight ranks: each has one.
    expect(rank(KnownModels.QWEN3_30B_A3B, 8)).toBeCloseTo(
      cut / 8 + otherParameters * 2 + (48 * 2 * 2048 * 4 * 128 * 2) / 4,
      -1,
    );
    expect(rank(KnownModels.QWEN3_30B_A3B, 4)).toBeCloseTo(
      (cut + 48 * 2 * 2048 * 4 * 128 * 2) / 4 + otherParameters * 2,
      -1,
    );
  });

  test('what leads down to compressed keys and values, and the copy that is multiplied into others', () => {
    const down = 61 * (7168 * 1536 + 7168 * 576);
    const absorbed = 61 * 512 * 128 * 256 * 2;
    const evenly =
      (weightsOf({
        shape: KnownModels.DEEPSEEK_V3._shape,
        precision: Precision.FP8,
        published: KnownModels.DEEPSEEK_V3._quantization,
      }).total +
        absorbed) /
      8;
    const { otherParameters } = KnownModels.DEEPSEEK_V3._shape;
    expect(
      (rank(KnownModels.DEEPSEEK_V3, 8) - evenly) / ((7 / 8) * (down * (1 + 4 / 128 ** 2) + otherParameters * 2)),
    ).toBeCloseTo(1, 3);
    // In 16 bits the copy is the matrix itself.
    expect(rank(KnownModels.DEEPSEEK_V3, 1, Precision.BF16)).toBeCloseTo(671026419200 * 2, -3);
  });

  test('of facts without names the heads that are too few', () => {
    const model = ModelArchitecture.of({
      name: 'facts',
      parameters: 8e9,
      layers: 32,
      hiddenSize: 4096,
      attentionHeads: 32,
      kvHeads: 2,
      headDim: 128,
      vocabularySize: 32000,
      maxContextTokens: 8192,
    });
    const keysAndValues = 32 * 2 * 2 * 128 * 4096 * 2;
    expect(rank(model, 8)).toBeCloseTo((8e9 * 2) / 8 + keysAndValues / 2 - keysAndValues / 8, -1);
  });

  test('a sixteenth of an image encoder', () => {
    const model = ModelArchitecture.fromConfig(configText('qwen3-vl-8b'));
    const without = { ...model._shape, visionParameters: 0 };
    const text = rankWeightBytes(weightsOf({ shape: without, precision: Precision.BF16 }), { tensor: 8, pipeline: 1 });
    expect(rank(model, 8) - text).toBeCloseTo(model._shape.visionParameters * 2 * (1 / 16 + 15 / 16 / 8), -1);
  });

  test('a stage has the layers that it has, not an average', () => {
    // 61 layers of DeepSeek-V3, of which the first three are small: the second stage has thirty large ones.
    const props: PlacementProps = {
      model: KnownModels.DEEPSEEK_V3,
      maxModelLen: 4096,
      accelerator: NODE,
      maxNodes: 2,
      pipelineParallel: 2,
    };
    const experts = 30 * (256 + 1) * 3 * 7168 * 2048;
    expect(weight(props)).toBeGreaterThan((experts / 8) * (1 + 4 / 128 ** 2));
    expect(weight(props) / GIB).toBeGreaterThan(40);
  });
});

describe('what guesses ahead', () => {
  const deepseek: PlacementProps = {
    model: KnownModels.DEEPSEEK_V3,
    maxModelLen: 8192,
    accelerator: NODE,
    tensorParallel: 8,
  };
  const llama: PlacementProps = {
    model: KnownModels.LLAMA_3_1_8B,
    maxModelLen: 8192,
    accelerator: Accelerator.G6E_XLARGE,
  };

  test('the layer of DeepSeek-V3 for a further token has its experts', () => {
    const more = (weight({ ...deepseek, multiTokenPrediction: true }) - weight(deepseek)) / GIB;
    // 11.5 billion parameters in 8 bits on eight ranks, and embeddings and output matrix; people saw about 3 GB with what it computes.
    expect(more).toBeGreaterThan(1.3 + 0.4);
    expect(more).toBeLessThan(2.2);
    const capacity = (props: PlacementProps) => {
      const { memory, kvCapacityTokens } = plan(props);
      return memory.kvCache / kvCapacityTokens;
    };
    expect(capacity({ ...deepseek, multiTokenPrediction: true })).toBeCloseTo(62 * 576 * 2, -1);
  });

  test('a checkpoint without such layers', () => {
    expect(problems({ ...llama, multiTokenPrediction: true })).toEqual([
      'multiTokenPrediction: expected a checkpoint with layers that guess further tokens (num_nextn_predict_layers), got meta-llama/Llama-3.1-8B; guess them in another way',
    ]);
  });

  test("a head has a projection of three hidden states, and the model's context", () => {
    const head = ModelArchitecture.fromConfig(
      changedConfig('llama-3.1-8b', { num_hidden_layers: 1, max_position_embeddings: 2048 }),
      'head',
    );
    const added = weight({ ...llama, draft: { model: head, head: true } }) - weight(llama);
    expect(added).toBeCloseTo(2 * (head.parameters + 3 * 4096 * 4096 + 4096 * (4096 + 2 * 1024)), -1);
    expect(problems({ ...llama, draft: { model: head } })[0]).toContain(
      'draft.model: expected a context of at least 8192 tokens',
    );
  });

  test('a draft whose quantization is not counted needs its size', () => {
    const draft = ModelArchitecture.fromConfig(
      changedConfig('llama-3.2-1b', { quantization_config: { quant_method: 'hqq' } }),
      'draft',
    );
    expect(problems({ ...llama, draft: { model: draft } })).toEqual([
      expect.stringMatching(/^draft\.weightsSize: expected the size of the weights on disk, got none for draft, /),
    ]);
    expect(problems({ ...llama, draft: { model: draft, weightsSize: Size.bytes(1e9) } })).toEqual([]);
  });
});
