import { setTimeout as pause } from 'node:timers/promises';
import { type EngineMetrics } from '../../../constructs/models/engine-metrics';
import { type EngineRun } from './engine-run';
import { type Metrics } from './metrics-text';

/** Names of the metrics that tell what an engine does. */
export type EngineNames = EngineMetrics;

/** Why vLLM counted requests as ended. */
const FINISHED = { name: 'vllm:request_success_total', label: 'finished_reason' };
const IDLE_LIMIT_MS = 60_000;

/** @throws when there is no scrape */
export async function scraped(run: EngineRun): Promise<Metrics> {
  const metrics = await run.metrics();
  if (metrics === undefined) throw new Error('metrics: expected a scrape within 5 s, got none; see the log of the engine');
  return metrics;
}

/** Status classes in which requests were counted since an earlier scrape. */
export function counted(before: Metrics, after: Metrics, names: EngineNames): string[] {
  return names.httpRequests === undefined ? [] : after.grown(before, names.httpRequests, 'status', { method: 'POST' });
}

/** Reasons for which the engine counted requests as ended since an earlier scrape. */
export function finished(before: Metrics, after: Metrics): string[] {
  return after.grown(before, FINISHED.name, FINISHED.label);
}

/** Waits until the engine runs nothing and has counted it. */
export async function whenIdle(run: EngineRun, names: EngineNames): Promise<void> {
  const deadline = performance.now() + IDLE_LIMIT_MS;
  do {
    await pause(1_000);
  } while (performance.now() < deadline && (await scraped(run)).sum(names.requestsRunning!) > 0);
}
