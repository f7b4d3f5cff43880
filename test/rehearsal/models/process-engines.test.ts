import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Container } from 'kubernetes-types/core/v1';
import type { ContainerEngine } from '../../../rehearsal/models/container-engine';
import { ProcessEngines } from '../../../rehearsal/models/process-engines';
import { PROFILES, type RevisionProfile } from '../../../rehearsal/models/profiles';
import { listProcesses } from '../../../rehearsal/platform/process-table';
import { call, until } from './http-client';

const CONTAINER: Container = {
  name: 'engine',
  image: 'vllm/vllm-openai:v0.32.0@sha256:0000',
  command: [join(__dirname, 'stand-in-engine.py')],
  args: ['--port=8000'],
  env: [{ name: 'HOME', value: '/cache/home' }],
  volumeMounts: [{ name: 'cache', mountPath: '/cache' }],
};

const PYTHON = execFileSync('sh', ['-c', 'command -v python3'], { encoding: 'utf8' }).trim();

/** The stand-in is a script, so that the program before it is the interpreter. */
const INSTALLED = {
  engine: 'vllm' as const,
  version: '0.32.0',
  program: PYTHON,
  environment: {},
  addedArguments: [],
  patches: [],
  model: '/tiny',
};

describe('ProcessEngines', () => {
  let folder: string;
  let engines: ProcessEngines;
  let engine: ContainerEngine | undefined;
  let profile: RevisionProfile;
  let exitCode: number | undefined;
  const groups: [number, boolean][] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'process-engines-'));
    engines = new ProcessEngines({
      installed: [INSTALLED],
      directory: folder,
      log: () => undefined,
      onGroup: (group, running) => groups.push([group, running]),
    });
    profile = PROFILES.good;
    exitCode = undefined;
    engine = undefined;
    groups.length = 0;
  });

  afterEach(async () => {
    engine?.kill();
    await until(() => engine === undefined || exitCode !== undefined);
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(spec: Partial<Container> = {}): Promise<number> {
    const container = { ...CONTAINER, command: ['vllm', ...CONTAINER.command!], ...spec };
    engine = await engines.start({
      spec: container,
      pod: 'chat-1',
      revision: 'r1',
      profile: () => profile,
      port: 0,
      onExit: (code) => {
        exitCode = code;
      },
    });
    await until(() =>
      call(engine!.port, 'GET', '/health').then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    return engine.port;
  }

  const members = (): number => listProcesses().filter(({ group }) => group === engines.runs[0].group).length;
  const ask = (): Promise<{ body: string }> => call(engine!.port, 'POST', '/v1/completions', {});

  test('runs the command of the pod on a port of its own, with its volumes in a folder of the pod', async () => {
    const port = await start();
    const { body } = await call(port, 'GET', '/health');
    expect(body).toBe(`--port=${port} --host=127.0.0.1 ${folder}/chat-1/cache/home`);
    expect((await ask()).body).toBe('answer');
    expect(groups).toEqual([[engines.runs[0].group, true]]);
  });

  test('SIGTERM goes to the first process; what it leaves of its group is ended with it, and the exit code is its own', async () => {
    await start();
    expect(members()).toBe(2);
    await engine!.terminate();
    await until(() => exitCode !== undefined);
    expect(exitCode).toBe(3);
    await until(() => members() === 0);
    expect(engines.runs[0]).toMatchObject({
      pod: 'chat-1',
      engine: 'vllm',
      exitCode: 3,
      terminatedAt: expect.any(Number) as number,
    });
    expect(groups.at(-1)).toEqual([engines.runs[0].group, false]);
  });

  test('SIGKILL goes to the whole group', async () => {
    await start();
    engine!.kill();
    await until(() => exitCode !== undefined);
    expect(exitCode).toBe(137);
    await until(() => members() === 0);
  });

  test.each(['idle', 'work'] as const)(
    'hangs from %s while it answers its health check, until the profile is good again',
    async (from) => {
      await start();
      profile = { ...PROFILES.good, hang: { afterRequests: 0, from } };
      if (from === 'idle') await until(() => isStopped(engines.runs[0].group));
      const answers: string[] = [];
      const asking = Array.from({ length: 50 }, () => ask().then(({ body }) => answers.push(body)));
      await until(() => isStopped(engines.runs[0].group));
      expect((await call(engine!.port, 'GET', '/health')).status).toBe(200);
      if (from === 'idle') expect(answers).toEqual([]);
      profile = PROFILES.good;
      await Promise.all(asking);
      expect(answers).toHaveLength(50);
    },
  );

  test('a crash is the death of the core', async () => {
    await start();
    profile = { ...PROFILES.good, crashAfterMs: 0 };
    await until(() =>
      ask().then(
        () => false,
        () => exitCode !== undefined,
      ),
    );
    expect(exitCode).toBe(0);
    expect(engines.runs[0].terminatedAt).toBeUndefined();
  });

  test('slowness is a core that stands still for most of the time', async () => {
    await start();
    profile = PROFILES.slow;
    await until(() => isStopped(engines.runs[0].group));
    expect((await ask()).body).toBe('answer');
    await until(() => !isStopped(engines.runs[0].group));
  });

  test.each([
    ['vllm/vllm-openai:v0.18.1', 'vllm 0.32.0'],
    ['ghcr.io/ggml-org/llama.cpp:server-b11434', 'vllm 0.32.0'],
    ['vllm/vllm-openai:latest', 'vllm 0.32.0'],
  ])('an image whose engine is not installed cannot be pulled: %s', async (image, known) => {
    await expect(start({ image })).rejects.toMatchObject({
      reason: 'ErrImagePull',
      message: `image: expected one whose engine is installed here (${known}), got '${image}'; name such a version in its tag`,
    });
    expect(engines.runs).toEqual([]);
  });

  test('a program that is not there is told', async () => {
    engines = new ProcessEngines({
      installed: [{ ...INSTALLED, program: '/nowhere/vllm' }],
      directory: folder,
      log: () => undefined,
      onGroup: () => undefined,
    });
    await expect(start()).rejects.toThrow('ENOENT');
  });
});

/** Whether a process of the group has been stopped by a signal. */
function isStopped(group: number): boolean {
  return execFileSync('ps', ['-eo', 'pgid=,stat='], { encoding: 'utf8' })
    .split('\n')
    .some((line) => new RegExp(`^\\s*${group}\\s+T`).test(line));
}
