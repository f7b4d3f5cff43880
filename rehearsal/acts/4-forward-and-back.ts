import { type Act } from '../scenario/act';
import { PROFILES } from '../models/profiles';
import { readyOf, sharesOf } from './steps';

/** A rollback leaves nothing behind that hinders the next deployment; and the rollback from a promoted revision is short. */
export const forwardAndBack: Act = {
  id: 'act-4',
  title: 'Forward again, and back manually',
  story:
    'After the rollback a further revision is promoted as if nothing had been; then cdk deploy of the one before goes back to it without a canary.',
  async run(stage, record) {
    const forward = await stage.deployRevision(record, 'r4', PROFILES.good);
    record.duration('cdk deploy forward, by canary', forward.milliseconds);
    record.assert(
      'cdk deploy of a further good revision succeeds',
      forward.exitCode === 0,
      `exit code ${forward.exitCode}`,
    );
    record.assert('it went through its canary', sharesOf(record, 'r4').includes(25), sharesOf(record, 'r4').join(', '));
    record.assert('it has all 4 replicas', readyOf(record, 'r4') === 4, `${readyOf(record, 'r4')} ready`);

    const turned = Date.now();
    const back = await stage.deployRevision(record, 'r2', PROFILES.better);
    record.duration('cdk deploy back, in full', back.milliseconds);
    record.assert('cdk deploy of the revision before succeeds', back.exitCode === 0, `exit code ${back.exitCode}`);
    const looks = record.history.filter(({ at }) => at >= turned);
    record.assert(
      'it is promoted in full',
      looks.some(({ status }) => status.promoteFull),
      'status.promoteFull was never seen',
    );
    const held = looks.filter(({ status }) => status.phase === 'Paused').length;
    record.assert('no step of a canary was held', held === 0, `${held} looks at a Rollout that was paused`);
    record.assert(
      'the revision before has all 4 replicas',
      readyOf(record, 'r2') === 4,
      `${readyOf(record, 'r2')} ready`,
    );
  },
};
