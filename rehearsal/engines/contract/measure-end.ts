import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { type EngineMetrics } from '../../../constructs/models/engine-metrics';
import { type Answer, ask, chat, reached } from './asking';
import { type Answered, type Ended, type EngineContract, type InFlight, type Reached } from './engine-contract';
import { type EngineRun, type Exit, within } from './engine-run';
import { KeptConnection } from './measure-healthy';
import { counted, finished, scraped } from './observing';

/** An engine that has not ended this long after SIGTERM does not end by itself. */
const END_LIMIT_SECONDS = 60;
/** A drain within the shutdown timeout, with the end of the process. */
const DRAIN_LIMIT_SECONDS = 120;
/** From SIGTERM to the next request of a caller that keeps its connection: longer than a signal takes, shorter than what keeps idle connections. */
const KEPT_MS = 1_500;
const KEPT_LIMIT_MS = 10_000;
const LONG_ANSWER_TOKENS = 1_800;
const START_OF_WORK_MS = 500;

interface Asked {
  readonly stream: boolean;
  readonly answer: Promise<Answer>;
}

/** Streams and whole answers in turn, which the engine works on when this returns. */
async function askLong(
  run: EngineRun,
  names: EngineMetrics,
  count: number,
): Promise<{ asked: Asked[]; giveUp: AbortController }> {
  // A fresh engine may compile for its first request, and works on nothing meanwhile.
  await ask({ port: run.port, path: '/v1/chat/completions', body: chat(8, true) });
  const giveUp = new AbortController();
  setMaxListeners(count, giveUp.signal);
  const asked = Array.from({ length: count }, (_, index) => {
    const stream = index % 2 === 0;
    return {
      stream,
      answer: ask({
        port: run.port,
        path: '/v1/chat/completions',
        body: chat(LONG_ANSWER_TOKENS, stream, `${index}: a long story`),
        signal: giveUp.signal,
      }),
    };
  });
  const deadline = performance.now() + END_LIMIT_SECONDS * 1000;
  while ((await scraped(run)).sum(names.requestsRunning!) === 0) {
    if (performance.now() > deadline)
      throw new Error(
        `requests in flight: expected some within ${END_LIMIT_SECONDS} s, got none; see how busy the machine is`,
      );
    await pause(50);
  }
  await pause(START_OF_WORK_MS);
  return { asked, giveUp };
}

const WORST: readonly Ended[] = ['none', 'cut', 'finished'];

async function outcome(asked: readonly Asked[]): Promise<InFlight & { readonly last: number }> {
  const answers = await Promise.all(asked.map(async ({ stream, answer }) => ({ stream, ...(await answer) })));
  const ended = ({ ended: how, error, status }: Answer): Ended =>
    how === 'finished' && (error || status !== 200) ? 'cut' : how;
  const worst = (stream: boolean): Ended =>
    WORST.find((each) => answers.some((answer) => answer.stream === stream && ended(answer) === each)) ?? 'finished';
  return { streams: worst(true), whole: worst(false), last: Math.max(...answers.map(({ at }) => at)) };
}

/** SIGTERM with requests in flight that end within the shutdown timeout. */
export async function measureDrainWithin(
  run: EngineRun,
  names: EngineMetrics,
): Promise<EngineContract['drain']['within']> {
  const { asked, giveUp } = await askLong(run, names, 4);
  const kept = new KeptConnection(run.port);
  await kept.health();
  run.terminate();
  const exit = run.endWithin(DRAIN_LIMIT_SECONDS);
  const keptConnection: Promise<Answered | 'closed'> = pause(KEPT_MS).then(
    async () => (await within(kept.ask(false), KEPT_LIMIT_MS)) ?? 'none',
  );
  const seen = { ...(await watchDrain(run, asked, exit)), keptConnection: await keptConnection };
  kept.destroy();
  const end = await exit;
  giveUp.abort();
  const { last, ...inFlight } = await outcome(asked);
  return {
    inFlight,
    ...seen,
    exitCode: end?.code ?? null,
    secondsAfterLast: end ? round((end.at - last) / 1000) : null,
  };
}

/** What a new caller and a probe got most often while requests were in flight, from a second after SIGTERM. */
async function watchDrain(
  run: EngineRun,
  asked: readonly Asked[],
  over: Promise<unknown>,
): Promise<{ newConnections: Reached; health: Reached }> {
  let left = true;
  void Promise.race([Promise.all(asked.map(({ answer }) => answer)), over]).then(() => {
    left = false;
  });
  const completions: Reached[] = [];
  const healths: Reached[] = [];
  await pause(1_000);
  do {
    completions.push(await reached({ port: run.port, path: '/v1/chat/completions', body: chat(1, false) }));
    healths.push(await reached({ port: run.port, method: 'GET', path: '/health' }));
    await pause(250);
  } while (left);
  return { newConnections: mostFrequent(completions), health: mostFrequent(healths) };
}

function mostFrequent<T>(values: readonly T[]): T {
  const count = (value: T): number => values.filter((each) => each === value).length;
  return values.reduce((best, value) => (count(value) > count(best) ? value : best));
}

/** SIGTERM with requests in flight that outlast the shutdown timeout; their callers wait. */
export async function measureDrainBeyond(
  run: EngineRun,
  names: EngineMetrics,
): Promise<EngineContract['drain']['beyond']> {
  const { asked, giveUp } = await askLong(run, names, 12);
  run.terminate();
  const end = await run.endWithin(END_LIMIT_SECONDS);
  giveUp.abort();
  const { streams, whole } = await outcome(asked);
  return { inFlight: { streams, whole }, endsByItself: end !== undefined, exitCode: end?.code ?? null };
}

/** SIGTERM with nothing to do. */
export async function measureIdleEnd(run: EngineRun): Promise<EngineContract['drain']['idle']> {
  const started = performance.now();
  run.terminate();
  const end = await run.endWithin(END_LIMIT_SECONDS);
  return { exitCode: end?.code ?? null, seconds: end ? round((end.at - started) / 1000) : null };
}

/** SIGTERM before the engine is ready: so long after `begun` says that it is in the middle of its start. */
export async function measureLoading(
  run: EngineRun,
  begun: () => Promise<boolean>,
  afterSeconds: number,
): Promise<EngineContract['loading']> {
  while (!(await begun())) await pause(10);
  await pause(afterSeconds * 1000);
  const health = await reached({ port: run.port, method: 'GET', path: '/health' });
  if (health === 200)
    throw new Error(
      'SIGTERM while it starts: expected an engine that is not ready yet, got one that is; measure again',
    );
  const { exitCode, seconds } = await measureIdleEnd(run);
  return { sigtermSeconds: seconds, exitCode };
}

/** SIGKILL of the engine core with requests in flight. */
export async function measureCrash(run: EngineRun, names: EngineMetrics): Promise<EngineContract['crash']> {
  // So many that none ends before the kill.
  const { asked, giveUp } = await askLong(run, names, 12);
  const before = await scraped(run);
  const started = performance.now();
  process.kill(run.core(), 'SIGKILL');
  let exit: Exit | undefined;
  void run.exited.then((end) => {
    exit = end;
  });
  let after = before;
  let health: Reached = 'refused';
  while (!exit && performance.now() - started < END_LIMIT_SECONDS * 1000) {
    const answer = await reached({ port: run.port, method: 'GET', path: '/health' });
    if (answer !== 'refused') health = answer;
    after = (await run.metrics()) ?? after;
    await pause(20);
  }
  giveUp.abort();
  const answers = await Promise.all(asked.map(async ({ stream, answer }) => ({ stream, ...(await answer) })));
  return {
    whole: answers.find(({ stream }) => !stream)!.status,
    stream: told(answers.find(({ stream }) => stream)!),
    counted: counted(before, after, names),
    finished: finished(before, after, names),
    health,
    exitCode: exit?.code ?? null,
    seconds: exit ? round((exit.at - started) / 1000) : null,
  };
}

/** A broken stream in words. */
function told({ status, ended, error }: Answer): string {
  const how: Readonly<Record<Ended, string>> = { finished: '[DONE]', cut: 'cut', none: 'neither answered nor closed' };
  return [String(status), ...(error ? ['error event'] : []), how[ended]].join(', ');
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
