import { DURATIONS } from '../report/types';
import { type Act } from '../scenario/act';
import { recordDetection } from '../scenario/detection';
import { PROFILES } from '../models/profiles';
import { assertReady, assertFailed, assertSameApplied } from './steps';

const REASON = /metric time-to-first-token was ([\d.]+), limit at most ([\d.]+)/;

/** The reason for everything: a regression that only the metrics show is taken back. */
export const slowRevision: Act = {
  id: 'act-3',
  title: 'A slow revision is rolled back',
  story:
    'A revision with six times the time to first token fails its gate; the requests return to the old revision, and CloudFormation takes the release back.',
  expects: { engine: 'slow', outcome: 'aborted', reason: REASON },
  async run(stage, record) {
    const before = await stage.appliedObjects();
    const deployed = await stage.deployRevision(record, 'r3', PROFILES.slow);
    assertFailed(record, deployed, REASON);
    const reason = REASON.exec(deployed.output);
    record.assert('the value is above its limit', Number(reason?.[1]) > Number(reason?.[2]), reason?.[0]);

    const aborted = record.history.find(({ status }) => status.abort);
    const restored = record.history.find(({ at, ready }) => aborted && at >= aborted.at && !ready.get('r3'));
    record.assert('the analysis aborted the canary', aborted !== undefined);
    const detectionSeconds = await recordDetection(stage, record, 'r3', 'late answers');
    if (aborted && restored) {
      record.duration(DURATIONS.rollback, restored.at - aborted.at);
      record.verdict({ engine: 'slow', outcome: 'aborted', reason: reason?.[0], detectionSeconds });
    }
    assertReady(record, 'all requests go to the old revision again', 'r2');
    assertReady(record, 'none go to the new one', 'r3', 0);
    await assertSameApplied(stage, record, before);
  },
};
