import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type EngineMetrics } from '../../../constructs/models/engine-metrics';
import { type EngineName } from '../installed-engine';
import { ask, chat } from './asking';
import { type Hang } from './engine-contract';
import { type EngineRun } from './engine-run';
import { counted, finished, scraped, whenIdle } from './observing';

/** Callers give up after this long. */
const TIMEOUT_MS = 8_000;
const LONG_ANSWER_TOKENS = 1_800;

/** The engine core is stopped while it does nothing, then while it works; it continues afterwards. */
export async function measureHangs(
  run: EngineRun,
  engine: EngineName,
  names: EngineMetrics,
): Promise<{ idle: Hang; work: Hang }> {
  const idle = await hang(run, engine, names, false);
  const work = await hang(run, engine, names, true);
  return { idle, work };
}

async function hang(run: EngineRun, engine: EngineName, names: EngineMetrics, atWork: boolean): Promise<Hang> {
  await whenIdle(run, names);
  const answers: Promise<unknown>[] = [];
  const asking = (tokens: number, stream: boolean, giveUpMs: number): void => {
    answers.push(ask({ port: run.port, path: '/v1/chat/completions', body: chat(tokens, stream), giveUpMs }));
  };
  if (atWork) {
    [true, false].forEach((stream) => asking(LONG_ANSWER_TOKENS, stream, TIMEOUT_MS + 2_000));
    await pause(2_000);
  }
  const before = await scraped(run);
  const release = stop(engine, run.core());
  try {
    // Iterations that were under way are counted before.
    await pause(500);
    const hung = await run.metrics();
    [true, true, false].forEach((stream) => asking(8, stream, TIMEOUT_MS));
    await pause(TIMEOUT_MS / 2);
    const health = await ask({ port: run.port, method: 'GET', path: '/health', giveUpMs: 5_000 });
    const held = await run.metrics();
    await Promise.all(answers);
    await pause(1_000);
    const after = await run.metrics();
    const grown = (name: string | undefined): boolean =>
      name !== undefined && hung !== undefined && after !== undefined && after.sum(name) > hung.sum(name);
    return {
      health: health.status,
      running: held?.sum(names.requestsRunning!) ?? 'none',
      waiting: held?.sum(names.requestsWaiting!) ?? 'none',
      iterations: grown(names.iterations),
      counted: after ? counted(before, after, names) : [],
      finished: after ? finished(before, after, names) : [],
    };
  } finally {
    release();
    await whenIdle(run, names);
  }
}

/** Stops the engine core; returns what lets it continue. */
function stop(engine: EngineName, pid: number): () => void {
  if (engine === 'vllm') {
    process.kill(pid, 'SIGSTOP');
    return () => process.kill(pid, 'SIGCONT');
  }
  // llama.cpp computes in the first thread of a process whose other threads answer HTTP.
  const holder: ChildProcess = spawn('python3', [join(__dirname, 'hold_thread.py'), String(pid)], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  return () => holder.stdin!.end();
}
