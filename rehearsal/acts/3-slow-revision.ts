import { DURATIONS } from '../report/types';
import { type Act } from '../scenario/act';
import { recordDetection } from '../scenario/detection';
import { PROFILES } from '../models/profiles';
import { assertSameApplied, readyOf } from './steps';

/** The reason for everything: a regression that only the metrics show is taken back. */
export const slowRevision: Act = {
  id: 'act-3',
  title: 'A slow revision is rolled back',
  story:
    'A revision with six times the time to first token fails its gate; the requests return to the old revision, and CloudFormation takes the release back.',
  expects: {
    engine: 'slow',
    outcome: 'aborted',
    reason: /metric time-to-first-token was ([\d.]+), limit at most ([\d.]+)/,
  },
  async run(stage, record) {
    const before = await stage.appliedObjects();
    const deployed = await stage.deployRevision(record, 'r3', PROFILES.slow);
    record.duration('cdk deploy', deployed.milliseconds);
    record.assert('cdk deploy fails', deployed.exitCode !== 0, `exit code ${deployed.exitCode}`);
    record.assert(
      'the stack ends UPDATE_ROLLBACK_COMPLETE',
      deployed.statuses['Serving-chat'] === 'UPDATE_ROLLBACK_COMPLETE',
      deployed.statuses['Serving-chat'],
    );
    const reason = /metric time-to-first-token was ([\d.]+), limit at most ([\d.]+)/.exec(deployed.output);
    record.assert(
      'its output names metric, value and limit',
      reason !== null && Number(reason[1]) > Number(reason[2]),
      reason?.[0] ?? 'no such line',
    );

    const aborted = record.history.find(({ status }) => status.abort);
    const restored = record.history.find(
      ({ at, ready }) => aborted && at >= aborted.at && (ready.get('r3') ?? 0) === 0,
    );
    record.assert('the analysis aborted the canary', aborted !== undefined);
    const detectionSeconds = await recordDetection(stage, record, 'r3', 'late answers');
    if (aborted && restored) {
      record.duration(DURATIONS.rollback, restored.at - aborted.at);
      record.verdict({ engine: 'slow', outcome: 'aborted', reason: reason?.[0], detectionSeconds });
    }
    record.assert(
      'all requests go to the old revision again',
      readyOf(record, 'r2') === 4 && readyOf(record, 'r3') === 0,
      `${readyOf(record, 'r2')} old and ${readyOf(record, 'r3')} new pods ready`,
    );
    await assertSameApplied(stage, record, before);
  },
};
