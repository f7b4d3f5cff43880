import { DURATIONS } from '../report/types';
import { type ActRecorder } from './act-recorder';
import { CHAT, type RehearsalStage } from './rehearsal-stage';

/**
 * Seconds from the first request of which the callers of a revision saw something go wrong, to the end of its canary; undefined where there
 * was none, or no end. A request counts from the beginning of the second in which it was sent.
 *
 * @param sign what goes wrong: requests fail or are never answered, or every answer comes late
 */
export async function recordDetection(
  stage: RehearsalStage,
  record: ActRecorder,
  revision: string,
  sign: 'failures' | 'late answers' = 'failures',
): Promise<number | undefined> {
  const series = stage.isUnderLoad ? await stage.simulation.series(CHAT) : [];
  const first = series.find(
    (point) =>
      point.revision === revision &&
      (sign === 'failures' ? point.sent > point.succeeded + point.mistakes : point.ttftP95Ms !== undefined),
  );
  if (!first) return undefined;
  const began = first.second * 1000;
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
