import { abortedOf, AIMS, type GateQuality, gateQuality, promotedOf, reachesAims } from './gate-quality';
import type { JudgedRollout } from './judged-rollout';
import { type Remedy, remedyOf } from './remedy';
import type { Traffic } from './rollout-simulation';

/** What may be changed, and the option of `rollout` that says it. */
const OPTIONS = {
  windowSeconds: 'judgement.window',
  minimumRequests: 'judgement.minimumRequests',
  timeToFirstTokenRatio: 'gates.timeToFirstToken.maxRatio',
  errorRatioDifference: 'gates.errorRatio.maxDifference',
  refusedRequestsDifference: 'gates.refusedRequests.maxDifference',
  unfinishedAnswersDifference: 'gates.unfinishedAnswers.maxDifference',
  bakeSeconds: 'bakeTime',
} as const;

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
    .filter(([field]) => changed[field as keyof typeof OPTIONS] !== rollout[field as keyof typeof OPTIONS])
    .map(
      ([field, option]) => `${option} ${changed[field as keyof typeof OPTIONS]}${field.endsWith('Seconds') ? 's' : ''}`,
    );
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
