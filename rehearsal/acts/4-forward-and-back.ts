import { type Act } from '../scenario/act';
import { PROFILES } from '../models/profiles';
import { assertReady, assertSucceeds, sharesOf } from './steps';

/** A rollback leaves nothing behind that hinders the next deployment; and the rollback from a promoted revision is short. */
export const forwardAndBack: Act = {
  id: 'act-4',
  title: 'Forward again, and back manually',
  story:
    'After the rollback a further revision is promoted as if nothing had been; then cdk deploy of the one before goes back to it without a canary.',
  async run(stage, record) {
    const forward = await stage.deployRevision(record, 'r4', PROFILES.good);
    record.duration('cdk deploy forward, by canary', forward.milliseconds);
    assertSucceeds(record, 'cdk deploy of a further good revision succeeds', forward);
    record.assert('it went through its canary', sharesOf(record, 'r4').includes(25), sharesOf(record, 'r4').join(', '));
    assertReady(record, 'it has all 4 replicas', 'r4');

    const turned = Date.now();
    const back = await stage.deployRevision(record, 'r2', PROFILES.better);
    record.duration('cdk deploy back, in full', back.milliseconds);
    assertSucceeds(record, 'cdk deploy of the revision before succeeds', back);
    const looks = record.history.filter(({ at }) => at >= turned);
    const full = looks.filter(({ status }) => status.promoteFull).length;
    record.assert('it is promoted in full', full > 0, `${full} looks at status.promoteFull`);
    const held = looks.filter(({ status }) => status.phase === 'Paused').length;
    record.assert('no step of a canary was held', held === 0, `${held} looks at a Rollout that was paused`);
    assertReady(record, 'the revision before has all 4 replicas', 'r2');
  },
};
