import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePorts } from '../../platform/ports';
import { type InstalledEngine } from '../installed-engine';
import { reached } from './asking';
import { type EngineContract } from './engine-contract';
import { EngineRun } from './engine-run';
import { measureCrash, measureDrainBeyond, measureDrainWithin, measureIdleEnd, measureLoading } from './measure-end';
import { measureHangs } from './measure-hang';
import { measureKeepAlive, measureLatencies, measureRequests } from './measure-healthy';
import { scraped } from './observing';
import { podOf, weightsDirectory } from './pod-arguments';

/** As the library gives it by default; requests in flight end well within it. */
const SHUTDOWN_TIMEOUT_SECONDS = 60;
const SHORT_SHUTDOWN_TIMEOUT_SECONDS = 5;
/** vLLM's engine core takes longer than this to load the model, llama.cpp does not. */
const CORE_LOADING_SECONDS = 3;

/** Starts the real program five times and measures how it behaves; leaves no process behind. */
export async function measureContract(engine: InstalledEngine, log: (line: string) => void): Promise<EngineContract> {
  const folder = mkdtempSync(join(tmpdir(), 'engine-contract-'));
  const pod = podOf(engine, {
    port: 8000,
    weights: '/weights/chat',
    shutdownTimeoutSeconds: SHUTDOWN_TIMEOUT_SECONDS,
    cacheDirectory: '/cache',
  });
  const { metrics: names } = pod;
  let starts = 0;
  /** One start; `use` gets it before it is ready. */
  const withRun = async <T>(
    what: string,
    use: (run: EngineRun) => Promise<T>,
    shutdownTimeoutSeconds = SHUTDOWN_TIMEOUT_SECONDS,
  ): Promise<T> => {
    log(`start ${++starts} of 5: ${what}`);
    const { port } = await choosePorts(['port']);
    const { command, args, environment } = podOf(engine, {
      port,
      weights: weightsDirectory(engine),
      shutdownTimeoutSeconds,
      cacheDirectory: folder,
    });
    const run = new EngineRun({
      // The first word of the command is the program, which stands elsewhere here.
      program: engine.program,
      args: [...command.slice(1), ...args, ...engine.addedArguments],
      environment: { ...environment, ...engine.environment },
      port,
      folder,
      name: `${engine.engine}-${starts}`,
    });
    try {
      return await use(run);
    } finally {
      await run.kill();
    }
  };
  const ready =
    <T>(measure: (run: EngineRun) => Promise<T>) =>
    async (run: EngineRun): Promise<T> => {
      log(`ready after ${(await run.ready()).toFixed(1)} s`);
      return measure(run);
    };
  try {
    const healthy = await withRun('requests, latencies, hangs and an idle end', async (run) => {
      const seconds = Math.round((await run.ready()) * 10) / 10;
      log(`ready after ${seconds} s`);
      const latencies = await measureLatencies(run);
      const requests = await measureRequests(run, names);
      const keepAlive = await measureKeepAlive(run.port);
      const families = (await scraped(run)).families();
      const hang = await measureHangs(run, engine.engine, names);
      return { seconds, latencies, requests, keepAlive, families, hang, idle: await measureIdleEnd(run) };
    });
    const within = await withRun(
      'SIGTERM with requests that end in time',
      ready((run) => measureDrainWithin(run, names)),
    );
    const beyond = await withRun(
      'SIGTERM with requests that outlast the shutdown timeout',
      ready((run) => measureDrainBeyond(run, names)),
      SHORT_SHUTDOWN_TIMEOUT_SECONDS,
    );
    const loading = await withRun('SIGTERM while it starts', (run) =>
      engine.engine === 'vllm'
        ? measureLoading(run, () => Promise.resolve(run.hasCore()), CORE_LOADING_SECONDS)
        : measureLoading(
            run,
            async () => (await reached({ port: run.port, method: 'GET', path: '/health' })) !== 'refused',
            0,
          ),
    );
    const crash = await withRun(
      'the engine core is killed',
      ready((run) => measureCrash(run, names)),
    );
    return {
      engine: engine.engine,
      version: engine.version,
      recorded: new Date().toISOString().slice(0, 10),
      packages: engine.packages,
      arguments: [...pod.args, ...engine.addedArguments],
      startup: { seconds: healthy.seconds },
      metrics: healthy.families,
      requests: healthy.requests,
      hang: healthy.hang,
      drain: { within, beyond, idle: healthy.idle },
      loading,
      crash,
      keepAlive: healthy.keepAlive,
      latencies: healthy.latencies,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 2 });
  }
}
