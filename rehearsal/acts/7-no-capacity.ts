import { rehearsal } from '../../environments/rehearsal';
import { KARPENTER } from '../platform';
import { type Act } from '../scenario/act';
import { deployEmbed, EMBED, limitPool } from '../scenario/karpenter-scene';
import { NodeWatch } from '../scenario/node-watch';
import { until } from '../scenario/looking';
import { type RehearsalStage } from '../scenario/rehearsal-stage';
import { assertFailed, assertSucceeds } from './steps';

const REVISION = 'e2';

/** The pool has reached its limit, so that the canary gets no node. */
export const noCapacity: Act = {
  id: 'act-7',
  title: 'A canary for which there is no capacity',
  story:
    'The pool of nodes may grow no further. A new revision of the second model waits for a node until its time is up, and is taken back; once the pool may grow, the same revision is promoted.',
  promised:
    'The canary stays unscheduled, the rollout is given up at its progress deadline, the stack is rolled back, and the reason names the resource.',
  needs: [KARPENTER],
  buildsOn: ['act-6'],
  async run(stage, record) {
    await limitPool(stage, record, 1);
    const watch = new NodeWatch(stage.client, record, EMBED);
    try {
      const [old] = (await watch.look()).pods;
      // What a person has set for a pool that cannot grow: no use in waiting long.
      const change = { loadSeconds: 0.5, timings: rehearsal().models[0].timings };
      const deployed = await deployEmbed(stage, record, REVISION, 1, change);
      assertFailed(record, deployed, /Insufficient nvidia\.com\/gpu/);
      const said = await whatKarpenterSaid(stage);
      const limit = said.find((message) => /exceed limits? for nodepool/i.test(message));
      record.assert(
        'Karpenter says that the limit of the pool is the reason',
        limit !== undefined,
        limit ?? said.at(-1) ?? 'nothing',
      );
      record.assert(
        'no node was made beyond the limit',
        watch.looks.every(({ claims }) => claims.length <= 1),
        `${Math.max(...watch.looks.map(({ claims }) => claims.length))} at most`,
      );
      record.assert(
        'the old revision served all the while',
        watch.looks.every(({ pods }) => pods.some(({ name, ready }) => name === old.name && ready)),
        `${watch.looks.length} looks at ${old.name}`,
      );
      await until("the canary's pod to be gone", 30, async () => (await watch.look()).pods.length === 1);

      await limitPool(stage, record, 2);
      const again = await deployEmbed(stage, record, REVISION, 1, change);
      assertSucceeds(record, 'with room in the pool the same revision is promoted', again);
      const { pods } = await watch.look();
      record.assert(
        'it serves',
        pods.some(({ revision, ready }) => revision === REVISION && ready),
        pods.map(({ name, revision, ready }) => `${name}: ${revision}, ${ready ? 'ready' : 'not ready'}`).join(', '),
      );
    } finally {
      await watch.stop();
    }
  },
};

async function whatKarpenterSaid(stage: RehearsalStage): Promise<string[]> {
  const events = await stage.client.list('v1', 'Event', EMBED.namespace);
  return (events as { source?: unknown; reportingComponent?: unknown; message?: string }[])
    .filter(({ source, reportingComponent }) => /karpenter/.test(JSON.stringify([source, reportingComponent])))
    .map(({ message = '' }) => message);
}
