import { abortedOf, AIMS, BAD, gateQuality, type GateQuality, promotedOf, reachesAims } from './gate-quality';
import type { Gate, JudgedRollout } from './judged-rollout';
import type { Traffic } from './rollout-simulation';

/** What would make gates reach the aims. */
export interface Remedy {
  readonly rollout: JudgedRollout;
  readonly traffic: Traffic;
  readonly quality: GateQuality;
  readonly reached: boolean;
}

/** Widest window that is proposed, seconds; no fault would be seen sooner. */
const WIDEST_WINDOW_SECONDS = 300;
/** Longest time at one weight that is proposed, seconds. */
const LONGEST_HOLD_SECONDS = 1200;
/** Fewest requests that are proposed to be enough; with fewer, one failure is a share of 2 %. */
const FEWEST_REQUESTS = 50;
/** Limits that are proposed, in their order; none under which a bad revision passes. */
const LIMITS: Readonly<Partial<Record<Gate, readonly number[]>>> = {
  'time-to-first-token': [1.3, 1.5],
  'error-ratio': [0.01, 0.02, 0.025],
  'refused-requests': [0.1, 0.2],
  'unfinished-answers': [0.05, 0.1],
};
const CHANGES = 8;

/** Goes from change to change, each against the fault that is worst, until the aims are reached: traffic last, which nobody can choose. */
export function remedyOf(rollout: JudgedRollout, traffic: Traffic): Remedy {
  let remedy: Remedy = { rollout, traffic, quality: gateQuality(rollout, traffic), reached: false };
  for (let change = 0; change < CHANGES; change++) {
    if (reachesAims(remedy.quality)) return { ...remedy, reached: true };
    const changed = changedAgainst(remedy);
    remedy = { ...changed, quality: gateQuality(changed.rollout, changed.traffic), reached: false };
  }
  return { ...remedy, reached: reachesAims(remedy.quality) };
}

/** The rollout or its traffic, with one thing changed against the fault that is worst. */
function changedAgainst({ rollout, traffic, quality }: Remedy): Pick<Remedy, 'rollout' | 'traffic'> {
  const faults = [
    { excess: abortedOf(quality) / AIMS.aborted, change: () => againstAborts(rollout, causeOf(quality)) },
    ...BAD.map((kind) => ({
      excess: promotedOf(quality, kind) / AIMS.promoted,
      change: () => (kind === 'hanging' ? { bakeSeconds: rollout.bakeSeconds + 120 } : longerHolds(rollout)),
    })),
  ];
  const change = faults.reduce((most, fault) => (fault.excess > most.excess ? fault : most)).change();
  return change === undefined
    ? { rollout, traffic: { ...traffic, requestsPerSecond: traffic.requestsPerSecond * 2 } }
    : { rollout: { ...rollout, ...change }, traffic };
}

/** What aborts most good revisions. */
function causeOf({ good }: GateQuality): Gate | 'requests' {
  const [[cause]] = Object.entries(good)
    .filter(([outcome]) => outcome !== 'promoted')
    .sort(([, a], [, b]) => b - a);
  return cause as Gate | 'requests';
}

function againstAborts(rollout: JudgedRollout, cause: Gate | 'requests'): Partial<JudgedRollout> | undefined {
  const { windowSeconds, minimumRequests, limits } = rollout;
  if (windowSeconds < WIDEST_WINDOW_SECONDS)
    return { windowSeconds: Math.min(WIDEST_WINDOW_SECONDS, Math.round(windowSeconds / 20) * 30) };
  if (cause === 'requests') return minimumRequests > FEWEST_REQUESTS ? { minimumRequests: FEWEST_REQUESTS } : undefined;
  const next = LIMITS[cause]?.find((limit) => limit > (limits[cause] ?? Infinity));
  return next === undefined ? undefined : { limits: { ...limits, [cause]: next } };
}

function longerHolds({ steps }: JudgedRollout): Partial<JudgedRollout> | undefined {
  if (steps.some(({ holdSeconds }) => holdSeconds >= LONGEST_HOLD_SECONDS)) return undefined;
  return { steps: steps.map((step) => ({ ...step, holdSeconds: Math.ceil((step.holdSeconds * 1.5) / 60) * 60 })) };
}
