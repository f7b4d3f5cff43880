import { Lazy } from 'aws-cdk-lib';
import { unpinnedAdapters } from '../../../constructs/serving/adapter-config';
import { EngineImage } from '../../../constructs/models/engine-image';
import { SglangEngine } from '../../../constructs/serving/engines/sglang-engine';
import { VllmEngine } from '../../../constructs/serving/engines/vllm-engine';
import { type ModelAdapter } from '../../../constructs/serving/model-adapter';
import { type ModelOptions } from '../../../constructs/serving/model-options';
import { engineOf, render, problemsOf } from './model';

const configOf = (changes: object = {}) =>
  JSON.stringify({
    base_model_name_or_path: 'Qwen/Qwen3-8B',
    peft_type: 'LORA',
    r: 16,
    lora_alpha: 32,
    target_modules: ['q_proj', 'v_proj'],
    ...changes,
  });
const adapter = (changes: Partial<ModelAdapter> = {}): ModelAdapter => ({
  name: 'sql',
  path: '/models/adapters/sql',
  adapterConfig: configOf(),
  ...changes,
});
const problems = (adapters: ModelAdapter[], overrides: Partial<ModelOptions> = {}) =>
  problemsOf({ adapters, ...overrides });
const args = (...adapters: ModelAdapter[]) => engineOf(render({ adapters })).args ?? [];

describe('adapters', () => {
  test('are loaded when the engine starts, which ends without any of them: a replica that is ready has them all', () => {
    const given = args(adapter(), adapter({ name: 'tone', path: '/models/adapters/tone' }));
    const at = given.indexOf('--lora-modules');
    expect(given.slice(at, at + 3)).toEqual([
      '--lora-modules',
      'sql=/models/adapters/sql',
      'tone=/models/adapters/tone',
    ]);
    expect(given).toContain('--enable-lora');
    // All of them stay in memory.
    expect(given).toContain('--max-cpu-loras=2');
  });

  test('get as much room as the largest of them needs', () => {
    const ranks = (...r: number[]) =>
      args(...r.map((rank, index) => adapter({ name: `a${index}`, adapterConfig: configOf({ r: rank }) }))).filter(
        (arg) => arg.startsWith('--max-lora-rank'),
      );
    expect(ranks(8, 16)).toEqual([]);
    expect(ranks(8, 24)).toEqual(['--max-lora-rank=32']);
    expect(ranks(512)).toEqual(['--max-lora-rank=512']);
  });

  test('are a change of the pod, so that each gets its rollout', () => {
    expect(args(adapter())).not.toEqual(args());
    expect(args()).not.toContain('--enable-lora');
  });
});

test.each<[string, Partial<ModelAdapter>, string]>([
  [
    'another base model',
    { adapterConfig: configOf({ base_model_name_or_path: 'Qwen/Qwen3-14B' }) },
    'adapters[0].adapterConfig: expected base_model_name_or_path "Qwen/Qwen3-8B", got "Qwen/Qwen3-14B"; the adapter was trained for another model: serve that one or leave the adapter out. Where it is a copy of the same weights, write "Qwen/Qwen3-8B" there',
  ],
  [
    'no base model',
    { adapterConfig: '{"r":8}' },
    'adapters[0].adapterConfig: expected base_model_name_or_path, got undefined; give the file as it was published',
  ],
  [
    'half a file',
    { adapterConfig: '{"r":' },
    expect.stringMatching(
      /^adapters\[0\]\.adapterConfig: expected JSON, got .*; give the file as it was published$/,
    ) as string,
  ],
  [
    'no object',
    { adapterConfig: 'null' },
    'adapters[0].adapterConfig: expected a JSON object, got null; give the file as it was published',
  ],
  [
    'no rank',
    { adapterConfig: configOf({ r: 0 }) },
    'adapters[0].adapterConfig: expected a whole rank r from 1, got 0; give the file as it was published',
  ],
  [
    'no factor',
    { adapterConfig: configOf({ lora_alpha: undefined }) },
    'adapters[0].adapterConfig: expected a number lora_alpha, got undefined; give the file as it was published',
  ],
  [
    'no target',
    { adapterConfig: configOf({ target_modules: undefined }) },
    'adapters[0].adapterConfig: expected target_modules, got none; give the file as it was published',
  ],
  [
    'a rank of a layer that is none',
    { adapterConfig: configOf({ rank_pattern: { q_proj: 0 } }) },
    'adapters[0].adapterConfig: expected whole ranks from 1 in rank_pattern, got {"q_proj":0}; give the file as it was published',
  ],
  [
    'another method',
    { adapterConfig: configOf({ peft_type: 'IA3' }) },
    'adapters[0].adapterConfig: expected peft_type "LORA", got "IA3"; give the file as it was published',
  ],
  [
    'a rank beyond the engine',
    { adapterConfig: configOf({ r: 1024 }) },
    'adapters[0].adapterConfig: expected a rank of at most 512 for vLLM, got 1024; merge that adapter into the weights',
  ],
  [
    'a file that only a deployment knows',
    { adapterConfig: Lazy.string({ produce: () => '{}' }) },
    'adapters[0].adapterConfig: expected the text of adapter_config.json, got a deploy-time value; an adapter for another base model could not be told',
  ],
  [
    'the name of the model',
    { name: 'chat' },
    'adapters[0].name: expected names that differ from each other and from the model\'s, got "chat" again; rename it',
  ],
])('an adapter with %s is refused', (_, changes, problem) => {
  expect(problems([adapter(changes)])).toEqual([problem]);
});

describe('the base model', () => {
  test.each([
    // Where it was trained, and how its trainer was told of it.
    '/data/models/llama',
    './base',
    '../ckpt/checkpoint-500',
    '~/models/base',
    'checkpoint-500',
    'C:\\models\\base',
    '',
    null,
    'meta-llama/llama-3.1-8b-instruct',
    'https://huggingface.co/meta-llama/Llama-3.1-8B-Instruct',
    'https://huggingface.co/meta-llama/Llama-3.1-8B-Instruct/tree/main',
    'meta-llama/Llama-3.1-8B-Instruct@0e9e39f249a16976918f6564b8830bc894c89659',
    '/home/vllm/.cache/huggingface/hub/models--meta-llama--Llama-3.1-8B-Instruct/snapshots/0e9e39f2',
    // Copies under other names, and in other number formats.
    'meta-llama/Meta-Llama-3.1-8B-Instruct',
    'unsloth/Meta-Llama-3.1-8B-Instruct',
    'unsloth/meta-llama-3.1-8b-instruct-unsloth-bnb-4bit',
    'NousResearch/Meta-Llama-3.1-8B-Instruct',
    'RedHatAI/Meta-Llama-3.1-8B-Instruct-quantized.w4a16',
    'RedHatAI/Llama-3.1-8B-Instruct-FP8-dynamic',
    'hugging-quants/Meta-Llama-3.1-8B-Instruct-AWQ-INT4',
  ])('%j may be the one that is served', (base) => {
    expect(
      problems([adapter({ adapterConfig: configOf({ base_model_name_or_path: base }) })], {
        model: { repository: 'meta-llama/Llama-3.1-8B-Instruct', revision: 'r1' },
      }),
    ).toEqual([]);
  });

  test.each([
    'meta-llama/Llama-3.1-8B',
    'meta-llama/Llama-3.1-70B-Instruct',
    'meta-llama/Llama-3-8B-Instruct',
    'Qwen/Qwen3-8B',
    '/cache/models--Qwen--Qwen3-8B/snapshots/b968826d',
    'unsloth/Llama-3.2-3B-Instruct-bnb-4bit',
  ])('%j is another', (base) => {
    expect(
      problems([adapter({ adapterConfig: configOf({ base_model_name_or_path: base }) })], {
        model: { repository: 'meta-llama/Llama-3.1-8B-Instruct', revision: 'r1' },
      }),
    ).toEqual([expect.stringMatching(/^adapters\[0\]\.adapterConfig: expected base_model_name_or_path /)]);
  });

  test('may be served in another number format', () => {
    const given = adapter({ adapterConfig: configOf({ base_model_name_or_path: 'Qwen/Qwen3-8B' }) });
    expect(problems([given], { model: { repository: 'Qwen/Qwen3-8B-AWQ', revision: 'r1' } })).toEqual([]);
    expect(problems([given], { model: { repository: 'RedHatAI/Qwen3-8B-FP8-dynamic', revision: 'r1' } })).toEqual([]);
  });
});

describe('what an engine cannot load', () => {
  const image = EngineImage.fromReference('vllm/vllm-openai:v0.32.0');
  const ENGINES = {
    'vLLM 0.18.1': new VllmEngine({ image, version: '0.18.1' }),
    'vLLM 0.32.0': new VllmEngine({ image }),
    SGLang: new SglangEngine({ image: EngineImage.fromReference('lmsysorg/sglang:v0.5.23') }),
  };
  const refusing = (changes: object) =>
    Object.entries(ENGINES)
      .filter(([, engine]) => problems([adapter({ adapterConfig: configOf(changes) })], { engine }).length > 0)
      .map(([name]) => name);
  const ALL = Object.keys(ENGINES);
  const OLDER = ['vLLM 0.18.1', 'SGLang'];

  test.each<[object, string[]]>([
    // As PEFT writes them where nothing is set.
    [
      {
        use_dora: false,
        bias: 'none',
        lora_bias: false,
        modules_to_save: null,
        rank_pattern: {},
        alpha_pattern: {},
        init_lora_weights: true,
        layers_to_transform: null,
        layers_pattern: null,
        layer_replication: null,
        megatron_config: null,
        megatron_core: 'megatron.core',
        loftq_config: {},
        corda_config: null,
        eva_config: null,
        trainable_token_indices: null,
        use_rslora: false,
        use_qalora: false,
        alora_invocation_tokens: null,
        target_parameters: null,
        exclude_modules: null,
        fan_in_fan_out: false,
        inference_mode: true,
        task_type: 'CAUSAL_LM',
      },
      [],
    ],
    [{ layers_to_transform: [0, 1, 2], layers_pattern: 'layers' }, []],
    [{ target_modules: 'all-linear' }, []],
    [{ target_modules: ['gate_proj', 'up_proj', 'down_proj'] }, []],
    [{ init_lora_weights: 'gaussian' }, []],
    [{ use_dora: true }, ALL],
    [{ bias: 'all' }, ALL],
    [{ bias: 'lora_only' }, ALL],
    [{ lora_bias: true }, ALL],
    [{ modules_to_save: ['lm_head', 'embed_tokens'] }, ALL],
    [{ modules_to_save: ['score'] }, OLDER],
    [{ rank_pattern: { 'layers.0.self_attn.q_proj': 8 } }, OLDER],
    [{ alpha_pattern: { q_proj: 8 } }, OLDER],
    [{ use_rslora: true }, ['SGLang']],
    [{ target_modules: '.*(q|v)_proj' }, ['SGLang']],
    [{ target_modules: ['q_proj'] }, ['SGLang']],
    [{ target_modules: ['k_proj', 'v_proj', 'o_proj'] }, ['SGLang']],
    [{ init_lora_weights: 'pissa' }, ALL],
    [{ init_lora_weights: 'pissa_niter_16' }, ALL],
    [{ init_lora_weights: 'olora' }, ALL],
    [{ alora_invocation_tokens: [1, 2] }, ALL],
    [
      {
        layer_replication: [
          [0, 4],
          [2, 5],
        ],
      },
      ALL,
    ],
    [{ use_bdlora: { nblocks: 2 } }, ALL],
    [{ use_qalora: true }, ALL],
    [{ trainable_token_indices: [128009] }, ALL],
    [{ megatron_config: { hidden_size: 1 } }, ALL],
    [{ target_parameters: ['7.mlp.experts.gate_up_proj', '7.mlp.experts.down_proj'] }, ALL],
    [{ target_parameters: [] }, []],
  ])('%j', (changes, expected) => {
    expect(refusing(changes)).toEqual(expected);
  });

  test('is named, with the way out', () => {
    expect(problems([adapter({ adapterConfig: configOf({ use_dora: true, bias: 'all' }) })])).toEqual([
      'adapters[0].adapterConfig: expected an adapter that vLLM loads, got use_dora; it fails at start or answers wrongly, merge it into the weights or train it without',
      'adapters[0].adapterConfig: expected an adapter that vLLM loads, got bias; it fails at start or answers wrongly, merge it into the weights or train it without',
    ]);
  });

  test('the highest rank of any layer decides the room', () => {
    const pattern = {
      engine: ENGINES['vLLM 0.32.0'],
      adapters: [adapter({ adapterConfig: configOf({ rank_pattern: { 'layers.3.q_proj': 100 } }) })],
    };
    expect(engineOf(render(pattern)).args).toContain('--max-lora-rank=128');
    expect(
      problems([adapter({ adapterConfig: configOf({ rank_pattern: { q_proj: 600 } }) })], {
        engine: ENGINES['vLLM 0.32.0'],
      }),
    ).toEqual([
      'adapters[0].adapterConfig: expected a rank of at most 512 for vLLM, got 600; merge that adapter into the weights',
    ]);
  });
});

test('weights in a directory or a repository that only a deployment knows have no name to compare with', () => {
  const other = adapter({ adapterConfig: configOf({ base_model_name_or_path: 'another/model' }) });
  expect(problems([other], { model: { repository: '/models/chat', revision: 'r1' } })).toEqual([]);
  expect(
    problems([other], { model: { repository: Lazy.string({ produce: () => 'Qwen/Qwen3-8B' }), revision: 'r1' } }),
  ).toEqual([]);
});

test('where revisions are pinned, an adapter from the hub is refused', () => {
  expect(unpinnedAdapters([adapter(), adapter({ path: 'acme/tone' })])).toEqual([
    'adapters[1].path: expected a directory in the container where revisions are pinned, got "acme/tone"; an engine cannot be told the revision of an adapter on the hub, put it beside the weights',
  ]);
});
