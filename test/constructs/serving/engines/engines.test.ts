import { Lazy } from 'aws-cdk-lib';
import { StructuredOutputBackend, SpeculativeMethod, WeightQuantization } from '../../../../constructs/serving/engines';
import { EngineDrain, type IInferenceEngine } from '../../../../constructs/serving/inference-engine';
import {
  adapters,
  bucket,
  COMMIT,
  directory,
  image,
  llamaCpp,
  pod,
  sglang,
  speculative,
  subject,
  tensorRtLlm,
  textEmbeddings,
  vllm,
} from './engine-subjects';

const ENGINES: [string, (props?: object) => IInferenceEngine][] = [
  ['vLLM', vllm],
  ['SGLang', sglang],
  ['TensorRT-LLM', tensorRtLlm],
  ['llama.cpp', llamaCpp],
  ['Text Embeddings Inference', textEmbeddings],
];

const args = (engine: IInferenceEngine, overrides: Parameters<typeof subject>[0] = {}) =>
  engine.bind(subject(overrides)).args;
const problems = (engine: IInferenceEngine, overrides: Parameters<typeof subject>[0] = {}) =>
  engine.problems(subject(overrides));

describe.each(ENGINES)('%s', (name, engine) => {
  test('serves a model of the hub at its revision, on the port of all engines', () => {
    expect(problems(engine())).toEqual([]);
    const text = args(engine()).join(' ') + (JSON.stringify(engine().bind(subject()).files) ?? '');
    expect(text).toContain('Qwen/Qwen3-8B');
    expect(text).toContain(COMMIT);
    expect(text).toMatch(/--port[= ]8000/);
    expect(text).toMatch(/(--served.model.name|--alias)[= ]chat/);
  });

  test('serves a directory without asking for a revision', () => {
    expect(problems(engine(), directory)).toEqual([]);
    const { args: given, files } = engine().bind(subject(directory));
    expect(given.join(' ')).toContain('/weights/chat');
    expect(JSON.stringify([given, files])).not.toMatch(/revision|huggingface\.co/);
  });

  test('does not run as root, and writes to the cache only', () => {
    const { userId, environment } = engine().bind(subject());
    expect(userId).toBeGreaterThan(0);
    expect(environment.HOME).toBe('/cache');
    for (const value of Object.values(environment).filter((each) => each.startsWith('/')))
      expect(value).toMatch(/^\/cache(\/|$)/);
  });

  test('takes unknown flags as they are, at the end', () => {
    const own = args(engine());
    const extra = ['--some-flag', 'value', '--other=1'];
    expect(args(engine({ extraArgs: extra }))).toEqual([...own, ...extra]);
    expect(problems(engine({ extraArgs: extra }))).toEqual([]);
  });

  test('refuses flags that are set already, twice or never to be set', () => {
    expect(
      problems(
        engine({
          extraArgs: [
            '--a-flag',
            '--a_flag=2',
            '--trust-remote-code',
            '--trust_remote_code=true',
            '--api-key=x',
            '--hf-token',
            'x',
          ],
        }),
      ),
    ).toEqual([
      'engine.extraArgs: expected no flag that is set already, got --a_flag=2; set it through the property it comes from, and only once',
      'engine.extraArgs: expected no --trust-remote-code, got --trust-remote-code; set trustRemoteCode with a reason',
      'engine.extraArgs: expected no --trust-remote-code, got --trust_remote_code; set trustRemoteCode with a reason',
      'engine.extraArgs: expected no --api-key, got --api-key; it would be readable in the pod; put a gateway in front of the model',
      'engine.extraArgs: expected no --hf-token, got --hf-token; it would be readable in the pod; set hubTokenSecretName',
    ]);
  });

  test('takes further variables, but none that holds a secret or is set already', () => {
    expect(engine({ environment: { NCCL_DEBUG: 'WARN' } }).bind(subject()).environment).toMatchObject({
      NCCL_DEBUG: 'WARN',
      HOME: '/cache',
    });
    expect(problems(engine({ environment: { NCCL_DEBUG: 'WARN' } }))).toEqual([]);
    const environment = { HF_TOKEN: 'x', HOME: '/', 'A-B': '' };
    expect(problems(engine({ environment }))).toEqual([
      'engine.environment: expected no secret, got HF_TOKEN; it would be readable in the pod, name a Secret with hubTokenSecretName',
      'engine.environment: expected no variable that is set already, got HOME; leave it out',
      'engine.environment: expected names of letters, digits and \'_\', got "A-B"; correct the name',
    ]);
  });

  test('asks for a version where the image does not give it, and refuses an older one', () => {
    const digest = image(`engine@sha256:${'ab'.repeat(32)}`);
    expect(problems(engine({ image: digest }))).toEqual([
      expect.stringContaining(`engine.version: expected a version of ${name}, got an image without one in its tag`),
    ]);
    expect(problems(engine({ image: digest, version: '99999.0' }))).toEqual([]);
    expect(problems(engine({ version: '0.1.0' }))).toEqual([
      expect.stringMatching(new RegExp(`^engine.version: expected ${name} [\\d.]+ or newer, got 0\\.1\\.0; `)),
    ]);
  });

  test('does not judge deploy-time values', () => {
    const text = Lazy.string({ produce: () => 'x' });
    const number = Lazy.number({ produce: () => 8 });
    const counts = { maxSequences: number, maxBatchedTokens: number, maxPrefillTokens: number, threads: number };
    const shares = { gpuMemoryUtilization: number, memoryFraction: number, freeMemoryFraction: number };
    expect(
      problems(engine({ ...counts, ...shares, version: text, extraArgs: [text], environment: { A: text } }), {
        gpus: number,
        servedModelName: text,
        maxModelLen: number,
      }),
    ).toEqual([]);
  });

  test('says whether SIGTERM ends the requests in flight', () => {
    const expected = {
      vLLM: EngineDrain.SIGTERM,
      SGLang: EngineDrain.SIGTERM,
      'Text Embeddings Inference': EngineDrain.SIGTERM,
    } as { [engine: string]: EngineDrain };
    expect(engine().bind(subject()).drain).toBe(expected[name] ?? EngineDrain.PRE_STOP);
  });

  test('refuses numbers that are none, and shares beyond the whole', () => {
    const props = {
      maxSequences: 0,
      maxBatchedTokens: 0.5,
      maxPrefillTokens: -1,
      maxClientBatch: 0,
      threads: 0,
      gpuMemoryUtilization: 2,
      memoryFraction: 0,
      freeMemoryFraction: 1.1,
    };
    const refused: { [engine: string]: string[] } = {
      vLLM: ['maxSequences', 'maxBatchedTokens', 'gpuMemoryUtilization'],
      SGLang: ['maxSequences', 'maxPrefillTokens', 'memoryFraction'],
      'TensorRT-LLM': ['maxSequences', 'maxBatchedTokens', 'freeMemoryFraction'],
      'llama.cpp': ['maxSequences', 'maxBatchedTokens', 'threads'],
      'Text Embeddings Inference': ['maxBatchedTokens', 'maxSequences', 'maxClientBatch'],
    };
    expect(problems(engine(props)).map((problem) => problem.split(':')[0])).toEqual(
      refused[name].map((option) => `engine.${option}`),
    );
  });
});

describe('what only some engines do', () => {
  const able = (overrides: Parameters<typeof subject>[0], props = {}) =>
    ENGINES.filter(([, engine]) => problems(engine(props), overrides).length === 0).map(([name]) => name);

  test('streaming from a bucket', () => {
    expect(able(bucket)).toEqual(['vLLM', 'SGLang']);
    for (const engine of [vllm(), sglang()]) {
      expect(args(engine, bucket)).toEqual(
        expect.arrayContaining(['--load-format=runai_streamer', expect.stringMatching(/(^|=)s3:\/\/weights\/chat$/)]),
      );
    }
    expect(problems(llamaCpp(), bucket)).toEqual([
      'model.repository: expected a place that llama.cpp loads from (hub, directory), got s3; copy them to a directory first',
    ]);
  });

  test('several nodes', () => {
    expect(able(pod(false))).toEqual(['vLLM', 'SGLang']);
    expect(problems(tensorRtLlm(), pod(false))).toContain(
      'nodes: expected 1 for TensorRT-LLM, got 2; serve a model beyond one node with vLLM or SGLang',
    );
  });

  test('adapters by name', () => {
    expect(able(adapters)).toEqual(['vLLM', 'SGLang']);
    expect(problems(llamaCpp(), adapters)).toEqual([
      'adapters: expected none for llama.cpp, got sql, tone; it serves no adapters by name, merge them into the weights',
    ]);
    expect(args(vllm(), adapters).join(' ')).toMatch(
      /--enable-lora .*--lora-modules sql=\/adapters\/sql tone=acme\/tone --/,
    );
    expect(args(sglang(), adapters).join(' ')).toMatch(
      /--enable-lora .*--lora-paths sql=\/adapters\/sql tone=acme\/tone --/,
    );
  });

  test('no GPU', () => {
    expect(able({ gpus: 0 })).toEqual(expect.arrayContaining(['llama.cpp', 'Text Embeddings Inference']));
    for (const engine of [llamaCpp(), textEmbeddings()]) {
      expect(engine.bind(subject({ gpus: 0 })).devices).toEqual({});
      expect(engine.bind(subject({ gpus: 1 })).devices).toEqual({ 'nvidia.com/gpu': 1 });
    }
    expect(args(llamaCpp(), { gpus: 0 })).not.toContain('--n-gpu-layers');
    expect(args(llamaCpp(), { gpus: 1 }).join(' ')).toContain('--n-gpu-layers all');
  });

  test('several GPUs', () => {
    expect(able({ gpus: 4 })).toEqual(['vLLM', 'SGLang', 'TensorRT-LLM', 'llama.cpp']);
    expect(problems(textEmbeddings(), { gpus: 4 })).toEqual([
      'gpus: expected at most 1 for Text Embeddings Inference, got 4; it runs a model on one GPU, add replicas',
    ]);
  });

  test('a hub without a revision is refused', () => {
    expect(problems(vllm(), { weights: { ...subject().weights, revision: undefined } })).toEqual([
      "model.revision: expected a revision of the repository, got none; the hub's main branch moves",
    ]);
  });
});

describe('parallelism', () => {
  test('takes all GPUs of a replica for tensor parallelism, less those of the pipeline', () => {
    expect(args(vllm(), { gpus: 8 })).toContain('--tensor-parallel-size=8');
    expect(args(vllm(), { gpus: 8, pipelineParallelSize: 2 })).toEqual(
      expect.arrayContaining(['--tensor-parallel-size=4', '--pipeline-parallel-size=2']),
    );
    expect(args(sglang(), { gpus: 8, tensorParallelSize: 2, pipelineParallelSize: 4 })).toEqual(
      expect.arrayContaining(['--tp-size=2', '--pp-size=4']),
    );
  });

  test('refuses sizes that are not the GPUs', () => {
    expect(problems(vllm(), { gpus: 8, tensorParallelSize: 4 })).toEqual([
      'placement: expected tensor × pipeline parallelism to be the 8 GPUs of a replica, got 4 × 1; plan it for these GPUs',
    ]);
    expect(problems(sglang(), { gpus: 8, pipelineParallelSize: 3 })).toHaveLength(1);
  });

  test('vLLM joins the pods of a group; only the first one answers requests', () => {
    const common = [
      '--tensor-parallel-size=8',
      '--pipeline-parallel-size=2',
      '--distributed-executor-backend=mp',
      '--nnodes=2',
      '--node-rank=$(LWS_WORKER_INDEX)',
      '--master-addr=$(LWS_LEADER_ADDRESS)',
    ];
    expect(args(vllm(), pod(false))).toEqual(expect.arrayContaining(common));
    expect(args(vllm(), pod(false))).not.toContain('--headless');
    expect(args(vllm(), pod(true))).toEqual(expect.arrayContaining([...common, '--headless']));
  });

  test('SGLang joins the pods of a group', () => {
    expect(args(sglang(), pod(true))).toEqual(
      expect.arrayContaining([
        '--nnodes=2',
        '--node-rank=$(LWS_WORKER_INDEX)',
        '--dist-init-addr=$(LWS_LEADER_ADDRESS):20000',
      ]),
    );
  });
});

describe('adapters', () => {
  test('have names of their own and a place', () => {
    const given = [
      { name: 'chat', path: '/a' },
      { name: 'a b', path: '/a' },
      { name: 'x', path: 'a' },
      { name: 'x', path: '/a' },
    ];
    expect(problems(vllm(), { adapters: given })).toEqual([
      'adapters[0].name: expected names that differ from each other and from the model\'s, got "chat" again; rename it',
      "adapters[1].name: expected names of letters, digits, '.', '_' and '-', got \"a b\"; clients ask for it by this name",
      'adapters[2].path: expected an absolute path or <organization>/<adapter>, got "a"; name where x is',
      'adapters[3].name: expected names that differ from each other and from the model\'s, got "x" again; rename it',
    ]);
  });

  test('of deploy time are not judged', () => {
    const text = Lazy.string({ produce: () => 'x' });
    expect(problems(vllm(), { adapters: [{ name: text, path: text }] })).toEqual([]);
  });
});

describe('code from the weights', () => {
  test.each([
    ['vLLM', vllm, '--trust-remote-code'],
    ['SGLang', sglang, '--trust-remote-code'],
    ['TensorRT-LLM', tensorRtLlm, '--trust_remote_code'],
  ] as const)('%s runs it for a reason only', (_, engine, flag) => {
    const trustRemoteCode = { reason: 'the modeling code was read at this revision' };
    expect(args(engine())).not.toContain(flag);
    expect(args(engine({ trustRemoteCode }))).toContain(flag);
    expect(problems(engine({ trustRemoteCode }))).toEqual([]);
    expect(problems(engine({ trustRemoteCode: { reason: ' ok ' } }))).toEqual([
      'engine.trustRemoteCode.reason: expected a reason of at least 10 characters, got " ok "; say who has read the code, and at which revision',
    ]);
    expect(problems(engine({ trustRemoteCode: { reason: Lazy.string({ produce: () => 'x' }) } }))).toEqual([]);
  });
});

describe('speculative decoding', () => {
  test('of vLLM', () => {
    expect(
      speculative.flatMap((speculativeDecoding) =>
        args(vllm({ speculativeDecoding })).filter((arg) => arg.startsWith('--speculative')),
      ),
    ).toEqual([
      '--speculative-config={"method":"ngram","num_speculative_tokens":4}',
      '--speculative-config={"method":"mtp","num_speculative_tokens":1}',
      '--speculative-config={"method":"eagle3","num_speculative_tokens":3,"model":"/draft"}',
      `--speculative-config={"method":"draft_model","num_speculative_tokens":5,"model":"Qwen/Qwen3-0.6B","revision":"${COMMIT}"}`,
    ]);
  });

  test('of SGLang', () => {
    expect(
      speculative.map((speculativeDecoding) =>
        args(sglang({ speculativeDecoding }))
          .filter((arg) => arg.startsWith('--speculative'))
          .join(' '),
      ),
    ).toEqual([
      '--speculative-algorithm=NGRAM --speculative-num-draft-tokens=4',
      '--speculative-algorithm=NEXTN --speculative-num-steps=1 --speculative-eagle-topk=1 --speculative-num-draft-tokens=2',
      '--speculative-algorithm=EAGLE3 --speculative-draft-model-path=/draft --speculative-num-steps=3 --speculative-eagle-topk=1 --speculative-num-draft-tokens=4',
      `--speculative-algorithm=STANDALONE --speculative-draft-model-path=Qwen/Qwen3-0.6B --speculative-draft-model-revision=${COMMIT} --speculative-num-steps=5 --speculative-eagle-topk=1 --speculative-num-draft-tokens=6`,
    ]);
  });

  test('of llama.cpp', () => {
    expect(args(llamaCpp({ speculativeDecoding: speculative[2] })).join(' ')).toContain(
      '--spec-type draft-eagle3 --spec-draft-model /draft --spec-draft-n-max 3',
    );
    expect(args(llamaCpp({ speculativeDecoding: speculative[0] })).join(' ')).toContain(
      '--spec-type ngram-simple --spec-ngram-simple-size-m 4',
    );
  });

  test.each(speculative)('$method is accepted by vLLM and SGLang', (speculativeDecoding) => {
    expect([...problems(vllm({ speculativeDecoding })), ...problems(sglang({ speculativeDecoding }))]).toEqual([]);
  });

  test('is refused where it cannot be', () => {
    const refused = (
      engine: typeof vllm | typeof tensorRtLlm | typeof llamaCpp,
      method: SpeculativeMethod,
      more: object = {},
    ) => problems(engine({ speculativeDecoding: { method, tokens: 3, ...more } }));
    expect(refused(vllm, SpeculativeMethod.DRAFT_MODEL)).toEqual([
      'engine.speculativeDecoding.draftModel: expected a model for draft-model, got none; name its repository or path',
    ]);
    expect(refused(vllm, SpeculativeMethod.NGRAM, { draftModel: '/x' })).toEqual([
      'engine.speculativeDecoding.draftModel: expected none for ngram, got /x; leave it out',
    ]);
    expect(refused(vllm, SpeculativeMethod.EAGLE3, { draftModel: 'a/b', draftRevision: 'main' })).toEqual([
      "engine.speculativeDecoding.draftRevision: expected a commit of 40 hexadecimal digits, got main; copy it from the draft model's history on the hub",
    ]);
    expect(refused(llamaCpp, SpeculativeMethod.EAGLE3, { draftModel: '/x', draftRevision: 'main' })).toEqual([
      'engine.speculativeDecoding.draftRevision: expected none without a draft model on the hub, got main; leave it out',
    ]);
    expect(refused(vllm, SpeculativeMethod.NGRAM, { tokens: 0 })).toEqual([
      'engine.speculativeDecoding.tokens: expected a whole number from 1, got 0; 3 to 5 is a usual start',
    ]);
    expect(refused(tensorRtLlm, SpeculativeMethod.DRAFT_MODEL, { draftModel: '/x' })).toEqual([
      'engine.speculativeDecoding.method: expected one of ngram, eagle3, mtp, got draft-model; this engine knows no other',
    ]);
    expect(refused(llamaCpp, SpeculativeMethod.DRAFT_MODEL, { draftModel: 'a/b', draftRevision: COMMIT })).toEqual([
      'engine.speculativeDecoding.draftModel: expected an absolute path, got a/b; this engine cannot pin the revision of a draft model on the hub',
    ]);
    const token = Lazy.string({ produce: () => 'x' });
    expect(
      refused(vllm, SpeculativeMethod.EAGLE3, {
        draftModel: token,
        draftRevision: token,
        tokens: Lazy.number({ produce: () => 1 }),
      }),
    ).toEqual([]);
  });
});

describe('options', () => {
  test('that are left out are left to the engine', () => {
    expect(args(sglang())).toEqual([
      '--model-path=Qwen/Qwen3-8B',
      `--revision=${COMMIT}`,
      '--served-model-name=chat',
      '--host=0.0.0.0',
      '--port=8000',
      '--tp-size=1',
      '--enable-metrics',
    ]);
    expect(args(textEmbeddings())).toEqual([
      '--model-id=Qwen/Qwen3-8B',
      `--revision=${COMMIT}`,
      '--served-model-name=chat',
      '--port=8000',
      '--huggingface-hub-cache=/cache/huggingface',
      '--json-output',
    ]);
    expect(args(llamaCpp(), { gpus: 0 })).toEqual([
      '--model-url',
      `https://huggingface.co/Qwen/Qwen3-8B/resolve/${COMMIT}/qwen3-8b-q4_k_m.gguf`,
      '--alias',
      'chat',
      '--host',
      '0.0.0.0',
      '--port',
      '8000',
      '--metrics',
      '--no-slots',
      '--no-ui',
    ]);
  });

  test('switch prefix caching and chunked prefill on and off', () => {
    expect(args(vllm({ prefixCaching: false, chunkedPrefill: true }))).toEqual(
      expect.arrayContaining(['--no-enable-prefix-caching', '--enable-chunked-prefill']),
    );
    expect(args(sglang({ prefixCaching: false, chunkedPrefillTokens: -1 }))).toEqual(
      expect.arrayContaining(['--disable-radix-cache', '--chunked-prefill-size=-1']),
    );
    expect(problems(sglang({ chunkedPrefillTokens: -1 }))).toEqual([]);
    expect(problems(sglang({ chunkedPrefillTokens: 0 }))).toHaveLength(1);
  });

  test('have the names that each engine gives them', () => {
    expect(
      args(vllm({ quantization: WeightQuantization.NVFP4, structuredOutput: StructuredOutputBackend.GUIDANCE })),
    ).toEqual(
      expect.arrayContaining(['--quantization=modelopt_fp4', '--structured-outputs-config={"backend":"guidance"}']),
    );
    expect(
      args(sglang({ quantization: WeightQuantization.INT8, structuredOutput: StructuredOutputBackend.GUIDANCE })),
    ).toEqual(expect.arrayContaining(['--quantization=w8a8_int8', '--grammar-backend=llguidance']));
  });

  test('cannot be gone around by another name, or a part, of their flag', () => {
    const repeated = (engine: IInferenceEngine) =>
      problems(engine).map((problem) => /got ([^;=\s]+)/.exec(problem)?.[1]);
    expect(
      repeated(
        vllm({
          prefixCaching: true,
          speculativeDecoding: speculative[0],
          extraArgs: ['-tp=2', '--no-enable-prefix-caching', '-sc', '{}', '--speculative-config.method=mtp'],
        }),
      ),
    ).toEqual(['-tp', '--no-enable-prefix-caching', '-sc', '--speculative-config.method']);
    expect(repeated(sglang({ extraArgs: ['--tensor-parallel-size', '2', '--model=x'] }))).toEqual([
      '--tensor-parallel-size',
      '--model',
    ]);
    expect(repeated(llamaCpp({ extraArgs: ['-mu', 'x', '--webui'] }))).toEqual(['-mu', '--webui']);
    expect(repeated(tensorRtLlm({ extraArgs: ['--extra_llm_api_options=/x'] }))).toEqual(['--extra_llm_api_options']);
    expect(repeated(textEmbeddings({ extraArgs: ['-p', '1'] }))).toEqual(['-p']);
  });

  test('that would open the pod, or undo a check, are refused', () => {
    expect(problems(vllm({ extraArgs: ['--config=/x'] }))).toEqual([
      'engine.extraArgs: expected no --config, got --config; a file could set what is checked here; give its flags',
    ]);
    expect(problems(sglang({ extraArgs: ['--config', '/x'] }))).toHaveLength(1);
    expect(problems(llamaCpp({ extraArgs: ['--tools', 'all', '--agent', '-hf', 'a/b'] }))).toHaveLength(3);
    expect(
      problems(tensorRtLlm({ extraArgs: ['--tp_size=2', '--tensor_parallel_size=2', '--hf_revision=x'] })),
    ).toHaveLength(3);
    expect(problems(textEmbeddings({ extraArgs: ['--hostname=127.0.0.1'] }))).toHaveLength(1);
  });

  test('of llama.cpp name a GGUF file', () => {
    expect(problems(llamaCpp({ file: '../x.gguf' }))).toEqual([
      expect.stringContaining('engine.file: expected the name of a .gguf file, got "../x.gguf"'),
    ]);
    expect(problems(llamaCpp({ file: 'model.safetensors' }))).toHaveLength(1);
    expect(problems(llamaCpp({ file: 'q4/model.gguf' }))).toEqual([]);
  });
});

describe('settings of TensorRT-LLM', () => {
  const settings = (props: Parameters<typeof tensorRtLlm>[0], overrides: Parameters<typeof subject>[0] = {}) =>
    JSON.parse(tensorRtLlm(props).bind(subject(overrides)).files!['tensorrt-llm.yaml']) as unknown;

  test('are in a file, which the command names', () => {
    expect(args(tensorRtLlm())).toContain('--config=/etc/engine/tensorrt-llm.yaml');
    expect(settings({})).toEqual({
      revision: COMMIT,
      tensor_parallel_size: 1,
      return_perf_metrics: true,
      enable_iter_perf_stats: true,
    });
    expect(
      settings(
        {
          maxSequences: 64,
          maxBatchedTokens: 4096,
          freeMemoryFraction: 0.8,
          prefixCaching: false,
          chunkedPrefill: true,
          structuredOutput: StructuredOutputBackend.GUIDANCE,
          speculativeDecoding: speculative[2],
        },
        { gpus: 4, pipelineParallelSize: 2, maxModelLen: 8192 },
      ),
    ).toEqual({
      revision: COMMIT,
      tensor_parallel_size: 2,
      pipeline_parallel_size: 2,
      max_seq_len: 8192,
      max_batch_size: 64,
      max_num_tokens: 4096,
      kv_cache_config: { free_gpu_memory_fraction: 0.8, enable_block_reuse: false },
      enable_chunked_prefill: true,
      guided_decoding_backend: 'llguidance',
      speculative_config: { decoding_type: 'Eagle3', max_draft_len: 3, speculative_model: '/draft' },
      return_perf_metrics: true,
      enable_iter_perf_stats: true,
    });
    expect(settings({ speculativeDecoding: speculative[1] })).toMatchObject({
      speculative_config: { decoding_type: 'MTP', num_nextn_predict_layers: 1 },
    });
  });

  test('know two backends for schemas', () => {
    expect(problems(tensorRtLlm({ structuredOutput: StructuredOutputBackend.OUTLINES }))).toEqual([
      'engine.structuredOutput: expected xgrammar or guidance, got outlines; TensorRT-LLM knows no other',
    ]);
  });

  test("ask for the version beside Triton's image, whose tag is a month", () => {
    const triton = image('nvcr.io/nvidia/tritonserver:26.07-trtllm-python-py3');
    expect(problems(tensorRtLlm({ image: triton }))).toEqual([
      expect.stringContaining('engine.version: expected a version of TensorRT-LLM'),
    ]);
    expect(problems(tensorRtLlm({ image: triton, version: '1.3.0' }))).toEqual([]);
  });
});
