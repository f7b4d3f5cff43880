import { abortedOf, AIMS, type GateQuality, gateQuality, promotedOf, reachesAims } from './gate-quality';
import type { JudgedRollout } from './judged-rollout';
import { type Remedy, remedyOf } from './remedy';
import type { Traffic } from './rollout-simulation';

/** What may be changed, by the option of `rollout` that says it. */
const OPTIONS: Readonly<Record<string, (rollout: JudgedRollout) => string | number | undefined>> = {
  'judgement.window': ({ windowSeconds }) => `${windowSeconds}s`,
  'judgement.minimumRequests': ({ minimumRequests }) => minimumRequests,
  'gates.timeToFirstToken.maxRatio': ({ limits }) => limits['time-to-first-token'],
  'gates.errorRatio.maxDifference': ({ limits }) => limits['error-ratio'],
  'gates.refusedRequests.maxDifference': ({ limits }) => limits['refused-requests'],
  'gates.unfinishedAnswers.maxDifference': ({ limits }) => limits['unfinished-answers'],
  bakeTime: ({ bakeSeconds }) => `${bakeSeconds}s`,
};

/** How good a judge the gates of a rollout are, and what it would take where they are not good enough; one line each. */
export function qualityText(rollout: JudgedRollout, traffic: Traffic): string {
  const quality = gateQuality(rollout, traffic);
  const judged = `judged by its gates at ${amount(traffic.requestsPerSecond)} requests/s: ${figures(quality)}`;
  return reachesAims(quality) ? judged : `${judged}\n${wanting(rollout, traffic, remedyOf(rollout, traffic))}`;
}

function figures(quality: GateQuality): string {
  const tooFew = quality.good.requests ?? 0;
  return (
    `aborts ${percent(abortedOf(quality))} of good revisions${tooFew >= 0.001 ? ` (${percent(tooFew)} for too few requests)` : ''}; ` +
    `promotes ${percent(promotedOf(quality, 'slow'))} with twice the time to first token, ${percent(promotedOf(quality, 'failing'))} with 3 % more errors, ` +
    `${percent(promotedOf(quality, 'hanging'))} with one replica of four hung`
  );
}

function wanting(rollout: JudgedRollout, traffic: Traffic, remedy: Remedy): string {
  const aims = `! more than ${percent(AIMS.aborted)} of good or ${percent(AIMS.promoted)} of bad ones`;
  const changes = changesOf(rollout, traffic, remedy).join(', ');
  return remedy.reached
    ? `${aims}; it would take ${changes}: ${figures(remedy.quality)}`
    : `${aims}; not even ${changes} would do: add replicas to the first step, or judge by fewer gates`;
}

function changesOf(rollout: JudgedRollout, traffic: Traffic, { rollout: changed, traffic: more }: Remedy): string[] {
  const limits = Object.entries(OPTIONS)
    .filter(([, valueOf]) => valueOf(changed) !== valueOf(rollout))
    .map(([option, valueOf]) => `${option} ${valueOf(changed)}`);
  const holds = changed.steps.map(({ holdSeconds }) => holdSeconds);
  const held = holds.some((hold, index) => hold !== rollout.steps[index].holdSeconds)
    ? [`hold ${[...new Set(holds)].map((hold) => `${hold}s`).join(' and ')}`]
    : [];
  const asked =
    more.requestsPerSecond === traffic.requestsPerSecond ? [] : [`${amount(more.requestsPerSecond)} requests/s`];
  return [...limits, ...held, ...asked];
}

function percent(share: number): string {
  return `${amount(share * 100)} %`;
}

function amount(value: number): string {
  return String(Number(value.toFixed(1)));
}
