import { setTimeout as pause } from 'node:timers/promises';
import { type RevisionProfile } from '../models/profiles';
import { DURATIONS } from '../report/types';
import { type ActRecorder } from './act-recorder';
import { until } from './looking';
import { CHAT, type RehearsalStage } from './rehearsal-stage';

/** How an engine that was good turns bad. */
export interface Turn {
  readonly profile: RevisionProfile;
  /** From when a pod of the revision is ready, in seconds. */
  readonly afterSeconds: number;
  /** What happens, as the report tells it. */
  readonly says: string;
}

/** Lets the engines of a revision that is being deployed turn bad, and says when. */
export async function turnBad(
  stage: RehearsalStage,
  record: ActRecorder,
  revision: string,
  { profile, afterSeconds, says }: Turn,
): Promise<Date> {
  await until('a ready pod of the new revision', 300, () => (record.history.at(-1)?.ready.get(revision) ?? 0) > 0);
  await pause(afterSeconds * 1000);
  await stage.simulation.setProfile(revision, profile);
  record.fault(says, 'fault');
  return new Date();
}

/**
 * Seconds from the first request of which the callers of a revision saw something go wrong, to the end of its canary; undefined where there
 * was none, or no end. A request counts from when the first of its second was sent.
 *
 * @param sign what goes wrong: requests fail or are never answered, or every answer comes late
 * @param since when it begins to go wrong; from its first request on where that is not said
 */
export async function recordDetection(
  stage: RehearsalStage,
  record: ActRecorder,
  revision: string,
  sign: 'failures' | 'late answers' = 'failures',
  since = new Date(0),
): Promise<number | undefined> {
  const series = stage.isUnderLoad ? await stage.simulation.series(CHAT) : [];
  const first = series.find(
    (point) =>
      point.revision === revision &&
      point.firstAt >= since.getTime() &&
      (sign === 'failures' ? point.sent > point.succeeded + point.mistakes : point.ttftP95Ms !== undefined),
  );
  if (!first) return undefined;
  const began = first.firstAt;
  // An analysis aborts the Rollout; what the release sees of pods ends it by going back to the revision before.
  const ended = record.history.find(
    ({ at, status }) => at > began && (status.abort || status.currentPodHash === status.stableRS),
  );
  if (!ended) return undefined;
  record.duration(DURATIONS.detection, ended.at - began);
  record.event(
    'callers',
    `the first sign that ${revision} is bad`,
    { label: 'first sign', tone: 'bad' },
    new Date(began),
  );
  return Math.round((ended.at - began) / 100) / 10;
}
