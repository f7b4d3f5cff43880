import { staging } from '../../environments';
import { modelsOf } from '../../bench/engine-models';
import { checkEnvironment } from '../../lib/environment/environment-checks';

const [chat] = staging.models;
const engines = (kind: string, count: number) =>
  modelsOf(chat, count, kind).map(({ engine = { name: 'vllm' } }) => engine.name);

test('mixed models take each engine in turn', () => {
  expect(engines('mixed', 6)).toEqual(['vllm', 'sglang', 'tensorrt-llm', 'llama-cpp', 'text-embeddings', 'vllm']);
  expect(engines('vllm', 3)).toEqual(['vllm', 'vllm', 'vllm']);
});

test('are what an environment accepts', () => {
  const models = modelsOf(chat, 10, 'mixed');
  expect(new Set(models.map(({ name }) => name)).size).toBe(10);
  expect(checkEnvironment({ ...staging, models })).toEqual([]);
});
