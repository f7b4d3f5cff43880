import { type Act } from '../scenario/act';
import { PROFILES } from '../models/profiles';
import { until } from '../scenario/rehearsal-stage';

/** The end: nothing of the releases stays. */
export const destroy: Act = {
  id: 'act-5',
  title: 'Nothing is left',
  story:
    'cdk destroy removes model and platform; nothing that a release brought stays in the cluster, and nothing keeps the same names from being used again.',
  async run(stage, record) {
    await stage.stopLoad();
    const started = Date.now();
    const destroyed = await stage.destroy(record);
    record.duration('cdk destroy', Date.now() - started);
    record.assert('cdk destroy succeeds', destroyed.exitCode === 0, `exit code ${destroyed.exitCode}`);
    for (const stack of ['Serving-chat', 'Platform', 'Cluster']) {
      const status = await stage.stackStatus(stack);
      record.assert(`stack ${stack} is gone`, status === 'absent' || status === 'DELETE_COMPLETE', status);
    }
    const objects = await until('the objects of the cluster', 20, () => stage.releasedObjects());
    const left = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
    record.assert('nothing of the releases is left in the cluster', left.length === 0, left.join(', '));

    const again = await stage.deployRevision(record, 'r1', PROFILES.good, { stacks: ['**'] });
    record.assert(
      'cdk deploy creates everything once more under the same names',
      again.exitCode === 0,
      `exit code ${again.exitCode}`,
    );
    await stage.destroy(record);
  },
};
