import { EmbeddingPooling } from '../../../../constructs/serving/engines';
import { type IInferenceEngine } from '../../../../constructs/serving/inference-engine';
import { llamaCpp, sglang, subject, tensorRtLlm, textEmbeddings, vllm } from './engine-subjects';

const requestOf = (engine: IInferenceEngine) => engine.bind(subject()).syntheticRequest;

test.each<[string, IInferenceEngine]>([
  ['vLLM', vllm()],
  ['SGLang', sglang()],
  ['TensorRT-LLM', tensorRtLlm()],
  ['llama.cpp', llamaCpp()],
])('%s is asked for one token', (_name, engine) => {
  const { path, bodyJson, resultPath } = requestOf(engine)!;
  expect([path, resultPath]).toEqual(['/v1/completions', '{$.usage.completion_tokens}']);
  expect(JSON.parse(bodyJson)).toEqual({
    model: 'chat',
    prompt: expect.stringMatching(/./),
    max_tokens: 1,
    temperature: 0,
  });
});

test.each<[string, IInferenceEngine]>([
  ['Text Embeddings Inference', textEmbeddings()],
  ['vLLM that pools', vllm({ extraArgs: ['--runner=pooling'] })],
  ['vLLM that is told so as two arguments', vllm({ extraArgs: ['--runner', 'pooling', '--convert', 'embed'] })],
  ['SGLang', sglang({ extraArgs: ['--is_embedding'] })],
  ['llama.cpp', llamaCpp({ extraArgs: ['--embeddings', '--pooling', 'mean'] })],
  ['llama.cpp by the other name', llamaCpp({ extraArgs: ['--embedding'] })],
])('%s is asked for one embedding', (_name, engine) => {
  const { path, bodyJson, resultPath } = requestOf(engine)!;
  expect([path, resultPath]).toEqual(['/v1/embeddings', '{$.usage.total_tokens}']);
  expect(JSON.parse(bodyJson)).toEqual({ model: 'chat', input: expect.stringMatching(/./) });
});

test.each<[string, IInferenceEngine]>([
  ['Text Embeddings Inference that ranks', textEmbeddings({ ranks: true })],
  ['Text Embeddings Inference with sparse vectors', textEmbeddings({ pooling: EmbeddingPooling.SPLADE })],
  ['vLLM that classifies', vllm({ extraArgs: ['--runner=pooling', '--convert=classify'] })],
  ['llama.cpp that ranks', llamaCpp({ extraArgs: ['--reranking'] })],
  ['llama.cpp without pooling', llamaCpp({ extraArgs: ['--embeddings', '--pooling', 'none'] })],
])('%s has no request that every model answers', (_name, engine) => {
  expect(requestOf(engine)).toBeUndefined();
});
