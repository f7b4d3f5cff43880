import { type Act } from '../scenario/act';
import { until } from '../scenario/looking';
import { CHAT } from '../scenario/rehearsal-stage';
import { PROFILES } from '../models/profiles';
import { assertReady, assertSucceeds } from './steps';

/** Nothing there before: cluster access, platform and model in one `cdk deploy`. */
export const firstDeploy: Act = {
  id: 'act-1',
  title: 'First deploy',
  story:
    'One cdk deploy brings the release handlers, the platform and a model to an empty cluster, and returns when the model serves.',
  async run(stage, record) {
    const controller = stage.platform.startRolloutsController(stage.simulation.proxyUrl);
    const deployed = await stage.deployRevision(record, 'r1', PROFILES.good, { stacks: ['**'] });
    record.duration('cdk deploy', deployed.milliseconds);
    assertSucceeds(record, 'cdk deploy succeeds', deployed);
    // It waits for CRDs, which a deployment that failed may never bring.
    if (deployed.exitCode === 0) await controller;
    for (const stack of ['Cluster', 'Platform', 'Serving-chat'])
      record.assertIs(`stack ${stack} is CREATE_COMPLETE`, await stage.stackStatus(stack), 'CREATE_COMPLETE');
    const phase = (await stage.rollout())?.status?.phase;
    record.assertIs('the Rollout is Healthy the moment cdk deploy returns', phase, 'Healthy');
    assertReady(record, 'all 4 replicas are ready', 'r1');
    await stage.startLoad();
    const counters = await until('50 answered requests', 20, async () => {
      const now = await stage.simulation.counters(CHAT);
      return now.succeeded >= 50 ? now : undefined;
    });
    record.assert(
      'requests through the Service are answered',
      counters.errors === 0 && counters.lost === 0,
      JSON.stringify({ errors: counters.errors, lost: counters.lost, ...counters.causes }),
    );
  },
};
