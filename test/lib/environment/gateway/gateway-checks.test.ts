import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { rehearsal, staging } from '../../../../environments';
import { checkEnvironment } from '../../../../lib/environment/environment-checks';
import type { EnvironmentConfig, GatewayModelConfig, TenantConfig } from '../../../../lib/environment';
import { frontDoor, gateway } from '../../../support/front-door';

const [chat, claude, spare] = gateway.models;
const search: TenantConfig = {
  name: 'search',
  models: ['chat', 'spare'],
  keySecret: 'llm/tenants/search',
  requestsPerMinute: 60,
  tokensPerMinute: 100000,
  budgetUsdPerMonth: 50,
  guardrails: [{ name: 'pii', action: 'mask' }, { name: 'injection' }],
};

/** Data is read without the compiler, and so are these changes. */
const check = (changes: object, environment: EnvironmentConfig = frontDoor) =>
  checkEnvironment({ ...environment, gateway: { ...gateway, ...changes } });
const withTenant = (changes: object) => check({ tenantsFile: undefined, tenants: [{ ...search, ...changes }] });
const withModel = (changes: object, ...rest: GatewayModelConfig[]) =>
  check({ models: [{ ...chat, ...changes }, ...(rest.length > 0 ? rest : [claude, spare])] });
const withSpare = (changes: object) => check({ models: [chat, claude, { ...spare, ...changes }] });
const withEdge = (changes: object, more: object = {}) => check({ edge: { ...gateway.edge, ...changes }, ...more });

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tenants-'));
});
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});
const withFile = (text: string) => {
  const tenantsFile = path.join(folder, 'tenants.json');
  fs.writeFileSync(tenantsFile, text);
  return check({ tenantsFile });
};

test('an environment with a gateway and an edge is accepted', () => {
  expect(checkEnvironment(frontDoor)).toEqual([]);
  expect(withTenant({})).toEqual([]);
});

test.each<[string, () => string[], RegExp]>([
  // Models.
  [
    'a model that the environment does not serve',
    () => withModel({}, claude, spare, { ...chat, name: 'chatt', fallback: undefined }),
    /^gateway\.models\.chatt: expected the name of a model of the environment \(chat, coder\), got "chatt"/,
  ],
  [
    'a word that is no kind of model',
    () => withModel({ kind: 'selfhosted' }),
    /^gateway\.models\.chat\.kind: expected one of self-hosted, .*, got "selfhosted"/,
  ],
  [
    'a fallback cycle',
    () => withSpare({ fallback: 'claude' }),
    /^gateway\.models\.claude\.fallback: expected models that differ, got claude → spare → claude/,
  ],
  [
    'a model that is its own fallback',
    () => withSpare({ fallback: 'spare' }),
    /^gateway\.models\.spare\.fallback: expected another model than "spare" itself/,
  ],
  [
    'a fallback that is not among the models',
    () => withModel({ fallback: 'nobody' }),
    /^gateway\.models\.chat\.fallback: expected a name among models of the gateway \(chat, claude, spare\), got "nobody"/,
  ],
  [
    'a provider without a secret',
    () => withSpare({ secret: undefined }),
    /^gateway\.models\.spare\.secret: expected the name of a secret in AWS Secrets Manager, got none/,
  ],
  [
    'a secret whose name ends like an ARN',
    () => withSpare({ secret: 'llm-openai' }),
    /^gateway\.models\.spare\.secret: expected a name that does not end with a hyphen and six characters, got "llm-openai"/,
  ],
  [
    'a compatible API without a secret',
    () => withSpare({ kind: 'openai-compatible', url: 'https://llm.example.com/v1', secret: undefined }),
    /^gateway\.models\.spare\.secret: expected a secret with the key of the provider, got none/,
  ],
  [
    'a name of an Azure resource that is none',
    () => withSpare({ kind: 'azure-openai', resourceName: 'a.b' }),
    /^gateway\.models\.spare\.resourceName: expected the first label of the resource's host, got "a\.b"/,
  ],
  [
    'an inference profile that is not listed',
    () => check({ models: [chat, { ...claude, model: 'us.nobody.nothing' }, spare] }),
    /^gateway\.models\.claude\.profileId: expected a listed inference profile, got "us\.nobody\.nothing"/,
  ],
  [
    'two models of one name',
    () => withModel({}, claude, spare, { ...spare, maxInputTokens: 1 }),
    /^gateway\.models: expected .*"spare"/,
  ],
  [
    'a timeout that is none',
    () => withModel({ timeout: '90' }),
    /^gateway\.models\.chat\.timeout: expected a duration, got "90"/,
  ],
  [
    'a negative price',
    () => withModel({ outputUsdPerMillionTokens: -0.1 }),
    /^gateway\.models\.chat\.outputUsdPerMillionTokens: expected 0 or more USD, got -0\.1/,
  ],
  // Tenants.
  [
    'a tenant with an unknown model',
    () => withTenant({ models: ['chat', 'chatt'] }),
    /^gateway\.tenants\.search\.models: expected names among models of the gateway \(chat, claude, spare\), got "chatt"/,
  ],
  [
    'a budget of 0',
    () => withTenant({ budgetUsdPerMonth: 0 }),
    /^gateway\.tenants\.search\.budgetUsdPerMonth: expected more than 0 USD, got 0/,
  ],
  [
    'a budget below 0',
    () => withTenant({ budgetUsdPerMonth: -5 }),
    /^gateway\.tenants\.search\.budgetUsdPerMonth: expected more than 0 USD, got -5/,
  ],
  [
    'a tenant without limits where everything is pinned',
    () => withTenant({ requestsPerMinute: undefined, budgetUsdPerMonth: undefined }),
    /^gateway\.tenants\.search: expected limits, as requireLimits asks for, got none for requestsPerMinute, budgetUsdPerMonth/,
  ],
  [
    'a tenant without a secret',
    () => withTenant({ keySecret: undefined }),
    /^gateway\.tenants\.search\.keySecret: expected the name of a secret in AWS Secrets Manager, got none/,
  ],
  [
    'a misspelled limit',
    () => withTenant({ budgetUsdPerMonht: 5 }),
    /^gateway\.tenants\.search\.budgetUsdPerMonht: expected one of name, models, keySecret, /,
  ],
  [
    'two tenants of one key',
    () => check({ tenantsFile: undefined, tenants: [search, { ...search, name: 'other' }] }),
    /^gateway\.tenants: expected a key of its own for each, got one secret for "search" and "other"/,
  ],
  [
    'a guardrail that no tenant has',
    () => withTenant({ guardrails: [{ name: 'pii' }] }),
    /^gateway\.guardrails\.injection: expected a tenant that has it, got none/,
  ],
  [
    'a word that is no action of a guardrail',
    () => withTenant({ guardrails: [{ name: 'pii', action: 'delete' }, { name: 'injection' }] }),
    /^gateway\.tenants\.search\.guardrails\[0\]\.action: expected one of block, mask, report, got "delete"/,
  ],
  [
    'tenants in two places',
    () => check({ tenants: [search] }),
    /^gateway\.tenants: expected tenants or tenantsFile, got both/,
  ],
  [
    'no tenants',
    () => check({ tenantsFile: undefined }),
    /^gateway\.tenants: expected tenants or tenantsFile, got neither/,
  ],
  [
    'a tenants file that is not there',
    () => check({ tenantsFile: 'nowhere.json' }),
    /^gateway\.tenantsFile: expected a JSON file with a list of tenants, got "nowhere\.json", which cannot be read/,
  ],
  [
    'a tenants file that does not parse',
    () => withFile('[{ "name": "search", '),
    /^gateway\.tenantsFile: expected a JSON file with a list of tenants, got ".*", which is no JSON/,
  ],
  [
    'a tenants file without a list',
    () => withFile('{ "tenants": [] }'),
    /^gateway\.tenantsFile: expected a JSON file with a list of tenants, got ".*" with something else/,
  ],
  [
    'a number in quotes in a tenants file',
    () => withFile(JSON.stringify([{ ...search, tokensPerMinute: '100000' }])),
    /^gateway\..*tenants\.json\[0\]\.tokensPerMinute: expected a number, got "100000"/,
  ],
  // The gateway.
  [
    'an image without a digest where everything is pinned',
    () => check({ image: '222222222222.dkr.ecr.us-east-1.amazonaws.com/llm-gateway:1.0.0' }),
    /^gateway\.image: expected .*digest/,
  ],
  [
    'a plain hop where everything is pinned',
    () => check({ plainHopsAccepted: ' ', redis: { ...gateway.redis, tls: false } }),
    /^gateway\.plainHopsAccepted: expected why requests may travel in the clear to the model chat, to Redis, from the load balancer to the gateway, got none/,
  ],
  ['one replica', () => check({ replicas: 1 }), /^gateway\.replicas: expected a whole number from 2, got 1/],
  [
    'a hold that is no duration',
    () => check({ rollout: { steps: [{ weight: 25, hold: '8' }], maxSurge: 1 } }),
    /^gateway\.rollout\.steps\[0\]\.hold: expected a duration, got "8"/,
  ],
  [
    'a secret of Redis that is an ARN',
    () => check({ redis: { ...gateway.redis, passwordSecret: 'arn:aws:secretsmanager:us-east-1:1:secret:a' } }),
    /^gateway\.redis\.passwordSecret: expected the name of a secret in AWS Secrets Manager, got something else/,
  ],
  // The edge.
  [
    'a public edge without authentication',
    () => withEdge({ authentication: undefined }),
    /^gateway\.edge\.authentication: expected one on a public endpoint, got none/,
  ],
  [
    'a public edge without a firewall',
    () => withEdge({ firewall: undefined }),
    /^gateway\.edge\.firewall: expected one on a public endpoint, got none/,
  ],
  [
    'a word that is no exposure',
    () => withEdge({ exposure: 'open' }),
    /^gateway\.edge\.exposure: expected one of private, public, got "open"/,
  ],
  [
    'a rule that no group has',
    () => withEdge({ firewall: { ruleActions: { Nothing: 'count' } } }),
    /^gateway\.edge\.firewall\.ruleActions: expected names of rules of the groups, got "Nothing"/,
  ],
  [
    'a name outside of its zone',
    () => withEdge({ domainName: 'llm.example.org' }),
    /^gateway\.edge\.hostedZone: expected the zone of llm\.example\.org, got that of example\.com/,
  ],
  [
    'neither zone nor certificate',
    () => withEdge({ hostedZone: undefined }),
    /^gateway\.edge\.certificate: expected a certificate or a hostedZone/,
  ],
  [
    'a certificate of another region',
    () => withEdge({ certificate: 'arn:aws:acm:eu-west-1:222222222222:certificate/0a' }),
    /^gateway\.edge\.certificate: expected the ARN of a certificate of ACM in us-east-1/,
  ],
  [
    'a range that is none',
    () => withEdge({ allowFrom: ['10.0.0.0'] }),
    /^gateway\.edge\.allowFrom: expected IPv4 ranges such as 10\.0\.0\.0\/16, got "10\.0\.0\.0"/,
  ],
  [
    'nobody who may connect',
    () => withEdge({ allowFrom: [] }),
    /^gateway\.edge\.allowFrom: expected at least one peer, got none/,
  ],
  [
    'an edge that is silent for less than a request takes',
    () => withEdge({ idleTimeout: '15m' }, { requestTimeout: '15m' }),
    /^gateway\.edge\.idleTimeout: expected longer than service\.requestTimeout \(900 seconds\), got 900/,
  ],
  [
    'keys of tokens that are not reached by https',
    () => withEdge({ authentication: { kind: 'jwt', issuer: 'https://a.example', jwksEndpoint: 'http://a.example' } }),
    /^gateway\.edge\.authentication\.jwksEndpoint: expected an https address, got "http:\/\/a\.example"/,
  ],
])('refuses %s', (_, problems, message) => {
  const found = problems();
  expect(found.filter((problem) => message.test(problem))).toHaveLength(1);
  // Nothing is reported that follows from it alone.
  expect(found).toHaveLength(1);
});

test('a cluster and a network of others are refused', () => {
  expect(check({}, { ...rehearsal(), requirePins: true }).filter((problem) => problem.startsWith('gateway.'))).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^gateway\.cluster: expected a cluster that the environment makes/),
      expect.stringMatching(/^gateway\.edge\.network: expected a network that the environment makes/),
    ]),
  );
});

test('an environment without pins needs neither limits nor digests nor reasons', () => {
  expect(
    check(
      {
        image: 'llm-gateway:1.0.0',
        models: [{ ...chat, fallback: undefined }, spare],
        tenantsFile: undefined,
        tenants: [
          { ...search, requestsPerMinute: undefined, tokensPerMinute: undefined, budgetUsdPerMonth: undefined },
        ],
        plainHopsAccepted: undefined,
      },
      { ...staging, models: staging.models },
    ),
  ).toEqual([]);
});

test('every problem is listed at once', () => {
  const problems = check({
    models: [
      { ...chat, timeout: 'soon' },
      { ...spare, secret: undefined },
    ],
    tenantsFile: undefined,
    tenants: [
      { ...search, budgetUsdPerMonth: 0 },
      { ...search, name: 'other', models: ['nobody'] },
    ],
    replicas: 1,
    edge: { ...gateway.edge, firewall: undefined, authentication: undefined },
  });
  expect(problems.map((problem) => problem.slice(0, problem.indexOf(': ')))).toEqual(
    expect.arrayContaining([
      'gateway.models.chat.timeout',
      'gateway.models.chat.fallback',
      'gateway.models.spare.secret',
      'gateway.tenants.search.budgetUsdPerMonth',
      'gateway.tenants.other.models',
      'gateway.tenants',
      'gateway.replicas',
      'gateway.edge.firewall',
      'gateway.edge.authentication',
    ]),
  );
});

test('what stands where the name of a secret should is not repeated', () => {
  expect(withSpare({ secret: 'a value with spaces' }).join('\n')).not.toContain('a value');
});
