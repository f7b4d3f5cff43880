import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type IInferenceEngine } from '../../../../constructs/serving/inference-engine';
import { llamaCpp, sglang, subject, tensorRtLlm, textEmbeddings, vllm } from './engine-subjects';

const FLAGS = join(__dirname, 'flags');

/** Flags of the pinned versions of an engine. */
const flagsOf = (engine: string) =>
  new Set(
    readdirSync(FLAGS)
      .filter((file) => file.startsWith(engine))
      .flatMap((file) => (JSON.parse(readFileSync(join(FLAGS, file), 'utf8')) as { flags: string[] }).flags),
  );

type Make = (props: { extraArgs?: string[]; environment?: { [name: string]: string } }) => IInferenceEngine;

const refusals = (make: Make, extraArgs: string[]) => make({ extraArgs }).problems(subject());
const variables = (make: Make, ...names: string[]) =>
  make({ environment: Object.fromEntries(names.map((name) => [name, '1'])) }).problems(subject());

/** What the pod cannot do without, by kind: a flag that changes it by its mere presence. */
const CONTRACT: readonly (readonly [
  engine: string,
  make: Make,
  flags: { readonly [kind: string]: readonly string[] },
  harmless: readonly string[],
])[] = [
  [
    'vllm',
    vllm,
    {
      address: ['--host', '--uds', '--port', '--grpc', '--grpc-port'],
      TLS: [
        '--ssl-certfile',
        '--ssl-keyfile',
        '--ssl-ca-certs',
        '--ssl-cert-reqs',
        '--ssl-ciphers',
        '--enable-ssl-refresh',
      ],
      metrics: ['--disable-log-stats'],
      'parallel sizes': [
        '--tensor-parallel-size',
        '-tp',
        '--pipeline-parallel-size',
        '-pp',
        '--data-parallel-size',
        '-dp',
        '--data-parallel-size-local',
        '-dpl',
        '-dpm',
        '--data-parallel-external-lb',
        '-dpe',
        '--prefill-context-parallel-size',
        '-pcp',
        '--enable-elastic-ep',
        '--device-ids',
      ],
      'group and role': [
        '--headless',
        '--nnodes',
        '-n',
        '--node-rank',
        '-r',
        '--master-addr',
        '--distributed-executor-backend',
        '--tokens-only',
        '--mm-encoder-only',
      ],
      memory: [
        '--gpu-memory-utilization',
        '--device-memory-utilization',
        '--kv-cache-memory-bytes',
        '--num-gpu-blocks-override',
        '--enable-eplb',
        '--max-model-len',
        '--max-num-batched-tokens',
        '--max-num-seqs',
      ],
      'key/value cache': [
        '--disable-hybrid-kv-cache-manager',
        '--no-disable-hybrid-kv-cache-manager',
        '--kv-transfer-config',
        '--kv-events-config',
        '--kv-offloading-size',
      ],
      'number format': ['--quantization', '-q', '--quantization-config'],
      model: ['--model', '--served-model-name', '--revision', '--hf-config-path', '--download-dir', '--config'],
      adapters: [
        '--enable-lora',
        '--lora-modules',
        '--max-lora-rank',
        '--max-cpu-loras',
        '--default-mm-loras',
        '--max-loras',
        '--enable-tower-connector-lora',
      ],
      'opens the pod': ['--api-key', '--allowed-local-media-path', '--tool-server', '--trust-remote-code'],
    },
    [
      '--seed',
      '--enforce-eager',
      '-ep',
      '--enable-expert-parallel',
      '--enable-log-requests',
      '--kv-offloading-backend',
      '--mamba-ssm-cache-dtype',
      '--tokenizer-mode',
      '--chat-template',
      '--reasoning-parser',
      '--tool-call-parser',
      '--hf-overrides',
      '--limit-mm-per-prompt',
      '--enable-auto-tool-choice',
      '--disable-custom-all-reduce',
      '--decode-context-parallel-size',
      '-dcp',
      '--async-scheduling',
      '--root-path',
    ],
  ],
  [
    'sglang',
    sglang,
    {
      address: ['--host', '--port', '--enable-http2', '--grpc-mode', '--grpc-port', '--smg-grpc-mode'],
      TLS: ['--ssl-certfile', '--ssl-keyfile', '--ssl-keyfile-password', '--enable-ssl-refresh'],
      metrics: ['--enable-metrics'],
      'parallel sizes': [
        '--tp-size',
        '--tensor-parallel-size',
        '--pp-size',
        '--dp-size',
        '--data-parallel-size',
        '--attn-dp-size',
        '--attention-data-parallel-size',
        '--attn-cp-size',
        '--moe-dp-size',
        '--moe-dense-tp-size',
        '--enable-dp-attention',
        '--device',
        '--base-gpu-id',
        '--use-ray',
      ],
      'group and role': [
        '--nnodes',
        '--node-rank',
        '--dist-init-addr',
        '--nccl-init-addr',
        '--disaggregation-mode',
        '--encoder-only',
        '--language-only',
      ],
      memory: [
        '--mem-fraction-static',
        '--context-length',
        '--max-running-requests',
        '--max-prefill-tokens',
        '--chunked-prefill-size',
        '--max-total-tokens',
        '--ep-num-redundant-experts',
        '--mm-enable-dp-encoder',
      ],
      'key/value cache': [
        '--disable-hybrid-swa-memory',
        '--swa-full-tokens-ratio',
        '--mamba-full-memory-ratio',
        '--max-mamba-cache-size',
      ],
      'number format': ['--quantization', '--quantize-and-serve', '--modelopt-quant', '--enable-fp32-lm-head'],
      model: [
        '--model',
        '--model-path',
        '--served-model-name',
        '--revision',
        '--download-dir',
        '--config',
        '--decrypted-config-file',
      ],
      adapters: ['--enable-lora', '--lora-paths', '--max-lora-rank', '--uno-lora-path', '--max-loras-per-batch'],
      'opens the pod': [
        '--api-key',
        '--admin-api-key',
        '--tool-server',
        '--enable-custom-logit-processor',
        '--trust-remote-code',
      ],
    },
    [
      '--random-seed',
      '--ep',
      '--ep-size',
      '--schedule-policy',
      '--reasoning-parser',
      '--tool-call-parser',
      '--log-level',
      '--enable-torch-compile',
      '--is-embedding',
      '--attention-backend',
    ],
  ],
  [
    'tensorrt-llm',
    tensorRtLlm,
    {
      address: ['--host', '--port'],
      metrics: ['--backend'],
      'parallel sizes': [
        '--tp_size',
        '--tensor_parallel_size',
        '--pp_size',
        '--pipeline_parallel_size',
        '--cp_size',
        '--context_parallel_size',
        '--cluster_size',
        '--moe_cluster_parallel_size',
        '--gpus_per_node',
      ],
      role: ['--server_role', '--disagg_cluster_uri', '--metadata_server_config_file'],
      memory: [
        '--max_seq_len',
        '--max_batch_size',
        '--max_num_tokens',
        '--free_gpu_memory_fraction',
        '--kv_cache_free_gpu_memory_fraction',
      ],
      model: ['--served_model_name', '--config', '--extra_llm_api_options'],
      'opens the pod': ['--trust_remote_code'],
    },
    ['--log_level', '--ep_size', '--reasoning_parser', '--tool_parser', '--num_postprocess_workers', '--chat_template'],
  ],
  [
    'llama-cpp',
    llamaCpp,
    {
      address: ['--host', '--port', '--api-prefix', '--reuse-port'],
      TLS: ['--ssl-key-file', '--ssl-cert-file'],
      metrics: ['--metrics'],
      devices: ['--device', '-dev', '--n-gpu-layers', '--gpu-layers', '-ngl', '--rpc'],
      role: ['--models-dir', '--models-preset', '--models-max', '--sleep-idle-seconds'],
      memory: ['--ctx-size', '-c', '--parallel', '-np', '--batch-size', '-b'],
      model: [
        '--model',
        '-m',
        '--model-url',
        '-mu',
        '--hf-repo',
        '-hf',
        '-hff',
        '--docker-repo',
        '-dr',
        '--alias',
        '-a',
        '--gpt-oss-20b-default',
        '--fim-qwen-7b-spec',
        '--spec-draft-hf',
        '-hfd',
      ],
      'opens the pod': [
        '--api-key',
        '--api-key-file',
        '--tools',
        '--agent',
        '-ag',
        '--media-path',
        '--slot-save-path',
        '--props',
        '--slots',
        '--mcp-servers-json',
        '--webui-mcp-proxy',
      ],
      ends: ['--help', '-h', '--version', '--list-devices', '--cache-list', '-cl', '--completion-bash'],
    },
    [
      '--no-host',
      '-mg',
      '--main-gpu',
      '-ts',
      '-ub',
      '-fa',
      '--flash-attn',
      '--jinja',
      '--no-warmup',
      '--embeddings',
      '--rerank',
      '--pooling',
      '-tb',
      '--mlock',
      '--threads-http',
      '--lora',
    ],
  ],
  [
    'text-embeddings',
    textEmbeddings,
    {
      address: ['--hostname', '--port', '-p', '--uds-path'],
      metrics: ['--prometheus-port'],
      'number format': ['--dtype'],
      memory: ['--max-batch-tokens', '--max-batch-requests', '--max-client-batch-size', '--max-concurrent-requests'],
      model: ['--model-id', '--revision', '--served-model-name', '--huggingface-hub-cache', '--pooling'],
      'opens the pod': ['--api-key', '--hf-token', '--hf-api-token'],
    },
    [
      '--tokenization-workers',
      '--payload-limit',
      '--default-prompt',
      '--dense-path',
      '--cors-allow-origin',
      '--otlp-endpoint',
    ],
  ],
];

describe.each(CONTRACT)('what the pod of %s relies on', (engine, make, kinds, harmless) => {
  test.each(Object.entries(kinds))('%s is not changed by further arguments', (_, flags) => {
    const known = flagsOf(engine);
    for (const flag of flags) {
      expect([flag, known.has(flag)]).toEqual([flag, true]);
      for (const extra of [[flag], [`${flag}=x`], [flag, 'x'], [flag.replace(/(?<=\w)-/g, '_'), 'x']]) {
        expect([extra, refusals(make, extra)]).toEqual([
          extra,
          [expect.stringMatching(/^engine.extraArgs: expected no --\S+( |,).*; \w.{8,}$/)],
        ]);
      }
    }
  });

  test('leaves flags to the user that change nothing of it', () => {
    for (const flag of harmless) expect([flag, refusals(make, [flag])]).toEqual([flag, []]);
  });
});

describe('values decide', () => {
  test.each([
    [vllm, '--dtype', ['float32', 'float'], ['auto', 'half', 'float16', 'bfloat16']],
    [vllm, '--api-server-count', ['0', '2', '10'], ['1']],
    [vllm, '--kv-cache-dtype', ['bfloat16', 'float16'], ['auto', 'fp8', 'fp8_e4m3']],
    [vllm, '--lora-dtype', ['float32'], ['auto', 'bfloat16']],
    [vllm, '--mamba-cache-dtype', ['float32'], ['auto', 'float16']],
    [vllm, '--mamba-cache-mode', ['all'], ['none', 'align']],
    [vllm, '--mm-encoder-tp-mode', ['data'], ['weights']],
    [
      vllm,
      '--load-format',
      ['dummy', 'pt', 'bitsandbytes', 'tensorizer'],
      ['auto', 'safetensors', 'mistral', 'runai_streamer'],
    ],
    [sglang, '--dtype', ['float32', 'float'], ['auto', 'half', 'bfloat16']],
    [sglang, '--load-format', ['dummy', 'remote'], ['safetensors']],
    [sglang, '--decode-log-interval', ['1000', '41'], ['1', '40']],
    [llamaCpp, '--cache-type-k', ['f32'], ['f16', 'q8_0']],
  ] as const)('%# %s', (make, flag, refused, allowed) => {
    for (const value of refused) {
      expect(refusals(make, [flag, value])).toEqual([
        expect.stringMatching(new RegExp(`^engine.extraArgs: expected no ${flag}=${value}, got ${flag}; `)),
      ]);
      expect(refusals(make, [`${flag}=${value}`])).toHaveLength(1);
    }
    for (const value of allowed)
      expect([value, refusals(make, [flag, value]), refusals(make, [`${flag}=${value}`])]).toEqual([value, [], []]);
  });
});

describe('spellings', () => {
  test('argparse takes the beginning of a flag, and a value behind one letter', () => {
    for (const arg of [
      '--disable-log-st',
      '--disable_log_st',
      '--tensor-par=2',
      '--ho=127.0.0.1',
      '--ssl-cert=x',
      '--data-parallel=4',
      '-qfp8',
      '-n2',
      '-t=2',
    ]) {
      expect([arg, refusals(vllm, [arg])]).toEqual([
        arg,
        [expect.stringContaining('engine.extraArgs: expected no --')],
      ]);
    }
    for (const arg of ['--enable-met', '--tensor-par=2', '--nccl-init=x', '--data-par=2', '--disagg=prefill'])
      expect([arg, refusals(sglang, [arg])]).toEqual([arg, [expect.any(String)]]);
  });

  test('others take whole flags only', () => {
    expect(refusals(textEmbeddings, ['-p3000'])).toHaveLength(1);
    expect(refusals(llamaCpp, ['--metr', '-mg', '0'])).toEqual([]);
  });

  test('a part of a setting is the setting', () => {
    expect(
      refusals(vllm, ['--speculative-config.method=mtp', '--structured_outputs_config.backend', 'xgrammar']),
    ).toEqual([
      'engine.extraArgs: expected no --speculative-config, got --speculative-config.method; set speculativeDecoding',
      'engine.extraArgs: expected no --structured-outputs-config, got --structured_outputs_config.backend; set structuredOutput',
    ]);
    for (const arg of [
      '-sc.method=eagle3',
      '-sc.disable_padded_drafter_batch+=a,b',
      '--speculative-config.model+',
      '--kv-transfer-config.kv_connector_extra_config.x+=1',
    ]) {
      expect([arg, refusals(vllm, [arg, 'x'])]).toEqual([
        arg,
        [expect.stringMatching(/^engine.extraArgs: expected no --(speculative|kv-transfer)-config, got -/)],
      ]);
    }
  });
});

describe('variables', () => {
  test.each([
    [
      'vLLM',
      vllm,
      [
        'VLLM_PORT',
        'VLLM_HOST_IP',
        'VLLM_DP_SIZE',
        'VLLM_DP_MASTER_IP',
        'VLLM_PP_LAYER_PARTITION',
        'VLLM_USE_V1',
        'VLLM_TARGET_DEVICE',
        'VLLM_API_KEY',
        'VLLM_SERVER_DEV_MODE',
        'PROMETHEUS_MULTIPROC_DIR',
        'VLLM_ALLOW_RUNTIME_LORA_UPDATING',
        'VLLM_LORA_RESOLVER_CACHE_DIR',
        'VLLM_USE_MODELSCOPE',
        'VLLM_MODEL_REDIRECT_PATH',
        'VLLM_ALLOW_LONG_MAX_MODEL_LEN',
        'VLLM_USE_RUST_FRONTEND',
      ],
    ],
    [
      'SGLang',
      sglang,
      [
        'SGLANG_PORT',
        'SGL_PORT',
        'SGLANG_FORCE_SHUTDOWN',
        'SGL_FORCE_SHUTDOWN',
        'SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION',
        'SGLANG_USE_MODELSCOPE',
        'SGLANG_TEST_RETRACT',
        'SGLANG_EXPOSE_OWN_ENV_VARS',
      ],
    ],
    [
      'llama.cpp',
      llamaCpp,
      [
        'LLAMA_ARG_HOST',
        'LLAMA_ARG_PORT',
        'LLAMA_ARG_ENDPOINT_METRICS',
        'LLAMA_ARG_N_GPU_LAYERS',
        'LLAMA_ARG_TOOLS',
        'LLAMA_API_KEY',
      ],
    ],
    [
      'Text Embeddings Inference',
      textEmbeddings,
      [...flagsOf('text-embeddings')]
        .filter((flag) => flag.startsWith('--'))
        .map((flag) => flag.slice(2).replaceAll('-', '_').toUpperCase()),
    ],
    ['TensorRT-LLM', tensorRtLlm, []],
  ] as const)(
    'of %s that change address, devices, model or names are refused, and those of every engine',
    (_, make, own) => {
      const every = [
        'CUDA_VISIBLE_DEVICES',
        'NVIDIA_VISIBLE_DEVICES',
        'HF_HUB_OFFLINE',
        'TRANSFORMERS_OFFLINE',
        'HF_HOME',
        'HF_HUB_CACHE',
        'HF_TOKEN',
        'HOME',
        'MASTER_ADDR',
        'WORLD_SIZE',
        'LWS_LEADER_ADDRESS',
      ];
      for (const name of [...own, ...every]) {
        // llama.cpp has a cache of its own.
        if (name === 'HF_HOME' && make === llamaCpp) continue;
        expect([name, variables(make, name)]).toEqual([
          name,
          [expect.stringMatching(/^engine.environment: expected no .*; \w.{8,}$/)],
        ]);
      }
    },
  );

  test('that say whether windows are kept apart are taken for yes only', () => {
    const windows = (value: string) =>
      vllm({ environment: { VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE: value } }).problems(subject());
    expect(windows('0')).toEqual([
      expect.stringMatching(
        /^engine.environment: expected no VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE; layers with a window /,
      ),
    ]);
    expect(windows('1')).toEqual([]);
  });

  test('that are for the engine alone are taken', () => {
    expect(
      variables(
        vllm,
        'VLLM_LOGGING_LEVEL',
        'VLLM_LOGGING_CONFIG_PATH',
        'NCCL_DEBUG',
        'NCCL_SOCKET_IFNAME',
        'VLLM_USE_FLASHINFER_SAMPLER',
        'HF_ENDPOINT',
        'FLASHINFER_CUBIN_DIR',
      ),
    ).toEqual([]);
    expect(variables(sglang, 'SGLANG_TIMEOUT_KEEP_ALIVE', 'SGLANG_LOG_MS')).toEqual([]);
    expect(variables(textEmbeddings, 'RUST_BACKTRACE', 'RUST_LOG')).toEqual([]);
  });
});
