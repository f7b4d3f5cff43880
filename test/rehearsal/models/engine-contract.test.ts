import { Agent } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SimulatedEngine } from '../../../rehearsal/models/engine';
import { parseEngineArgs } from '../../../rehearsal/models/engine-args';
import { behaviorOf } from '../../../rehearsal/models/vllm-behavior';
import { familiesOf } from '../../../rehearsal/models/engine-families';
import { type RevisionProfile } from '../../../rehearsal/models/profiles';
import { call, chat, type Seen, until } from './http-client';

/** Answers of real engines, which `npm run engine-contract` records. */
const CONTRACTS = join(__dirname, '../../constructs/serving/engines/contracts');

interface Family {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
}

interface Contract {
  readonly metrics: readonly Family[];
  /** In the order of the mistakes below. */
  readonly requests: readonly {
    readonly kind: string;
    readonly answered: number | 'none';
    readonly counted: readonly string[];
  }[];
  readonly drain: {
    readonly within: {
      readonly newConnections: number | 'refused';
      readonly keptConnection: number | 'closed' | 'none';
      readonly health: number | 'refused';
      readonly exitCode: number | null;
    };
    readonly idle: { readonly exitCode: number | null };
  };
  readonly loading: { readonly exitCode: number | null };
  readonly crash: {
    readonly whole: number | 'none';
    readonly health: number | 'refused';
    readonly exitCode: number | null;
  };
}

const HELLO = [{ role: 'user', content: 'Hi' }];
const LONG = 'canary '.repeat(6000);
/** Twelve mistakes of a client: what each is answered, and how 0.18.1 counts it; 0.32.0 counts all of them as 4xx. */
const MISTAKES: readonly (readonly [string, string, object | undefined, number, string])[] = [
  ['too long a prompt', '/v1/chat/completions', { messages: [{ role: 'user', content: LONG }] }, 400, '5xx'],
  [
    'too long a prompt, streamed',
    '/v1/chat/completions',
    { messages: [{ role: 'user', content: LONG }], stream: true },
    400,
    '5xx',
  ],
  ['too long a prompt of a completion', '/v1/completions', { prompt: LONG }, 400, '5xx'],
  ['too many tokens', '/v1/chat/completions', { messages: HELLO, max_tokens: 500_000 }, 400, '5xx'],
  ['an unknown model', '/v1/chat/completions', { messages: HELLO, model: 'other' }, 404, '4xx'],
  ['no JSON object', '/v1/chat/completions', undefined, 400, '4xx'],
  ['no messages', '/v1/chat/completions', {}, 400, '4xx'],
  ['a negative temperature', '/v1/chat/completions', { messages: HELLO, temperature: -1 }, 400, '5xx'],
  [
    'a schema of no type',
    '/v1/chat/completions',
    {
      messages: HELLO,
      response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'nonsense' } } },
    },
    400,
    '5xx',
  ],
  ['a broken regex', '/v1/chat/completions', { messages: HELLO, structured_outputs: { regex: '((' } }, 400, '5xx'],
  ['a choice of tools without tools', '/v1/chat/completions', { messages: HELLO, tool_choice: 'auto' }, 400, '4xx'],
  ['an image', '/v1/chat/completions', { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }, 400, '5xx'],
];

const QUICK: RevisionProfile = { ttftMs: 5, interTokenMs: 2, tokens: 2, jitter: 0 };

describe.each(['0.18.1', '0.32.0'])('the simulated vLLM %s against the real one', (version) => {
  let engine: SimulatedEngine;
  let profile: RevisionProfile;
  let exitCode: number | null;

  beforeEach(async () => {
    profile = QUICK;
    exitCode = null;
    engine = await SimulatedEngine.start({
      args: parseEngineArgs(
        ['--served-model-name=chat', '--max-model-len=8192', '--shutdown-timeout=30'],
        `vllm/vllm-openai:v${version}`,
      ),
      profile: () => profile,
      onExit: (code) => {
        exitCode = code;
      },
    });
  });

  afterEach(() => engine.kill());

  async function counted(handler: string): Promise<string[]> {
    const { body } = await call(engine.port, 'GET', '/metrics');
    return [...body.matchAll(/^http_requests_total\{method="(?:POST|GET)",handler="([^"]+)",status="(\dxx)"\}/gm)]
      .filter(([, of]) => of === handler)
      .map(([, , status]) => status);
  }

  test.each(MISTAKES)('answers %s as a mistake of the client', async (_, path, body, status, countedByOlder) => {
    const sent: object | undefined = body === undefined ? undefined : { model: 'chat', max_tokens: 5, ...body };
    const seen: Seen = await call(engine.port, 'POST', path, sent);
    expect(seen.status).toBe(status);
    expect(await counted(path)).toEqual([version === '0.18.1' ? countedByOlder : '4xx']);
  });

  test('counts an unknown path under no handler', async () => {
    expect((await call(engine.port, 'POST', '/v1/nothing', {})).status).toBe(404);
    expect(await counted('none')).toEqual(['4xx']);
  });

  const file = join(CONTRACTS, `vllm-${version}.json`);
  const contract = () => JSON.parse(readFileSync(file, 'utf8')) as Contract;

  test('expects of mistakes what was recorded', () => {
    const recorded = contract().requests.filter(
      ({ kind, answered }) => (answered === 400 || answered === 404) && kind !== 'unknown path',
    );
    const expected = MISTAKES.map(([, , , status, countedByOlder]) => ({
      answered: status,
      counted: [version === '0.18.1' ? countedByOlder : '4xx'],
    }));
    expect(recorded.map(({ answered, counted: classes }) => ({ answered, counted: classes }))).toEqual(expected);
  });

  /** Status of an answer on a new connection, or that there is none to be had. */
  const reached = (method: string, path: string) =>
    call(engine.port, method, path, method === 'POST' ? { model: 'chat', messages: HELLO } : undefined).then(
      ({ status }) => status,
      () => 'refused' as const,
    );

  test('drains as it was recorded', async () => {
    const { within } = contract().drain;
    profile = { ...QUICK, ttftMs: 1500 };
    const inFlight = chat(engine.port);
    await until(async () =>
      (await call(engine.port, 'GET', '/metrics')).body.includes(
        'vllm:num_requests_running{model_name="chat",engine="0"} 1',
      ),
    );
    const agent = new Agent({ keepAlive: true });
    await call(engine.port, 'GET', '/health', undefined, agent);
    const ended = engine.terminate();
    const kept = await chat(engine.port, false, agent).then(
      ({ status }) => status,
      () => 'closed' as const,
    );
    agent.destroy();
    expect(kept).toBe(within.keptConnection);
    expect(await reached('POST', '/v1/chat/completions')).toBe(within.newConnections);
    expect(await reached('GET', '/health')).toBe(within.health);
    expect((await inFlight).complete).toBe(true);
    await ended;
    expect(exitCode).toBe(within.exitCode);
  });

  test('ends as it was recorded when it has nothing to do', async () => {
    await engine.terminate();
    expect(exitCode).toBe(contract().drain.idle.exitCode);
  });

  test('ends by SIGTERM while it loads only if the real one does', async () => {
    profile = { ...QUICK, loadSeconds: 600 };
    void engine.terminate();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(exitCode).toBe(contract().loading.exitCode);
  });

  test('crashes as it was recorded', async () => {
    const { crash } = contract();
    engine.kill();
    profile = { ...QUICK, ttftMs: 60_000, crashAfterMs: 300 };
    engine = await SimulatedEngine.start({
      args: parseEngineArgs(['--served-model-name=chat'], `vllm/vllm-openai:v${version}`),
      profile: () => profile,
      onExit: (code) => {
        exitCode = code;
      },
    });
    exitCode = null;
    const answered = chat(engine.port).then(
      ({ status }) => status,
      () => 'none' as const,
    );
    const health = until(async () => (await reached('GET', '/health')) === crash.health);
    expect(await answered).toBe(crash.whole);
    await health;
    await until(() => exitCode !== null);
    expect(exitCode).toBe(crash.exitCode);
  });

  test('has the buckets that were recorded', () => {
    const simulated = new Map(familiesOf(behaviorOf(version)).map(({ name, buckets = [] }) => [name, buckets]));
    const recorded = contract().metrics.filter(({ name, buckets }) => buckets !== undefined && simulated.has(name));
    expect(recorded.length).toBeGreaterThan(10);
    for (const { name, buckets = [] } of recorded) {
      // Those of tokens end at the longest context, and the recorded model has a shorter one.
      expect([name, simulated.get(name)!.filter((bound) => bound <= buckets.at(-1)!)]).toEqual([name, buckets]);
    }
  });

  test('has every metric family that was recorded, with its type and labels', () => {
    const recorded = contract().metrics.filter(
      ({ name }) => /^(?:vllm:|http_)/.test(name) && !name.endsWith('_created'),
    );
    const simulated = familiesOf(behaviorOf(version)).map(({ name, type, labels = [], bare }) => ({
      name,
      type,
      labels: [...(bare ? labels : ['engine', 'model_name', ...labels])].sort(),
    }));
    // Its labels are the configuration, which differs from version to version.
    const compared = ({ name, type, labels }: Family) =>
      name === 'vllm:cache_config_info' ? { name, type } : { name, type, labels: [...labels].sort() };
    const byName = (one: { name: string }, other: { name: string }) => one.name.localeCompare(other.name);
    expect(simulated.map(compared).sort(byName)).toEqual(recorded.map(compared).sort(byName));
  });
});

test.each([
  ['0.18.0', '0.18.1'],
  ['0.18.1', '0.18.1'],
  ['0.20.2', '0.18.1'],
  ['0.32.0', '0.32.0'],
  ['0.33.0', '0.32.0'],
  [undefined, '0.32.0'],
])('%s behaves as the measured %s', (version, measured) => {
  expect(behaviorOf(version).version).toBe(measured);
});
