import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listProcesses } from '../../../rehearsal/platform/process-table';
import { Run } from '../../../rehearsal/platform/run';
import { endKilledRuns } from '../../../rehearsal/platform/run-record';

let cache: string;
let said: string[];
const log = (line: string): void => void said.push(line);
const members = (group: number) => listProcesses().filter((entry) => entry.group === group);

/** Waits until the kernel has taken away what was killed, which is listed until then; the test's own timeout bounds it. */
async function gone(group: number): Promise<void> {
  while (members(group).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Groups that the one run of a cache has recorded. */
function recordedGroups(): number[] {
  const [file] = readdirSync(join(cache, 'runs'));
  return (JSON.parse(readFileSync(join(cache, 'runs', file), 'utf8')) as { groups: { group: number }[] }).groups.map(
    ({ group }) => group,
  );
}

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'cache-'));
  said = [];
});

afterEach(() => rmSync(cache, { recursive: true, force: true }));

test('everything that a run started, and its children, ends with it; its folder and record go', async () => {
  const run = new Run(cache, log);
  const script = 'sleep 600 & sleep 600; true';
  const managed = await run.start({
    name: 'parent',
    command: 'sh',
    args: ['-c', script],
    ready: () => Promise.resolve(members(recordedGroups()[0]).length === 3),
  });
  expect(members(managed.pid)).toHaveLength(3);
  expect(readdirSync(join(cache, 'runs'))).toHaveLength(1);
  await run.stop();
  await gone(managed.pid);
  expect(existsSync(run.directory)).toBe(false);
  expect(readdirSync(join(cache, 'runs'))).toEqual([]);
  await expect(run.start({ name: 'late', command: 'sleep', args: ['600'] })).rejects.toThrow('late: not started');
});

test('a program that ends before it is ready is an error with the end of its log', async () => {
  const run = new Run(cache, log);
  await expect(
    run.start({
      name: 'etcd',
      command: 'sh',
      args: ['-c', 'echo port in use >&2; exit 3'],
      ready: () => Promise.resolve(false),
    }),
  ).rejects.toThrow(/^etcd ended with exit code 3; the end of its log:\n {4}port in use$/);
  await run.stop();
});

test('a program that is never ready is ended, and is an error', async () => {
  const run = new Run(cache, log);
  await expect(
    run.start({
      name: 'slow',
      command: 'sleep',
      args: ['600'],
      readyTimeoutMs: 60,
      ready: () => Promise.reject(new Error('refused')),
    }),
  ).rejects.toThrow(/^slow was not ready after 0.06 s/);
  await gone(recordedGroups()[0]);
  await run.stop();
});

test('a program that cannot be started is an error', async () => {
  const run = new Run(cache, log);
  await expect(
    run.start({ name: 'kwok', command: '/nowhere/kwok', args: [], ready: () => Promise.resolve(false) }),
  ).rejects.toThrow(/^kwok could not be started: .*ENOENT/);
  await run.stop();
});

test('a program sees no more of the environment than it is given', async () => {
  process.env.AWS_PROFILE_OF_TEST = 'mine';
  const run = new Run(cache, log);
  const managed = await run.start({
    name: 'env',
    command: 'env',
    args: [],
    ready: () => Promise.resolve(readFileSync(join(run.logDirectory, 'env.log'), 'utf8').includes('HOME=')),
  });
  const text = managed.tail();
  delete process.env.AWS_PROFILE_OF_TEST;
  await run.stop();
  expect(text).toContain(`HOME=${run.directory}`);
  expect(text).not.toContain('AWS_PROFILE_OF_TEST');
});

describe('after a run that was killed', () => {
  /** A run in a process of its own, which is killed without a chance to stop anything. */
  async function killedRun(): Promise<{ pid: number; record: { runDirectory: string; groups: { group: number }[] } }> {
    const child = spawn(process.execPath, ['scripts/start.mjs', join(__dirname, 'left-run.ts'), cache], {
      cwd: join(__dirname, '../../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const file = readdirSync(join(cache, 'runs')).find((name) => name.startsWith(`${child.pid}-`))!;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    return {
      pid: child.pid!,
      record: JSON.parse(readFileSync(join(cache, 'runs', file), 'utf8')) as {
        runDirectory: string;
        groups: { group: number }[];
      },
    };
  }

  test('the next one ends its processes, removes its folder, and says so', async () => {
    const { pid, record } = await killedRun();
    const [{ group }] = record.groups;
    expect(members(group)).toHaveLength(1);
    endKilledRuns(cache, log);
    expect(said).toEqual([
      `an earlier run (process ${pid}) was killed: ended 1 of its process groups and removed ${record.runDirectory}`,
    ]);
    await gone(group);
    expect(existsSync(record.runDirectory)).toBe(false);
    endKilledRuns(cache, log);
    expect(said).toHaveLength(1);
  });

  test('a run that is still in progress is left alone', async () => {
    const run = new Run(cache, log);
    const managed = await run.start({ name: 'own', command: 'sleep', args: ['600'] });
    endKilledRuns(cache, log);
    expect(managed.isRunning).toBe(true);
    expect(said).toEqual([]);
    await run.stop();
  });
});
