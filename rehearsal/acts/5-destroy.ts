import { type Act } from '../scenario/act';
import { PROFILES } from '../models/profiles';
import { until } from '../scenario/looking';
import { assertNothingLeft, assertSucceeds } from './steps';

/** The end: nothing of the releases stays. */
export const destroy: Act = {
  id: 'act-5',
  title: 'Nothing is left',
  story:
    'cdk destroy removes model and platform; nothing that a release brought stays in the cluster, and nothing keeps the same names from being used again.',
  async run(stage, record) {
    await stage.stopLoad();
    const destroyed = await stage.destroy(record);
    record.duration('cdk destroy', destroyed.milliseconds);
    assertSucceeds(record, 'cdk destroy succeeds', destroyed);
    for (const stack of ['Serving-chat', 'Platform', 'Cluster']) {
      const status = await stage.stackStatus(stack);
      record.assert(`stack ${stack} is gone`, status === 'absent' || status === 'DELETE_COMPLETE', status);
    }
    assertNothingLeft(record, await until('the objects of the cluster', 20, () => stage.releasedObjects()));

    const again = await stage.deployRevision(record, 'r1', PROFILES.good, { stacks: ['**'] });
    assertSucceeds(record, 'cdk deploy creates everything once more under the same names', again);
    await stage.destroy(record);
  },
};
