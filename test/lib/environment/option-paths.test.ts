import { rehearsal, staging } from '../../../environments';
import { SpeculativeMethod, StructuredOutputBackend } from '../../../constructs/serving';
import type { EnvironmentConfig, NewCluster } from '../../../lib/environment/environment-config';
import { checkEnvironment } from '../../../lib/environment/environment-checks';
import type { ModelConfig } from '../../../lib/environment/model/model-config';
import type { NodesConfig, NodeTypeConfig } from '../../../lib/environment/nodes/node-config';
import type { DurationText, SizeText } from '../../../lib/environment/plain-data';
import { PlatformStage } from '../../../lib/stage';
import { testApp } from '../../support/app';
import { cpuModel } from '../../support/full-environment';

/** Paths of what a user can write wrong although its type is right; booleans and choices have no wrong values. */
type Options<T> = T extends boolean | undefined
  ? never
  : T extends number | DurationText | SizeText
    ? ''
    : T extends string
      ? string extends T
        ? ''
        : never
      : T extends readonly string[]
        ? ''
        : T extends readonly (infer Element)[]
          ? `[0]${Options<Element>}`
          : string extends keyof T
            ? ''
            : { [Key in keyof T & string]-?: `.${Key}${Options<T[Key]>}` }[keyof T & string];

/** Paths of choices. */
type Choices<T> = T extends DurationText | SizeText
  ? never
  : T extends string
    ? string extends T
      ? never
      : ''
    : T extends readonly (infer Element)[]
      ? `[0]${Choices<Element>}`
      : T extends object
        ? string extends keyof T
          ? never
          : { [Key in keyof T & string]-?: `.${Key}${Choices<T[Key]>}` }[keyof T & string]
        : never;

/** A wrong value, and what the rest of the model is beside it. */
type Row = readonly [wrong: unknown, beside?: Partial<ModelConfig>];

const [chat] = staging.models;
const { gates } = chat.rollout;
const withGates = (changes: Partial<ModelConfig['rollout']['gates']>): Pick<ModelConfig, 'rollout'> => ({
  rollout: { ...chat.rollout, gates: { ...gates, ...changes } },
});

const NGRAM = { method: SpeculativeMethod.NGRAM, tokens: 3 };
const EAGLE = { method: SpeculativeMethod.EAGLE3, tokens: 3, draftModel: 'org/draft', draftRevision: 'a'.repeat(40) };
const LOCAL = { method: SpeculativeMethod.EAGLE3, tokens: 3, draftModel: '/models/draft' };
const DRAFTED: Pick<ModelConfig, 'placement'> = {
  placement: { draftConfigFile: 'test/constructs/placement/architecture/configs/qwen3-0.6b.json' },
};
const VLLM: Partial<ModelConfig> = { engine: { name: 'vllm' } };
const SGLANG: Partial<ModelConfig> = { engine: { name: 'sglang' }, image: 'lmsysorg/sglang:v0.5.23' };
const TENSORRT: Partial<ModelConfig> = {
  engine: { name: 'tensorrt-llm' },
  image: 'nvcr.io/nvidia/tensorrt-llm/release:1.3.0',
  ...withGates({ errorRatio: false, forwardProgress: false }),
};
const LLAMA = cpuModel;
const EMBEDDINGS: Partial<ModelConfig> = {
  engine: { name: 'text-embeddings' },
  image: 'ghcr.io/huggingface/text-embeddings-inference:89-1.9',
  placement: undefined,
  maxModelLen: undefined,
  ...withGates({ timeToFirstToken: false, errorRatio: false, forwardProgress: false }),
};
const SCALED: Partial<ModelConfig> = {
  autoscaling: {
    minReplicas: 1,
    maxReplicas: 3,
    schedules: [{ start: '0 7 * * 1-5', end: '0 19 * * 1-5', timezone: 'Europe/Berlin', replicas: 2 }],
  },
};
const SLEEPING: Partial<ModelConfig> = {
  autoscaling: {
    minReplicas: 0,
    maxReplicas: 3,
    requestQueue: { name: 'the gateway', queuedRequestsQuery: 'sum(held) or vector(0)' },
  },
};
const ADAPTED: Partial<ModelConfig> = {
  adapters: [
    {
      name: 'law',
      path: '/models/law',
      adapterConfig:
        '{"base_model_name_or_path":"Qwen/Qwen3-8B","r":8,"lora_alpha":16,"target_modules":["q_proj","v_proj"]}',
    },
  ],
};
const ROUTED: Partial<ModelConfig> = {
  routing: { by: 'least-busy', gatewayName: 'inference', gatewayNamespace: 'gateways', hostname: 'chat.example.com' },
};
const IMPORTED: Partial<ModelConfig> = {
  weights: { path: `Qwen/Qwen3-8B/${chat.revision}/0123456789ab`, manifestSha256: 'a'.repeat(64) },
};
const DRAINED: Partial<ModelConfig> = {
  timings: { ...chat.timings, preStop: '15s', shutdownTimeout: '60s', terminationGracePeriod: '105s' },
};

type EngineName = NonNullable<ModelConfig['engine']>['name'];
type Settings<Name extends EngineName> = Omit<
  Extract<NonNullable<ModelConfig['engine']>, { readonly name: Name }>,
  'name'
>;

const ENGINES: { readonly [Name in EngineName]: Readonly<Record<Options<Settings<Name>>, Row>> } = {
  vllm: {
    '.version': ['0.17.0', VLLM],
    '.gpuMemoryUtilization': [2, VLLM],
    '.maxSequences': [0, VLLM],
    '.maxBatchedTokens': [0, VLLM],
    '.speculativeDecoding.tokens': [0, { engine: { name: 'vllm', speculativeDecoding: NGRAM } }],
    '.speculativeDecoding.draftModel': ['org/draft', { engine: { name: 'vllm', speculativeDecoding: NGRAM } }],
    '.speculativeDecoding.draftRevision': [
      'main',
      { ...DRAFTED, engine: { name: 'vllm', speculativeDecoding: EAGLE } },
    ],
    '.trustRemoteCode.reason': ['yes', VLLM],
    '.environment': [{ HF_TOKEN: 'x' }, VLLM],
    '.extraArgs': [['--api-key=x'], VLLM],
  },
  sglang: {
    '.version': ['0.1.0', SGLANG],
    '.memoryFraction': [2, SGLANG],
    '.maxSequences': [0, SGLANG],
    '.maxPrefillTokens': [0, SGLANG],
    '.chunkedPrefillTokens': [0, SGLANG],
    '.speculativeDecoding.tokens': [0, { ...SGLANG, engine: { name: 'sglang', speculativeDecoding: NGRAM } }],
    '.speculativeDecoding.draftModel': [
      'org/draft',
      { ...SGLANG, engine: { name: 'sglang', speculativeDecoding: NGRAM } },
    ],
    '.speculativeDecoding.draftRevision': [
      'main',
      { ...SGLANG, ...DRAFTED, engine: { name: 'sglang', speculativeDecoding: EAGLE } },
    ],
    '.trustRemoteCode.reason': ['yes', SGLANG],
    '.environment': [{ HF_TOKEN: 'x' }, SGLANG],
    '.extraArgs': [['--api-key=x'], SGLANG],
  },
  'tensorrt-llm': {
    '.version': ['1.0.0', TENSORRT],
    '.freeMemoryFraction': [2, TENSORRT],
    '.maxSequences': [0, TENSORRT],
    '.maxBatchedTokens': [0, TENSORRT],
    '.speculativeDecoding.tokens': [0, { ...TENSORRT, engine: { name: 'tensorrt-llm', speculativeDecoding: NGRAM } }],
    '.speculativeDecoding.draftModel': [
      'org/draft',
      { ...TENSORRT, ...DRAFTED, engine: { name: 'tensorrt-llm', speculativeDecoding: LOCAL } },
    ],
    '.speculativeDecoding.draftRevision': [
      'main',
      { ...TENSORRT, ...DRAFTED, engine: { name: 'tensorrt-llm', speculativeDecoding: LOCAL } },
    ],
    '.trustRemoteCode.reason': ['yes', TENSORRT],
    '.environment': [{ HF_TOKEN: 'x' }, TENSORRT],
    '.extraArgs': [['--api-key=x'], TENSORRT],
  },
  'llama-cpp': {
    '.file': ['model.bin', LLAMA],
    '.version': ['1', LLAMA],
    '.threads': [0, LLAMA],
    '.maxSequences': [0, LLAMA],
    '.maxBatchedTokens': [0, LLAMA],
    '.speculativeDecoding.tokens': [
      0,
      { ...LLAMA, engine: { name: 'llama-cpp', file: 'm.gguf', speculativeDecoding: NGRAM } },
    ],
    '.speculativeDecoding.draftModel': [
      'org/draft',
      { ...LLAMA, engine: { name: 'llama-cpp', file: 'm.gguf', speculativeDecoding: LOCAL } },
    ],
    '.speculativeDecoding.draftRevision': [
      'main',
      { ...LLAMA, engine: { name: 'llama-cpp', file: 'm.gguf', speculativeDecoding: LOCAL } },
    ],
    '.environment': [{ HF_TOKEN: 'x' }, LLAMA],
    '.extraArgs': [['--api-key=x'], LLAMA],
  },
  'text-embeddings': {
    '.version': ['1.0.0', EMBEDDINGS],
    '.maxBatchedTokens': [0, EMBEDDINGS],
    '.maxSequences': [0, EMBEDDINGS],
    '.maxClientBatch': [0, EMBEDDINGS],
    '.maxConcurrentRequests': [0, EMBEDDINGS],
    '.environment': [{ HF_TOKEN: 'x' }, EMBEDDINGS],
    '.extraArgs': [['--api-key=x'], EMBEDDINGS],
  },
};

const MODEL: Readonly<Record<Options<Omit<ModelConfig, 'engine'>>, Row>> = {
  '.name': ['Chat'],
  '.repository': ['qwen'],
  '.revision': ['the newest'],
  '.image': ['vllm/vllm-openai'],
  '.accelerator': ['g6.xlrage'],
  '.previousAccelerator': ['g6.tiny'],
  '.resources.cpus': [0, { resources: { cpus: 4, memory: '16Gi' } }],
  '.resources.memory': ['1.5Gi', { resources: { cpus: 4, memory: '16Gi' } }],
  '.placement.configFile': ['environments/models/none.json'],
  '.placement.weightsSize': ['0Gi'],
  '.placement.draftConfigFile': [
    'environments/models/none.json',
    { engine: { name: 'vllm', speculativeDecoding: EAGLE }, ...DRAFTED },
  ],
  '.placement.draftWeightsSize': ['0Mi', { engine: { name: 'vllm', speculativeDecoding: EAGLE }, ...DRAFTED }],
  '.placement.concurrency': [0],
  '.placement.promptTokens': [0],
  '.placement.timeToFirstToken': ['0s'],
  '.placement.tokensPerSecond': [0],
  '.placement.maxHourlyUsd': [0],
  '.placement.imageSize': ['0Gi'],
  '.replicas': [0],
  '.autoscaling.minReplicas': [-1, SCALED],
  '.autoscaling.maxReplicas': [0, { autoscaling: { minReplicas: 1, maxReplicas: 3 } }],
  '.autoscaling.waitingPerReplica': [0, SCALED],
  '.autoscaling.kvCacheUsage': [2, SCALED],
  '.autoscaling.runningPerReplica': [0, SCALED],
  '.autoscaling.schedules[0].start': ['in the morning', SCALED],
  '.autoscaling.schedules[0].end': ['in the evening', SCALED],
  '.autoscaling.schedules[0].timezone': ['Berlin', SCALED],
  '.autoscaling.schedules[0].replicas': [9, SCALED],
  '.autoscaling.requestQueue.name': [' ', SLEEPING],
  '.autoscaling.requestQueue.queuedRequestsQuery': [' ', SLEEPING],
  '.autoscaling.scaleDownWindow': ['1s', SCALED],
  '.autoscaling.pollingInterval': ['0s', SCALED],
  '.autoscaling.fallbackReplicas': [9, SCALED],
  '.nodes': [0],
  '.adapters[0].name': ['a b', ADAPTED],
  '.adapters[0].path': ['law', ADAPTED],
  '.adapters[0].adapterConfig': ['{}', ADAPTED],
  '.routing.gatewayName': ['The Gateway', ROUTED],
  '.routing.gatewayNamespace': ['The Gateways', ROUTED],
  '.routing.hostname': ['https://chat.example.com', ROUTED],
  '.routing.dataPlaneNamespace': ['The Proxies', ROUTED],
  '.routing.endpointPickers': [1, ROUTED],
  '.routing.endpointPickerCpus': [0, ROUTED],
  '.routing.endpointPickerMemory': ['1Mi', ROUTED],
  '.routing.endpointPickerImage': ['picker', ROUTED],
  '.weights.path': ['elsewhere', IMPORTED],
  '.weights.manifestSha256': ['none', IMPORTED],
  '.weights.bytes': [0, IMPORTED],
  '.weights.verifyImage': ['python', IMPORTED],
  '.gpus': [2],
  '.maxModelLen': [50_000],
  '.cacheSize': ['0.5Gi'],
  '.hubTokenSecretName': ['hf_AbC'],
  '.imagePullSecrets': [['{"auths":{}}']],
  '.callers[0].namespaceLabels': [{ team: 'a team' }, { callers: [{}] }],
  '.callers[0].podLabels': [{ app: 'a web app' }, { callers: [{}] }],
  '.timings.startupBudget': ['0.001m'],
  '.timings.expectedStartup': ['0.5s'],
  '.timings.capacityBudget': ['soon'],
  '.timings.expectedNodeWait': ['0.5s'],
  '.timings.probePeriod': ['0s'],
  '.timings.scrapeInterval': ['0s'],
  '.timings.preStop': ['0.5s', DRAINED],
  '.timings.shutdownTimeout': ['0s', DRAINED],
  '.timings.terminationGracePeriod': ['30s', DRAINED],
  '.deadline': ['90m'],
  '.objectives.timeToFirstToken': ['0s'],
  '.objectives.errorRatio': [2],
  '.traffic.requestsPerSecond': [0],
  '.rollout.steps[0].weight': [0],
  '.rollout.steps[0].hold': [
    '0.5s',
    { rollout: { ...chat.rollout, judgement: { ...chat.rollout.judgement, minimumRequestsTimeout: '10m' } } },
  ],
  '.rollout.gates.timeToFirstToken.maxRatio': [0.9],
  '.rollout.gates.timeToFirstToken.quantile': [95],
  '.rollout.gates.timeToFirstToken.floor': ['0ms'],
  '.rollout.gates.errorRatio.maxDifference': [1],
  '.rollout.gates.refusedRequests.maxDifference': [1],
  '.rollout.gates.unfinishedAnswers.maxDifference': [1],
  '.rollout.gates.syntheticRequest.timeout': ['500ms'],
  '.rollout.bakeTime': ['0.5s'],
  '.rollout.gates.queueTime.maxRatio': [0.9],
  '.rollout.gates.queueTime.quantile': [0],
  '.rollout.gates.queueTime.floor': ['0s'],
  '.rollout.judgement.interval': ['0s'],
  '.rollout.judgement.window': ['10s'],
  '.rollout.judgement.warmUp': ['0.5s'],
  '.rollout.judgement.minimumRequests': [0],
  '.rollout.judgement.minimumRequestsTimeout': ['-1s'],
  '.rollout.judgement.failureLimit': [-1],
  '.rollout.judgement.consecutiveErrorLimit': [-1],
  '.rollout.maxSurge': [0],
};

const CHOICES: Readonly<Record<Choices<ModelConfig>, Partial<ModelConfig>>> = {
  '.engine.name': VLLM,
  '.engine.quantization': VLLM,
  '.engine.structuredOutput': VLLM,
  '.engine.speculativeDecoding.method': { engine: { name: 'vllm', speculativeDecoding: NGRAM } },
  '.engine.architecture': LLAMA,
  '.engine.precision': EMBEDDINGS,
  '.engine.pooling': EMBEDDINGS,
  '.placement.precision': {},
  '.routing.by': ROUTED,
  '.routing.failureMode': ROUTED,
  '.weights.delivery': IMPORTED,
  '.rollout.judgement.tooFewRequests': {},
};

const TYPE = 'g6e.xlarge';
const TYPES = `cluster.create.nodes.types["${TYPE}"]`;
const ZONE: NodeTypeConfig = { availabilityZone: 'us-east-1a' };
const SNAPSHOT: NodeTypeConfig = { imageAcceleration: { snapshotId: 'snap-0a' } };

const NODE_TYPE: Readonly<Record<Options<NodeTypeConfig>, readonly [wrong: unknown, beside?: NodeTypeConfig]>> = {
  '.capacity.reservationIds': [['r-1'], { ...ZONE, capacity: { kind: 'capacity-block', reservationIds: ['cr-0a'] } }],
  '.image.version': ['the newest'],
  '.imageAcceleration.snapshotId': ['vol-1', SNAPSHOT],
  '.imageAcceleration.initializationRateMibps': [150.5, SNAPSHOT],
  '.sharing.podsPerGpu': [1, { sharing: { strategy: 'time-slicing', podsPerGpu: 2 } }],
  '.availabilityZone': ['us-east-1z'],
  '.warmReplicas': [0.5],
  '.drainTimeout': ['1m'],
};

const weightsBucket = { name: 'weights', storageCidrs: ['10.20.0.0/16'] };
const cluster = (staging.cluster as { create: NewCluster }).create;
const withModel = (model: ModelConfig): EnvironmentConfig => ({ ...staging, weightsBucket, models: [model] });
const withNodes = (nodes: NodesConfig, model: ModelConfig = chat): EnvironmentConfig => ({
  ...staging,
  cluster: { create: { ...cluster, nodes: { provisioning: 'karpenter', ...nodes } } },
  models: [model],
});
const withType = (type: NodeTypeConfig): EnvironmentConfig => withNodes({ types: { [TYPE]: type } });

/** A copy with another value at a path such as `.rollout.steps[0].weight`. */
function withOption<T>(data: T, path: string, value: unknown): T {
  const [, key, rest] = /^[.[](\w+)\]?(.*)$/.exec(path)!;
  const child = (data as Record<string, unknown>)[key];
  const changed: unknown = rest === '' ? value : withOption(child ?? {}, rest, value);
  return (
    Array.isArray(data)
      ? (data as unknown[]).map((element, index) => (index === Number(key) ? changed : element))
      : { ...data, [key]: changed }
  ) as T;
}

/** Problems of an environment: those of its data, else those that its nodes have in the network. */
function problemsOf(environment: EnvironmentConfig): string[] {
  const problems = checkEnvironment(environment);
  if (problems.length > 0) return problems;
  try {
    new PlatformStage(testApp(), environment.name, { environment });
    return [];
  } catch (error) {
    const [title, ...lines] = (error as Error).message.split('\n  ');
    if (title !== `environment ${environment.name}:`) throw error;
    return lines;
  }
}

/** Every problem is that of one option, told by the path that the user wrote. */
function expectOnly(problems: readonly string[], path: string): void {
  expect(problems).not.toEqual([]);
  expect(new Set(problems).size).toBe(problems.length);
  for (const problem of problems) {
    expect(problem.slice(0, path.length)).toBe(path);
    expect(problem.slice(path.length)).toMatch(/^(\[\d+\])?: .*expected .*; /s);
  }
}

const engineRows = Object.entries(ENGINES).flatMap(([name, rows]) =>
  Object.entries<Row>(rows).map(([path, [wrong, beside]]): [string, Row] => [
    `.engine${path}`,
    [wrong, { engine: { name } as ModelConfig['engine'], ...beside }],
  ]),
);
const modelRows = [...engineRows, ...Object.entries<Row>(MODEL)].map(
  ([path, [wrong, beside]]): [string, unknown, ModelConfig] => [path, wrong, { ...chat, ...beside }],
);
const typeRows = Object.entries(NODE_TYPE).map(([path, [wrong, beside]]): [string, unknown, NodeTypeConfig] => [
  path,
  wrong,
  { ...beside },
]);

describe('an error has the path that the user wrote', () => {
  test.each(modelRows)('models.…%s', (path, wrong, model) => {
    expect(checkEnvironment(withModel(model))).toEqual([]);
    const changed = withOption(model, path, wrong);
    expectOnly(problemsOf(withModel(changed)), `models.${changed.name}${path}`);
  });

  test.each(Object.entries(CHOICES))('models.…%s, mistyped', (path, beside) => {
    const model = { ...chat, ...beside };
    expectOnly(problemsOf(withModel(withOption(model, path, 'Mistyped'))), `models.${model.name}${path}`);
  });

  test.each<[string, NodeTypeConfig]>([
    ['.capacity.kind', { capacity: { kind: 'on-demand' } }],
    ['.image.operatingSystem', { image: {} }],
    ['.imageAcceleration', {}],
    ['.sharing.strategy', { sharing: { strategy: 'mig', podsPerGpu: 2 } }],
  ] satisfies [Choices<NodeTypeConfig>, NodeTypeConfig][])(
    'cluster.create.nodes.types[…]%s, mistyped',
    (path, type) => {
      expectOnly(problemsOf(withType(withOption(type, path, 'Mistyped'))), `${TYPES}${path}`);
    },
  );

  test.each(typeRows)('cluster.create.nodes.types[…]%s', (path, wrong, type) => {
    expectOnly(problemsOf(withType(withOption(type, path, wrong))), `${TYPES}${path}`);
  });

  const withExistingPrometheus = (): EnvironmentConfig => rehearsal({ cluster: { prometheusAddress: 'prometheus' } });
  test.each<[string, () => EnvironmentConfig, string]>([
    [
      'a choice that the engine does not have',
      () =>
        withModel({
          ...chat,
          ...TENSORRT,
          engine: { name: 'tensorrt-llm', structuredOutput: StructuredOutputBackend.OUTLINES },
        }),
      'models.chat.engine.structuredOutput',
    ],
    [
      'weights that the engine cannot stream',
      () =>
        withModel({
          ...chat,
          ...LLAMA,
          weights: { ...IMPORTED.weights!, delivery: 'stream', verifyImage: 'python:3.13' },
        }),
      'models.small.weights.delivery',
    ],
    [
      'a gate on a metric that the engine lacks',
      () => withModel({ ...chat, ...EMBEDDINGS, ...withGates({ timeToFirstToken: false, errorRatio: false }) }),
      'models.chat.rollout.gates.forwardProgress',
    ],
    [
      'another gate on such a metric',
      () => withModel({ ...chat, ...EMBEDDINGS, ...withGates({ errorRatio: false, forwardProgress: false }) }),
      'models.chat.rollout.gates.timeToFirstToken',
    ],
    [
      'slices of a GPU for an engine that takes it whole',
      () =>
        withNodes(
          { types: { [TYPE]: { sharing: { strategy: 'time-slicing', podsPerGpu: 2 } } } },
          { ...chat, ...SGLANG, placement: undefined, repository: 'org/unknown' },
        ),
      'models.chat.engine',
    ],
    [
      'ranges of S3 that are none',
      () => ({ ...withModel({ ...chat, ...IMPORTED }), weightsBucket: { ...weightsBucket, storageCidrs: ['S3'] } }),
      'weightsBucket.storageCidrs',
    ],
    [
      'and those of two models',
      () => ({
        ...withModel(chat),
        models: [
          { ...chat, ...IMPORTED },
          { ...chat, ...IMPORTED, name: 'other' },
        ],
        weightsBucket: { ...weightsBucket, storageCidrs: [] },
      }),
      'weightsBucket.storageCidrs',
    ],
    [
      'an address of S3 in plain text',
      () => ({ ...withModel({ ...chat, ...IMPORTED }), weightsBucket: { ...weightsBucket, endpointUrl: 'http://s3' } }),
      'weightsBucket.endpointUrl',
    ],
    [
      'an image that cannot be',
      () => ({ ...withModel({ ...chat, ...IMPORTED }), weightsBucket: { ...weightsBucket, fetchImage: 'aws' } }),
      'weightsBucket.fetchImage',
    ],
    ['a Prometheus without a scheme', withExistingPrometheus, 'cluster.existing.prometheusAddress'],
    [
      'no reservation',
      () => withType({ capacity: { kind: 'reservation', reservationIds: [] } }),
      `${TYPES}.capacity.reservationIds`,
    ],
    [
      'SOCI on a small instance',
      () => withType({ image: { operatingSystem: 'al2023' }, imageAcceleration: 'soci' }),
      `${TYPES}.imageAcceleration`,
    ],
    [
      'shared GPUs with Karpenter',
      () =>
        withNodes({
          provisioning: 'karpenter',
          types: { [TYPE]: { sharing: { strategy: 'time-slicing', podsPerGpu: 1 } } },
        }),
      `${TYPES}.sharing.podsPerGpu`,
    ],
    [
      'an image where EKS chooses it',
      () => withNodes({ provisioning: 'auto-mode', types: { [TYPE]: { image: { operatingSystem: 'bottlerocket' } } } }),
      `${TYPES}.image`,
    ],
    [
      'a version where EKS chooses the image',
      () => withNodes({ provisioning: 'auto-mode', types: { [TYPE]: { image: { version: 'v1.57.0' } } } }),
      `${TYPES}.image`,
    ],
    [
      'a drain that outlives the node',
      () => withNodes({ provisioning: 'auto-mode', types: { [TYPE]: { drainTimeout: '20000m' } } }),
      `${TYPES}.drainTimeout`,
    ],
    [
      'a drain of fractions',
      () => withNodes({ provisioning: 'auto-mode', types: { [TYPE]: { drainTimeout: '7200.5s' } } }),
      `${TYPES}.drainTimeout`,
    ],
    [
      'a newest image in production',
      () => ({
        ...withNodes({ provisioning: 'karpenter' }, { ...chat, image: `${chat.image}@sha256:${'0'.repeat(64)}` }),
        requirePins: true,
      }),
      'cluster.create.nodes.types["g6e.xlarge"].image.version',
    ],
  ])('%s', (_, environment, path) => {
    expectOnly(problemsOf(environment()), path);
  });
});

describe('no number hides another problem', () => {
  const numbers = [...modelRows, ...typeRows].filter(([, wrong]) => typeof wrong === 'number').map(([path]) => path);

  test.each([NaN, Infinity, -Infinity, -1e6, -0.5])('%p is reported in the place of any', (value) => {
    const missing = [
      ...modelRows
        .filter(([, wrong]) => typeof wrong === 'number')
        .filter(([path, , model]) => {
          const problems = checkEnvironment(
            withModel({ ...withOption(model, path, value), hubTokenSecretName: 'hf_AbC' }),
          );
          return (
            !problems.some((problem) => problem.startsWith(`models.${model.name}${path}: expected `)) ||
            !problems.some((problem) => problem.includes('.hubTokenSecretName: '))
          );
        }),
      ...typeRows
        .filter(([, wrong]) => typeof wrong === 'number')
        .filter(
          ([path, , type]) =>
            !checkEnvironment(withType(withOption(type, path, value))).some((problem) =>
              problem.startsWith(`${TYPES}${path}: expected `),
            ),
        ),
    ].map(([path]) => path);
    expect(missing).toEqual([]);
    expect(numbers.length).toBeGreaterThan(55);
  });

  test('all that become durations and sizes are listed at once, negative ones too', () => {
    const timings = {
      startupBudget: '-1m',
      capacityBudget: '-1s',
      expectedStartup: '-1s',
      probePeriod: '-1s',
      scrapeInterval: '-1s',
      preStop: '-1s',
      shutdownTimeout: '-1s',
      terminationGracePeriod: '-1s',
    } as const;
    const wrong: Partial<ModelConfig> = {
      timings,
      cacheSize: '-1Gi',
      resources: { cpus: 4, memory: '-1Gi' },
      deadline: '-1m',
      rollout: {
        ...chat.rollout,
        steps: [{ weight: 50, hold: '-1s' }],
        bakeTime: '-1s',
        judgement: { warmUp: '-1s', window: '-1s', interval: '-1s', minimumRequestsTimeout: '-1s' },
        gates: { ...gates, timeToFirstToken: { floor: '-1s' }, syntheticRequest: { timeout: '-1s' } },
      },
      objectives: { ...chat.objectives, timeToFirstToken: '-1s' },
    };
    const problems = checkEnvironment({
      ...withType({ drainTimeout: '-1m', warmReplicas: -1 }),
      account: '1',
      models: [{ ...chat, ...wrong, replicas: 0 }],
    });
    const paths = problems.map((problem) => problem.split(': expected ')[0]);
    expect(paths.sort()).toEqual(
      [
        'account',
        `${TYPES}.drainTimeout`,
        `${TYPES}.warmReplicas`,
        ...[
          'cacheSize',
          'deadline',
          'replicas',
          'resources.memory',
          'rollout.bakeTime',
          'rollout.steps[0].hold',
          'rollout.gates.timeToFirstToken.floor',
          'rollout.gates.syntheticRequest.timeout',
          'objectives.timeToFirstToken',
          ...['warmUp', 'window', 'interval', 'minimumRequestsTimeout'].map((option) => `rollout.judgement.${option}`),
          ...Object.keys(timings).map((option) => `timings.${option}`),
        ].map((option) => `models.chat.${option}`),
      ].sort(),
    );
    expect(problems).toContain(
      'models.chat.timings.startupBudget: expected a duration, got "-1m"; write it like 500ms, 90s, 15m or 1h',
    );
    // Without replicas nothing is placed.
    expect(checkEnvironment(withModel({ ...chat, placement: { timeToFirstToken: '-1s' } }))).toEqual([
      'models.chat.placement.timeToFirstToken: expected a duration, got "-1s"; write it like 500ms, 90s, 15m or 1h',
    ]);
    expect(problems).toContain('models.chat.cacheSize: expected a size, got "-1Gi"; write it like 512Mi, 100Gi or 1Ti');
  });

  test('fractions that are right are no problem', () => {
    // As binary numbers 2.01 seconds are no whole number of milliseconds, and 4.1 minutes are none of seconds.
    const model: ModelConfig = {
      ...chat,
      timings: { startupBudget: '4.1m' },
      cacheSize: '100.3Gi',
      deadline: '49.9m',
      objectives: { ...chat.objectives, timeToFirstToken: '2.01s' },
    };
    expect(problemsOf({ ...withType({ drainTimeout: '11.9m' }), models: [model] })).toEqual([]);
  });
});
