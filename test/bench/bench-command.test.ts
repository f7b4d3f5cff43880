import { benchCommand, type Benchmark } from '../../bench/bench-command';
import { figure } from '../../bench/figure';

async function runBench(args: string[], benchmarks: Record<string, Benchmark>) {
  const printed: string[] = [];
  const logged: string[] = [];
  const run = benchCommand({ benchmarks, print: (text) => printed.push(text), log: (line) => logged.push(line) })
    .exitOverride()
    .configureOutput({ writeErr: (text) => logged.push(text) })
    .parseAsync(args, { from: 'user' });
  const error = await run.then(
    () => undefined,
    (reason: Error) => reason.message,
  );
  return {
    error,
    logged,
    document: printed.map((text) => JSON.parse(text) as { figures: object; failures: object })[0],
  };
}

const good: Benchmark = (_, log) => {
  log('working');
  return Promise.resolve([figure({ what: 'a', unit: 'ms', samples: [1] })]);
};
const bad: Benchmark = () => Promise.reject(new Error('no compiler'));

test('prints one document with every group, and says what it does beside it', async () => {
  const { error, document, logged } = await runBench([], { one: good, two: good });
  expect(error).toBeUndefined();
  expect(document).toMatchObject({
    version: 1,
    figures: { one: [{ what: 'a', value: 1 }], two: [{ what: 'a' }] },
    failures: {},
  });
  expect(logged).toEqual(['one: working', 'two: working']);
});

test('a group that cannot be measured does not keep the others from being printed, and fails the command', async () => {
  const { error, document } = await runBench([], { bad, good });
  expect(document).toMatchObject({ figures: { good: [{ value: 1 }] }, failures: { bad: 'no compiler' } });
  expect(error).toBe('not measured: bad: no compiler');
});

test('--only measures one group', async () => {
  expect((await runBench(['--only', 'good'], { bad, good })).document).toMatchObject({ failures: {} });
  expect((await runBench(['--only', 'other'], { bad, good })).error).toContain('Allowed choices are bad, good');
});
