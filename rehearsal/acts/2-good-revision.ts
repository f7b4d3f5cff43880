import { type Act } from '../scenario/act';
import { PROFILES } from '../models/profiles';
import { assertPromoted, assertReady, assertSteps } from './steps';

/** A revision without a fault goes through its canary. */
export const goodRevision: Act = {
  id: 'act-2',
  title: 'A good revision is promoted',
  story:
    'A better revision takes a quarter of the requests, then half, is judged by its gates, and replaces the old one.',
  expects: { engine: 'better', outcome: 'promoted' },
  async run(stage, record) {
    const deployed = await stage.deployRevision(record, 'r2', PROFILES.better);
    assertPromoted(record, deployed);
    const text = 'the canary served a quarter, then half of the requests, before all of them';
    assertSteps(record, text, 'r2', [25, 50]);
    assertReady(record, 'the old revision has no pods left', 'r1', 0);
    assertReady(record, 'the new revision has all 4 replicas', 'r2');
  },
};
