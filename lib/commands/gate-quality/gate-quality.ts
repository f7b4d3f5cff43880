import type { JudgedRollout } from './judged-rollout';
import { type Outcome, type Revision, simulationOf, type Traffic } from './rollout-simulation';

/** A kind of new revision. */
export type Kind = 'good' | 'slow' | 'failing' | 'hanging';

/** How often rollouts of a kind of revision end in each way, 0 to 1. */
export type Outcomes = Readonly<Partial<Record<Outcome, number>>>;

/** How good a judge the gates of a rollout are. */
export type GateQuality = Readonly<Record<Kind, Outcomes>>;

/** What is asked of gates: shares of good revisions that are aborted and of bad ones that are promoted. */
export const AIMS = { aborted: 0.01, promoted: 0.05 };

/** A bad revision has one of these faults. */
export const BAD: readonly Kind[] = ['slow', 'failing', 'hanging'];

const GOOD: Revision = { slowness: 1, moreErrors: 0, hangs: false };
const KINDS: Readonly<Record<Kind, Revision>> = {
  good: GOOD,
  slow: { ...GOOD, slowness: 2 },
  failing: { ...GOOD, moreErrors: 0.03 },
  hanging: { ...GOOD, hangs: true },
};

/** Rollouts that are played. One in 100 is told from three in 100 by six hundred. */
const RUNS: Readonly<Record<Kind, number>> = { good: 600, slow: 200, failing: 200, hanging: 200 };

const cache = new Map<string, GateQuality>();

/**
 * Plays rollouts of good and bad revisions under their gates. The same question gets the same answer.
 *
 * Bursts of load, queues, heavy tails and cold caches are in it, by what was recorded of a real engine (`recorded-latencies.json`);
 * a good revision differs from the old one by chance and by its cold start only.
 */
export function gateQuality(rollout: JudgedRollout, traffic: Traffic): GateQuality {
  const key = JSON.stringify([rollout, traffic]);
  const known = cache.get(key);
  if (known) return known;
  const entries = Object.entries(KINDS).map(([kind, revision]) => [
    kind,
    outcomes(simulationOf(rollout, traffic, revision), RUNS[kind as Kind]),
  ]);
  const quality = Object.fromEntries(entries) as GateQuality;
  cache.set(key, quality);
  return quality;
}

/** Share of good revisions that are aborted. */
export function abortedOf({ good }: GateQuality): number {
  return 1 - (good.promoted ?? 0);
}

/** Share of bad revisions of a kind that are promoted. */
export function promotedOf(quality: GateQuality, kind: Kind): number {
  return quality[kind].promoted ?? 0;
}

/** Whether the aims are reached. */
export function reachesAims(quality: GateQuality): boolean {
  return abortedOf(quality) <= AIMS.aborted && BAD.every((kind) => promotedOf(quality, kind) <= AIMS.promoted);
}

function outcomes(simulate: (seed: number) => Outcome, runs: number): Outcomes {
  const counts: Partial<Record<Outcome, number>> = {};
  for (let run = 0; run < runs; run++) {
    const outcome = simulate(run * 7919 + 13);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).map(([outcome, count]) => [outcome, count / runs]));
}
