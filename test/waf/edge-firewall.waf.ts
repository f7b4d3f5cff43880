import { API_ROUTES, PROMPT_ROUTES } from '../../constructs/edge/api-routes';
import { FirewallAction } from '../../constructs/edge/firewall-rules';
import { ATTACKS } from './attacks';
import { directives } from './directives';
import { type Engine, engineProgram, startEngine, type WireRequest } from './engine';
import { type Prompt, PROMPTS } from './prompts';

// The idea of `EdgeFirewall`, on a real engine: bodies of prompts pass, all else of a request is still judged. The engine is Coraza with
// the OWASP core rule set: AWS's own rules are closed, and nothing here says what they match.

let counting: Engine;
let blocking: Engine;

beforeAll(async () => {
  const program = await engineProgram((line) => process.stderr.write(`${line}\n`));
  [counting, blocking] = await Promise.all(
    [FirewallAction.COUNT, FirewallAction.BLOCK].map((bodyRules) => startEngine(program, directives(bodyRules))),
  );
}, 600_000);

afterAll(() => Promise.all([counting?.stop(), blocking?.stop()]));

const asked = ({ path, body }: Prompt): WireRequest => ({ method: 'POST', target: path, body: JSON.stringify(body) });

/** What is refused, by name, with the rules that have matched until then. */
async function refused<T extends { readonly name: string }>(
  engine: Engine,
  requests: readonly T[],
  wire: (request: T) => WireRequest,
): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const request of requests) {
    engine.matched();
    const status = await engine.status(wire(request));
    if (status === 403) found[request.name] = engine.matched();
    else if (status !== 200) throw new Error(`${request.name}: expected 200 or 403, got ${status}`);
  }
  return found;
}

test('there are 60 prompts, on every route of prompts, and 30 attacks', () => {
  expect(PROMPTS).toHaveLength(60);
  expect(new Set(PROMPTS.map(({ name }) => name)).size).toBe(60);
  expect([...new Set(PROMPTS.map(({ path }) => path))].sort()).toEqual(PROMPT_ROUTES.map(({ path }) => path).sort());
  expect(ATTACKS).toHaveLength(30);
  expect(new Set(ATTACKS.map(({ name }) => name)).size).toBe(30);
});

test('every prompt passes where rules of the body count', async () => {
  expect(await refused(counting, PROMPTS, asked)).toEqual({});
});

test('prompts are refused where rules of the body block', async () => {
  const names = Object.keys(await refused(blocking, PROMPTS, asked));
  process.stderr.write(
    `with rules of the body on, ${names.length} of ${PROMPTS.length} ordinary prompts are refused\n`,
  );
  expect(names.length).toBeGreaterThanOrEqual(30);
  expect(names).not.toContain('a question');
});

test.each([
  ['count', () => counting],
  ['block', () => blocking],
])('every attack is refused where rules of the body %s', async (_, engine) => {
  const found = await refused(engine(), ATTACKS, ({ method = 'GET', target, headers }) => ({
    method,
    target,
    headers,
    body: method === 'POST' ? JSON.stringify({ model: 'chat', messages: [] }) : undefined,
  }));
  expect(ATTACKS.map(({ name }) => name).filter((name) => !(name in found))).toEqual([]);
});

test('a body is read on any other path', async () => {
  const body = JSON.stringify(PROMPTS.find(({ name }) => name === 'injection explained')!.body);
  for (const target of ['/v1/files', '/v1/chat/completions/x', '/x/v1/chat/completions'])
    expect([target, await counting.status({ method: 'POST', target, body })]).toEqual([target, 403]);
});

test('the routes themselves pass', async () => {
  for (const { method, path } of API_ROUTES)
    expect(
      await counting.status({ method, target: path, body: method === 'POST' ? '{"model":"chat"}' : undefined }),
    ).toBe(200);
});
