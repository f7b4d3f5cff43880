import { setTimeout as pause } from 'node:timers/promises';
import { type EngineMetrics } from '../../../constructs/models/engine-metrics';
import { type EngineRun } from './engine-run';
import { type Metrics } from './metrics-text';

const IDLE_LIMIT_MS = 60_000;
const SCRAPE_LIMIT_MS = 60_000;

/**
 * A scrape. llama.cpp answers it between two steps of its loop, which a long prompt on a busy machine holds up for longer than one scrape waits.
 *
 * @throws when there is none within 60 s
 */
export async function scraped(run: EngineRun): Promise<Metrics> {
  const deadline = performance.now() + SCRAPE_LIMIT_MS;
  do {
    const metrics = await run.metrics();
    if (metrics !== undefined) return metrics;
    await pause(50);
  } while (performance.now() < deadline);
  throw new Error(`metrics: expected a scrape within ${SCRAPE_LIMIT_MS / 1000} s, got none; see the log of the engine`);
}

/** Status classes in which requests were counted since an earlier scrape. */
export function counted(before: Metrics, after: Metrics, names: EngineMetrics): string[] {
  return names.httpRequests === undefined ? [] : after.grown(before, names.httpRequests, 'status', { method: 'POST' });
}

/** Reasons for which the engine counted choices of requests as ended since an earlier scrape. */
export function finished(before: Metrics, after: Metrics, { choicesFinished }: EngineMetrics): string[] {
  return choicesFinished === undefined ? [] : after.grown(before, choicesFinished, 'finished_reason');
}

/** Waits until the engine runs nothing and has counted it. */
export async function whenIdle(run: EngineRun, names: EngineMetrics): Promise<void> {
  const deadline = performance.now() + IDLE_LIMIT_MS;
  do {
    await pause(1_000);
  } while (performance.now() < deadline && (await scraped(run)).sum(names.requestsRunning!) > 0);
}
