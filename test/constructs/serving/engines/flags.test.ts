import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddingPooling, EmbeddingPrecision, StructuredOutputBackend } from '../../../../constructs/serving/engines';
import {
  type IInferenceEngine,
  type InferenceEngineBindOptions,
} from '../../../../constructs/serving/inference-engine';
import {
  adapters,
  backends,
  bucket,
  directory,
  formats,
  llamaCpp,
  pod,
  sglang,
  speculative,
  subject,
  tensorRtLlm,
  textEmbeddings,
  vllm,
} from './engine-subjects';

const FLAGS = join(__dirname, 'flags');

interface Flags {
  readonly engine: string;
  readonly version: string;
  readonly source: string;
  readonly flags: readonly string[];
}

const read = (file: string) => JSON.parse(readFileSync(join(FLAGS, file), 'utf8')) as Flags;

type Case = readonly [IInferenceEngine, InferenceEngineBindOptions];

const reason = { reason: 'the modeling code was read at this revision' };
const on = (engines: readonly IInferenceEngine[], ...subjects: Partial<InferenceEngineBindOptions>[]): Case[] =>
  engines.flatMap((engine) => subjects.map((given): Case => [engine, subject(given)]));

/** Every flag that an engine may render is in one of these. */
const CASES: { readonly [file: string]: readonly Case[] } = {
  ...Object.fromEntries(
    ['vllm-0.18.1.json', 'vllm-0.32.0.json', 'vllm-0.33.0.json'].map((file) => [
      file,
      [
        ...on([vllm()], {}, directory, bucket, pod(false), pod(true), adapters),
        ...on(
          [
            vllm({
              maxSequences: 8,
              maxBatchedTokens: 4096,
              prefixCaching: true,
              chunkedPrefill: true,
              trustRemoteCode: reason,
            }),
            vllm({ prefixCaching: false, chunkedPrefill: false }),
            ...speculative.map((speculativeDecoding) => vllm({ speculativeDecoding })),
            ...backends.map((structuredOutput) => vllm({ structuredOutput })),
            ...formats.map((quantization) => vllm({ quantization })),
          ],
          { maxModelLen: 8192 },
        ),
      ],
    ]),
  ),
  'sglang-0.5.23.json': [
    ...on([sglang()], {}, directory, bucket, pod(false), pod(true), adapters),
    ...on(
      [
        sglang({
          maxSequences: 8,
          maxPrefillTokens: 4096,
          memoryFraction: 0.8,
          prefixCaching: false,
          chunkedPrefillTokens: 2048,
          trustRemoteCode: reason,
        }),
        ...speculative.map((speculativeDecoding) => sglang({ speculativeDecoding })),
        ...backends.map((structuredOutput) => sglang({ structuredOutput })),
        ...formats.map((quantization) => sglang({ quantization })),
      ],
      { maxModelLen: 8192 },
    ),
  ],
  'tensorrt-llm-1.3.json': on(
    [tensorRtLlm(), tensorRtLlm({ trustRemoteCode: reason, structuredOutput: StructuredOutputBackend.GUIDANCE })],
    {},
    directory,
  ),
  'llama-cpp-b11434.json': [
    ...on([llamaCpp()], {}, directory, { gpus: 0 }),
    ...on(
      [
        llamaCpp({ threads: 8, maxSequences: 4, maxBatchedTokens: 512, prefixCaching: true }),
        llamaCpp({ prefixCaching: false }),
        ...speculative.map((speculativeDecoding) => llamaCpp({ speculativeDecoding })),
      ],
      { maxModelLen: 8192 },
    ),
  ],
  'text-embeddings-inference-1.9.3.json': [
    ...on([textEmbeddings()], {}, directory, { gpus: 0 }),
    ...on(
      [
        textEmbeddings({
          maxBatchedTokens: 1024,
          maxSequences: 8,
          maxClientBatch: 16,
          maxConcurrentRequests: 64,
          pooling: EmbeddingPooling.MEAN,
          precision: EmbeddingPrecision.FLOAT16,
          truncate: false,
        }),
      ],
      {},
    ),
  ],
};

describe('flags of the pinned versions', () => {
  test('are known for every engine, and each file is used', () => {
    expect(readdirSync(FLAGS).sort()).toEqual(Object.keys(CASES).sort());
  });

  test.each(Object.keys(CASES))('%s names its source and enough flags to be whole', (file) => {
    const { engine, version, source, flags } = read(file);
    expect(file).toBe(`${engine.replace('.', '-')}-${version}.json`);
    expect(source).toMatch(/PyPI|at v1\.9\.3|at b11434|at [0-9a-f]{40}/);
    expect(flags.length).toBeGreaterThan(25);
    expect([...new Set(flags)].sort()).toEqual(flags);
  });

  test.each(Object.entries(CASES))('%s has every flag that is rendered', (file, cases) => {
    const { flags } = read(file);
    const rendered = cases.flatMap(([engine, options]) =>
      engine
        .bind(options)
        .args.filter((arg) => arg.startsWith('-'))
        .map((arg) => arg.split('=')[0]),
    );
    expect(rendered.length).toBeGreaterThan(cases.length);
    expect([...new Set(rendered)].filter((flag) => !flags.includes(flag))).toEqual([]);
  });
});
