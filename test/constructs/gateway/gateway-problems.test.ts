import { Duration, Lazy, Size, Token } from 'aws-cdk-lib';
import { Guardrail, type GatewayOptions, type Tenant } from '../../../constructs/gateway';
import { type IModelEndpoint } from '../../../constructs/model-providers';
import { RolloutStrategy } from '../../../constructs/rollout/rollout-strategy';
import { inCluster, modelOf, openAi, problemsOf, secretOf, tenantOf } from './gateway';

const TEXT = Lazy.string({ produce: () => 'later' });
const NUMBER = Token.asNumber({ Ref: 'Later' });

const tenant = (overrides: Partial<Tenant>): Partial<GatewayOptions> => ({ tenants: [tenantOf('search', overrides)] });

test('a gateway of the least that must be given has no problem', () => {
  expect(problemsOf()).toEqual([]);
});

test('every problem is reported at once', () => {
  const problems = problemsOf({
    replicas: 1,
    image: 'gateway:latest',
    tenants: [tenantOf('search', { models: ['chatt'], budgetUsdPerMonth: 0 })],
    guardrails: [Guardrail.injectionRules('injection')],
  });
  expect(problems).toHaveLength(5);
});

/** What is given, and the one line that is said of it. */
const WRONG: readonly (readonly [name: string, given: Partial<GatewayOptions>, line: RegExp])[] = [
  [
    'a tenant without limits in production',
    { ...tenant({ requestsPerMinute: undefined, tokensPerMinute: undefined }), requireLimits: true },
    /^tenants\.search: expected limits, .* got none for requestsPerMinute, tokensPerMinute; /,
  ],
  [
    'a tenant without a budget in production, for a model that others charge for',
    { models: [modelOf(openAi('chat'))], requireLimits: true },
    /^tenants\.search: expected limits, .* got none for budgetUsdPerMonth; /,
  ],
  ['no tenant', { tenants: [] }, /^tenants: expected at least one, got none; /],
  [
    'a budget of 0',
    tenant({ budgetUsdPerMonth: 0 }),
    /^tenants\.search\.budgetUsdPerMonth: expected more than 0 USD, got 0; /,
  ],
  ['a budget below 0', tenant({ budgetUsdPerMonth: -5 }), /budgetUsdPerMonth: expected more than 0 USD, got -5; /],
  [
    'a budget that is no number',
    tenant({ budgetUsdPerMonth: NaN }),
    /budgetUsdPerMonth: expected more than 0 USD, got NaN; /,
  ],
  [
    'no request a minute',
    tenant({ requestsPerMinute: 0 }),
    /requestsPerMinute: expected a whole number from 1, got 0; /,
  ],
  ['half a token', tenant({ tokensPerMinute: 0.5 }), /tokensPerMinute: expected a whole number from 1, got 0.5; /],
  [
    'two tenants of one name',
    { tenants: [tenantOf('search'), tenantOf('search', { keySecret: secretOf('other') })] },
    /^tenants: expected one tenant by the name "search", got two; /,
  ],
  [
    'two tenants of one key',
    { tenants: [tenantOf('search'), tenantOf('batch', { keySecret: secretOf('search-key') })] },
    /^tenants: expected a key of its own for each, got one secret for "search" and "batch"; /,
  ],
  [
    'a tenant by a name with a space',
    { tenants: [tenantOf('the search')] },
    /\.name: expected lower-case letters, .* got "the search"; /,
  ],
  ['a tenant without models', tenant({ models: [] }), /^tenants\.search\.models: expected at least one, got none; /],
  [
    'an unknown model',
    tenant({ models: ['chat', 'chatt'] }),
    /^tenants\.search\.models: expected names among models of the gateway \(chat\), got "chatt"; /,
  ],
  ['a model twice', tenant({ models: ['chat', 'chat'] }), /models: expected each model once, got chat twice; /],
  [
    'an unknown guardrail',
    tenant({ guardrails: [{ name: 'pii' }] }),
    /^tenants\.search\.guardrails: expected names among guardrails of the gateway \(none\), got "pii"; /,
  ],
  [
    'a guardrail that no tenant has',
    { guardrails: [Guardrail.injectionRules('injection')] },
    /^guardrails\.injection: expected a tenant that has it, got none; /,
  ],
  [
    'two guardrails of one name',
    {
      ...tenant({ guardrails: [{ name: 'rules' }] }),
      guardrails: [Guardrail.injectionRules('rules'), Guardrail.outputRules('rules')],
    },
    /^guardrails: expected one guardrail by the name "rules", got two; /,
  ],
  [
    'a model without prices for a tenant with a budget',
    {
      ...tenant({ budgetUsdPerMonth: 50 }),
      models: [
        modelOf(inCluster('chat'), { inputUsdPerMillionTokens: undefined, outputUsdPerMillionTokens: undefined }),
      ],
    },
    /^models\.chat: expected inputUsdPerMillionTokens and outputUsdPerMillionTokens, .* tenant "search" .*, got none; /,
  ],
  [
    'a price below 0',
    { models: [modelOf(inCluster('chat'), { inputUsdPerMillionTokens: -1 })] },
    /^models\.chat\.inputUsdPerMillionTokens: expected 0 or more USD, got -1; /,
  ],
  [
    'a model that takes nothing',
    { models: [modelOf(inCluster('chat'), { maxInputTokens: 0 })] },
    /^models\.chat\.maxInputTokens: expected a whole number from 1, got 0; /,
  ],
  [
    'a timeout of a fraction',
    { models: [modelOf(inCluster('chat'), { timeout: Duration.millis(1500) })] },
    /^models\.chat\.timeout: expected a whole number of seconds from 1, got 1.5; /,
  ],
  [
    'a provider without a secret',
    { models: [modelOf({ ...openAi('chat'), apiKey: undefined })] },
    /^models\.chat: expected an apiKey of the provider openai, got none; /,
  ],
  [
    'a fallback that is not among the models',
    { models: [modelOf({ ...inCluster('chat'), fallback: openAi('spare') })] },
    /^models: expected every fallback among them, got none for "spare"; /,
  ],
  ['one replica', { replicas: 1 }, /^replicas: expected a whole number from 2, got 1; /],
  [
    'fewer replicas at most than at least',
    { replicas: 4, maxReplicas: 3 },
    /^maxReplicas: expected a whole number from replicas \(4\), got 3; /,
  ],
  ['an image that moves', { image: 'gateway:latest' }, /^image: expected a tag that stays, /],
  ['an image without a digest in production', { requireDigest: true }, /^image: expected a digest, /],
  ['a namespace with capital letters', { namespace: 'Gateway' }, /^namespace: expected a DNS label /],
  ['a Redis by its address', { redis: { host: 'redis://cache:6379' } }, /^redis\.host: expected the name of a host, /],
  [
    'a port that is none',
    { redis: { host: 'cache', port: 0 } },
    /^redis\.port: expected a port from 1 to 65535, got 0; /,
  ],
  [
    'a field of no secret',
    { redis: { host: 'cache', passwordSecretField: 'password' } },
    /^redis\.passwordSecretField: expected a passwordSecret beside it, /,
  ],
  [
    'no range of Redis',
    { redis: { host: 'cache', ipv4Ranges: [] } },
    /^redis\.ipv4Ranges: expected at least one range, /,
  ],
  [
    'the whole internet as callers',
    { callers: [{ ipv4Ranges: ['0.0.0.0/0'] }] },
    /^callers\[0\]\.ipv4Ranges: expected IPv4 ranges /,
  ],
  [
    'callers by labels and addresses',
    { callers: [{ podLabels: { app: 'web' }, ipv4Ranges: ['10.0.0.0/16'] }] },
    /^callers\[0\]: expected labels or ipv4Ranges, got both; /,
  ],
  ['a label that is none', { callers: [{ podLabels: { app: 'a b' } }] }, /^callers\[0\]\.podLabels: expected labels /],
  [
    'a request of no time',
    { requestTimeout: Duration.seconds(0) },
    /^requestTimeout: expected a whole number of seconds from 1, /,
  ],
  [
    'a request of a day',
    { requestTimeout: Duration.hours(2) },
    /^requestTimeout: expected at most an hour, got 7200 seconds; /,
  ],
  [
    'a breaker that does not wait',
    { circuitBreaker: { cooldown: Duration.seconds(0) } },
    /^circuitBreaker\.cooldown: expected /,
  ],
  [
    'failures below 0',
    { circuitBreaker: { allowedFailures: -1 } },
    /^circuitBreaker\.allowedFailures: expected .* got -1; /,
  ],
  ['answers that are kept for no time', { cacheTimeToLive: Duration.seconds(0) }, /^cacheTimeToLive: expected /],
  [
    'bodies of nothing',
    { maxBodySize: Size.bytes(0) },
    /^maxBodySize: expected at least 1 KiB in whole bytes, got 0 bytes; /,
  ],
  [
    'an address without scheme',
    { prometheusAddress: 'prometheus:9090' },
    /^prometheusAddress: expected an http or https address, /,
  ],
  [
    'a rollout that takes longer than the deadline',
    { deadline: Duration.minutes(5) },
    /^rollout: expected less than the deadline of 300 seconds, got \d+ seconds with 8 replicas; /,
  ],
  [
    'a canary without steps',
    { rollout: RolloutStrategy.canary({ steps: [] }) },
    /^rollout\.steps: expected at least one, got none; /,
  ],
];

test.each(WRONG)('%s is one problem', (_, given, line) => {
  expect(problemsOf(given)).toEqual([expect.stringMatching(line)]);
});

test('a chain of fallbacks that comes back is a problem of each of its models', () => {
  const spare: IModelEndpoint & { fallback?: IModelEndpoint } = { ...openAi('spare') };
  const chat: IModelEndpoint = { ...inCluster('chat'), fallback: spare };
  spare.fallback = chat;
  expect(problemsOf({ models: [modelOf(chat), modelOf(spare)] })).toEqual([
    expect.stringMatching(/^fallback: expected models that differ, got chat → spare → chat; /),
    expect.stringMatching(/^fallback: expected models that differ, got spare → chat → spare; /),
  ]);
});

test('two fields of one secret are two keys', () => {
  const keySecret = secretOf('keys');
  const tenants = [
    tenantOf('search', { keySecret, keySecretField: 'search' }),
    tenantOf('batch', { keySecret, keySecretField: 'batch' }),
  ];
  expect(problemsOf({ tenants })).toEqual([]);
});

test('a model of the cluster needs no budget in production', () => {
  expect(problemsOf({ requireLimits: true })).toEqual([]);
});

/** What must be known at synth. */
const DEPLOY_TIME: readonly (readonly [option: string, given: Partial<GatewayOptions>])[] = [
  ['replicas', { replicas: NUMBER }],
  ['maxReplicas', { maxReplicas: NUMBER }],
  ['namespace', { namespace: TEXT }],
  ['tenants', { tenants: [tenantOf('search'), tenantOf(TEXT, { keySecret: secretOf('late') })] }],
  ['tenants.search.models', tenant({ models: ['chat', TEXT] })],
  ['tenants.search.requestsPerMinute', tenant({ requestsPerMinute: NUMBER })],
  ['tenants.search.tokensPerMinute', tenant({ tokensPerMinute: NUMBER })],
  ['tenants.search.budgetUsdPerMonth', tenant({ budgetUsdPerMonth: NUMBER })],
  ['models.chat.maxInputTokens', { models: [modelOf(inCluster('chat'), { maxInputTokens: NUMBER })] }],
  ['models.chat.maxOutputTokens', { models: [modelOf(inCluster('chat'), { maxOutputTokens: NUMBER })] }],
  [
    'models.chat.inputUsdPerMillionTokens',
    { models: [modelOf(inCluster('chat'), { inputUsdPerMillionTokens: NUMBER })] },
  ],
  [
    'models.chat.outputUsdPerMillionTokens',
    {
      ...tenant({ budgetUsdPerMonth: 5 }),
      models: [modelOf(inCluster('chat'), { outputUsdPerMillionTokens: NUMBER })],
    },
  ],
  ['redis.port', { redis: { host: 'cache', port: NUMBER } }],
  ['requestTimeout', { requestTimeout: Duration.seconds(NUMBER) }],
  ['models.chat.timeout', { models: [modelOf(inCluster('chat'), { timeout: Duration.seconds(NUMBER) })] }],
  ['cacheTimeToLive', { cacheTimeToLive: Duration.seconds(NUMBER) }],
  ['circuitBreaker.cooldown', { circuitBreaker: { cooldown: Duration.seconds(NUMBER) } }],
  ['circuitBreaker.allowedFailures', { circuitBreaker: { allowedFailures: NUMBER } }],
  ['maxBodySize', { maxBodySize: Size.bytes(NUMBER) }],
  ['deadline', { deadline: Duration.seconds(NUMBER) }],
];

test.each(DEPLOY_TIME)('%s must be known at synth', (option, given) => {
  const problems = problemsOf(given);
  expect(problems).toEqual([
    expect.stringMatching(new RegExp(`^${option.replaceAll('.', '\\.')}: .*deploy-time value`)),
  ]);
});

test('hosts, addresses of Prometheus and revisions may be deploy-time values', () => {
  expect(
    problemsOf({
      redis: { host: TEXT, ipv4Ranges: [TEXT] },
      prometheusAddress: TEXT,
      models: [modelOf(inCluster('chat'), { revision: TEXT })],
      image: `111111111111.dkr.ecr.us-east-1.${TEXT}/gateway:1.0.0`,
    }),
  ).toEqual([]);
});
