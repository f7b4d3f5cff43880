import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, reached } from '../../../rehearsal/engines/contract/asking';
import { EngineRun } from '../../../rehearsal/engines/contract/engine-run';
import {
  measureCrash,
  measureDrainWithin,
  measureIdleEnd,
  measureLoading,
} from '../../../rehearsal/engines/contract/measure-end';
import { measureKeepAlive } from '../../../rehearsal/engines/contract/measure-healthy';
import { choosePorts } from '../../../rehearsal/platform/ports';

jest.setTimeout(60_000);

const NAMES = { requestsRunning: 'vllm:num_requests_running', httpRequests: 'http_requests_total' };

let folder: string;
let run: EngineRun;

async function start(exitCode = 0, ...stuck: 'stuck'[]): Promise<EngineRun> {
  const { port } = await choosePorts(['port']);
  run = new EngineRun({
    program: process.execPath,
    args: [join(__dirname, 'fake-engine.mjs'), String(port), String(exitCode), ...stuck],
    environment: {},
    port,
    folder,
    name: 'fake',
  });
  return run;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-'));
});
afterEach(async () => {
  await run.kill();
  rmSync(folder, { recursive: true, force: true });
});

test('is ready when its health says so, and is scraped', async () => {
  await start();
  expect(await run.ready()).toBeGreaterThan(0.2);
  await ask({ port: run.port, path: '/v1/completions', body: {} });
  expect((await run.metrics())?.sum('http_requests_total')).toBe(1);
});

test('answers that are whole, broken, told as an error, given up and refused are told apart', async () => {
  await start();
  await run.ready();
  const how = async (body: object, giveUpMs?: number) => {
    const { status, ended, error } = await ask({ port: run.port, path: '/v1/completions', body, giveUpMs });
    return { status, ended, error };
  };
  expect(await how({})).toEqual({ status: 200, ended: 'finished', error: false });
  expect(await how({ stream: true })).toEqual({ status: 200, ended: 'finished', error: false });
  expect(await how({ stream: true, prompt: 'cut' })).toEqual({ status: 200, ended: 'cut', error: false });
  expect(await how({ stream: true, prompt: 'error' })).toEqual({ status: 200, ended: 'finished', error: true });
  expect(await how({ prompt: 'silence' }, 300)).toEqual({ status: 'none', ended: 'none', error: false });
  await run.kill();
  expect(await reached({ port: run.port, path: '/v1/completions' })).toBe('refused');
});

test('its end is told with the exit code and the time', async () => {
  await (await start(3)).ready();
  const { exitCode, seconds } = await measureIdleEnd(run);
  expect([exitCode, seconds! < 30]).toEqual([3, true]);
});

test('an end by a signal has the code that the kubelet gives it', async () => {
  await (await start()).ready();
  await run.kill();
  expect((await run.exited).code).toBe(137);
});

test('SIGTERM at the beginning of the start ends it before it can catch the signal', async () => {
  await start(0, 'stuck');
  expect(await measureLoading(run, () => Promise.resolve(true), 0)).toEqual({
    sigtermSeconds: expect.any(Number),
    exitCode: 143,
  });
});

test('an engine that drops what is in flight is told from one that finishes it', async () => {
  await (await start()).ready();
  expect(await measureDrainWithin(run, NAMES)).toMatchObject({
    inFlight: { streams: 'cut', whole: 'cut' },
    newConnections: 'refused',
    keptConnection: 'closed',
    health: 'refused',
    exitCode: 0,
  });
});

test('a crash is told as callers and the kubelet see it', async () => {
  await (await start()).ready();
  expect(await measureCrash(run, NAMES)).toMatchObject({ whole: 'none', stream: '200, cut', exitCode: 137 });
});

test('one that ends before it is ready is an error with the end of its log', async () => {
  run = new EngineRun({
    program: process.execPath,
    args: ['-e', 'console.error("no such flag"); process.exit(2)'],
    environment: {},
    port: (await choosePorts(['port'])).port,
    folder,
    name: 'fake',
  });
  await expect(run.ready()).rejects.toThrow(
    /^fake ended with exit code 2 before it was ready; the end of its log:\nno such flag$/,
  );
});

test('connections that stay after an answer are told with the time until they are closed', async () => {
  await (await start()).ready();
  // Node closes an idle connection after five seconds.
  expect(await measureKeepAlive(run.port)).toEqual({
    idleSeconds: expect.any(Number),
    afterStream: 'kept',
    afterWhole: 'kept',
  });
});
