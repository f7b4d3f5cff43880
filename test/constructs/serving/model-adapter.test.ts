import { Lazy } from 'aws-cdk-lib';
import { unpinnedAdapters } from '../../../constructs/serving/adapter-config';
import { type ModelAdapter } from '../../../constructs/serving/model-adapter';
import { ModelChart } from '../../../constructs/serving/model-chart';
import { type ModelChartProps } from '../../../constructs/serving/model-chart-props';
import { engineOf, modelProps, render } from './model';

const configOf = (changes: object = {}) => JSON.stringify({ base_model_name_or_path: 'Qwen/Qwen3-8B', peft_type: 'LORA', r: 16, lora_alpha: 32, ...changes });
const adapter = (changes: Partial<ModelAdapter> = {}): ModelAdapter => ({ name: 'sql', path: '/models/adapters/sql', adapterConfig: configOf(), ...changes });
const problems = (adapters: ModelAdapter[], overrides: Partial<ModelChartProps> = {}) => ModelChart.problemsOf(modelProps({ adapters, ...overrides }));
const args = (...adapters: ModelAdapter[]) => engineOf(render({ adapters })).args ?? [];

describe('adapters', () => {
  test('are loaded when the engine starts, which ends without any of them: a replica that is ready has them all', () => {
    const given = args(adapter(), adapter({ name: 'tone', path: '/models/adapters/tone' }));
    const at = given.indexOf('--lora-modules');
    expect(given.slice(at, at + 3)).toEqual(['--lora-modules', 'sql=/models/adapters/sql', 'tone=/models/adapters/tone']);
    expect(given).toContain('--enable-lora');
    // All of them stay in memory.
    expect(given).toContain('--max-cpu-loras=2');
  });

  test('get as much room as the largest of them needs', () => {
    const ranks = (...r: number[]) => args(...r.map((rank, index) => adapter({ name: `a${index}`, adapterConfig: configOf({ r: rank }) }))).filter((arg) => arg.startsWith('--max-lora-rank'));
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
  ['another base model', { adapterConfig: configOf({ base_model_name_or_path: 'Qwen/Qwen3-14B' }) }, 'adapters[0].adapterConfig: expected base_model_name_or_path "Qwen/Qwen3-8B", got "Qwen/Qwen3-14B"; the adapter was trained for another model, serve that one or leave the adapter out'],
  ['no base model', { adapterConfig: '{"r":8}' }, 'adapters[0].adapterConfig: expected base_model_name_or_path, got undefined; give the file as it was published'],
  ['half a file', { adapterConfig: '{"r":' }, expect.stringMatching(/^adapters\[0\]\.adapterConfig: expected JSON, got .*; give the file as it was published$/) as string],
  ['no object', { adapterConfig: 'null' }, 'adapters[0].adapterConfig: expected a JSON object, got null; give the file as it was published'],
  ['no rank', { adapterConfig: configOf({ r: 0 }) }, 'adapters[0].adapterConfig: expected a whole rank r from 1, got 0; give the file as it was published'],
  ['another method', { adapterConfig: configOf({ peft_type: 'IA3' }) }, 'adapters[0].adapterConfig: expected peft_type "LORA", got "IA3"; give the file as it was published'],
  ['a rank beyond the engine', { adapterConfig: configOf({ r: 1024 }) }, 'adapters[0].adapterConfig: expected a rank of at most 512 for vLLM, got 1024; merge that adapter into the weights'],
  ['a file that only a deployment knows', { adapterConfig: Lazy.string({ produce: () => '{}' }) }, 'adapters[0].adapterConfig: expected the text of adapter_config.json, got a deploy-time value; an adapter for another base model could not be told'],
  ['the name of the model', { name: 'chat' }, 'adapters[0].name: expected names that differ from each other and from the model\'s, got "chat" again; rename it'],
])('an adapter with %s is refused', (_, changes, problem) => {
  expect(problems([adapter(changes)])).toEqual([problem]);
});

test('weights in a directory or a repository that only a deployment knows have no name to compare with', () => {
  const other = adapter({ adapterConfig: configOf({ base_model_name_or_path: 'another/model' }) });
  expect(problems([other], { repository: '/models/chat' })).toEqual([]);
  expect(problems([other], { repository: Lazy.string({ produce: () => 'Qwen/Qwen3-8B' }) })).toEqual([]);
});

test('where revisions are pinned, an adapter from the hub is refused', () => {
  expect(unpinnedAdapters([adapter(), adapter({ path: 'acme/tone' })])).toEqual([
    'adapters[1].path: expected a directory in the container where revisions are pinned, got "acme/tone"; an engine cannot be told the revision of an adapter on the hub, put it beside the weights',
  ]);
});
