import { type Act } from '../scenario/act';
import { PROFILES } from '../models/profiles';
import { readyOf, sharesOf } from './steps';

/** A revision without a fault goes through its canary. */
export const goodRevision: Act = {
  id: 'act-2',
  title: 'A good revision is promoted',
  story:
    'A better revision takes a quarter of the requests, then half, is judged by its gates, and replaces the old one.',
  expects: { engine: 'better', outcome: 'promoted' },
  async run(stage, record) {
    const deployed = await stage.deployRevision(record, 'r2', PROFILES.better);
    record.duration('cdk deploy', deployed.milliseconds);
    record.assert('cdk deploy succeeds', deployed.exitCode === 0, `exit code ${deployed.exitCode}`);
    record.assert(
      'the stack is UPDATE_COMPLETE',
      deployed.statuses['Serving-chat'] === 'UPDATE_COMPLETE',
      deployed.statuses['Serving-chat'],
    );
    const shares = sharesOf(record, 'r2');
    record.assert(
      'the canary served a quarter, then half of the requests, before all of them',
      shares.includes(25) && shares.includes(50) && shares.at(-1) === 100,
      `shares of ready pods, in %: ${shares.join(', ')}`,
    );
    record.assert('the old revision has no pods left', readyOf(record, 'r1') === 0);
    record.assert('the new revision has all 4 replicas', readyOf(record, 'r2') === 4, `${readyOf(record, 'r2')} ready`);
  },
};
