import { KARPENTER } from '../platform';
import { type Act } from '../scenario/act';
import { type ActRecorder } from '../scenario/act-recorder';
import {
  ACCELERATOR,
  CONSOLIDATE_AFTER_SECONDS,
  deployEmbed,
  EMBED,
  GPUS_PER_NODE,
  LOAD_SECONDS,
  openPool,
} from '../scenario/karpenter-scene';
import { type NodeLook, NodeWatch } from '../scenario/node-watch';
import { until } from '../scenario/looking';
import { type RehearsalStage } from '../scenario/rehearsal-stage';
import { assertSucceeds } from './steps';

const REVISION = 'e1';

/** Karpenter's own controller makes nodes as pods ask for them, and takes them away when they are empty. */
export const nodesOnDemand: Act = {
  id: 'act-6',
  title: 'Nodes come and go as models ask for them',
  story: `A second model asks for GPUs that no node has. Karpenter's own controller makes the nodes, leaves them alone while the model loads, replaces one that is lost, and takes away one that is empty.`,
  needs: [KARPENTER],
  async run(stage, record) {
    await openPool(stage, record, 3);
    const watch = new NodeWatch(stage.client, record, EMBED);
    try {
      await nodesForAModel(stage, record, watch);
      await lostNode(stage, record, watch);
      await emptyNode(stage, record, watch);
    } finally {
      await watch.stop();
    }
  },
};

async function nodesForAModel(stage: RehearsalStage, record: ActRecorder, watch: NodeWatch): Promise<void> {
  const before = await nodesOfPool(stage);
  record.assert(
    `no node is a ${ACCELERATOR} before a model asks for one`,
    before.length === 0,
    before.map(({ name }) => name).join(', '),
  );
  const deployed = await deployEmbed(stage, record, REVISION, 2, { loadSeconds: LOAD_SECONDS, platform: true });
  assertSucceeds(record, 'cdk deploy of the model succeeds', deployed);
  if (deployed.exitCode !== 0) throw new Error('there is no model to look at');
  const nodes = await nodesOfPool(stage);
  record.assert(
    `Karpenter made two nodes ${ACCELERATOR}, the type that the model's accelerator names`,
    nodes.length === 2 && nodes.every(({ instanceType }) => instanceType === ACCELERATOR),
    nodes.map(({ name, instanceType }) => `${name}: ${instanceType}`).join(', '),
  );
  record.assert(
    `each of them has ${GPUS_PER_NODE} GPUs`,
    nodes.every(({ gpus }) => gpus === GPUS_PER_NODE),
    nodes.map(({ gpus }) => gpus).join(', '),
  );
  const { pods, claims } = await watch.look();
  const names = new Set(nodes.map(({ name }) => name));
  record.assert(
    'each pod of the model has one of them for itself',
    pods.length === 2 &&
      new Set(pods.map(({ node }) => node)).size === 2 &&
      pods.every(({ node }) => names.has(node ?? '')),
    pods.map(({ name, node }) => `${name} on ${node}`).join(', '),
  );

  const asked = watch.looks.find((look) => look.pods.some(({ node }) => node === undefined));
  const placed = watch.looks.find((look) => look.pods.some(({ node }) => node !== undefined));
  if (asked && placed) record.duration('node: pod without a node to pod on a node', placed.at - asked.at);
  const loading = watch.looks.filter(
    (look) =>
      look.claims.some(({ consolidatable }) => consolidatable) &&
      look.pods.some(({ node, ready }) => node !== undefined && !ready),
  );
  const exposed = loading.length > 0 ? (loading.at(-1)!.at - loading[0].at) / 1000 : 0;
  record.assert(
    `the model loaded for longer than the ${CONSOLIDATE_AFTER_SECONDS} s after which its nodes were up for consolidation`,
    exposed > 15,
    `for ${exposed.toFixed(0)} s a node was up for consolidation while its pod was not ready`,
  );
  const first = [...new Set(watch.looks.flatMap((look) => look.claims.map(({ name }) => name)))];
  record.assert(
    'no node was taken from under a loading pod',
    first.length === 2 && claims.length === 2 && claims.every(({ ending }) => !ending),
    `${first.length} NodeClaims were seen, ${claims.length} are there`,
  );
}

/** The instance is gone from one moment to the next, and its Node object with it. */
async function lostNode(stage: RehearsalStage, record: ActRecorder, watch: NodeWatch): Promise<void> {
  const { pods, claims } = await watch.look();
  const lost = pods[0];
  const node = { apiVersion: 'v1', kind: 'Node', name: lost.node ?? '' };
  const began = Date.now();
  // Without Karpenter's finalizer nobody drains it first.
  await stage.client.merge(node, { metadata: { finalizers: [] } });
  await stage.client.remove(node);
  record.fault(`node ${node.name} is lost, with pod ${lost.name} on it`, 'node lost');
  const look = await until('the pod of the lost node to be replaced', 240, async () => {
    const now = await watch.look();
    const ready = now.pods.filter((pod) => pod.ready && !pod.ending);
    return ready.length === 2 && now.pods.every(({ name }) => name !== lost.name) && now;
  });
  record.duration('lost node: loss to its replacement serving', Date.now() - began);
  const known = new Set(claims.map(({ name }) => name));
  const fresh = look.claims.find(({ name }) => !known.has(name));
  const moved = look.pods.find(({ name }) => !pods.some((pod) => pod.name === name));
  record.assert(
    'Karpenter made a node in its place',
    fresh?.instanceType === ACCELERATOR,
    look.claims.map(({ name, instanceType }) => `${name}: ${instanceType}`).join(', '),
  );
  record.assert(
    'the pod moved to it',
    moved !== undefined && moved.node === fresh?.node,
    `${moved?.name} on ${moved?.node}`,
  );
  const since = watch.looks.filter(({ at }) => at >= began);
  record.assert(
    'the other pod served all the while',
    since.every((each) => each.pods.some(({ name, ready }) => name === pods[1].name && ready)),
    `${since.length} looks`,
  );
}

/** Shows that consolidation works at all: a node that is empty goes. */
async function emptyNode(stage: RehearsalStage, record: ActRecorder, watch: NodeWatch): Promise<void> {
  const deployed = await deployEmbed(stage, record, REVISION, 1, { loadSeconds: LOAD_SECONDS });
  assertSucceeds(record, 'cdk deploy of one replica less succeeds', deployed);
  await until('the empty node to be taken away', 120, async () => (await watch.look()).claims.length === 1);
  const last = watch.looks.at(-1)!;
  const emptied = emptySince(watch.looks, last);
  const waited = (last.at - emptied) / 1000;
  record.duration('consolidation: last pod gone to node gone', last.at - emptied);
  record.assert(
    'the empty node was taken away, and not before its time',
    waited >= CONSOLIDATE_AFTER_SECONDS,
    `${waited.toFixed(0)} s after its last pod; consolidateAfter is ${CONSOLIDATE_AFTER_SECONDS} s`,
  );
  record.assert(
    'the node that the model uses stays',
    last.pods.length === 1 && last.pods[0].node === last.claims[0].node,
    `${last.pods[0]?.node}`,
  );
}

/** When the node that is gone in the last look lost its last pod. */
function emptySince(looks: readonly NodeLook[], last: NodeLook): number {
  const gone = looks.flatMap(({ claims }) => claims).findLast(({ name }) => name !== last.claims[0]?.name);
  return (
    looks.findLast(({ pods }) => pods.some(({ node }) => node !== undefined && node === gone?.node))?.at ?? last.at
  );
}

async function nodesOfPool(stage: RehearsalStage): Promise<{ name: string; instanceType?: string; gpus: number }[]> {
  const nodes = await stage.client.list('v1', 'Node', undefined, {
    labelSelector: `llm-platform.dev/accelerator=${ACCELERATOR}`,
  });
  return nodes.map(({ metadata, status }) => ({
    name: metadata.name,
    instanceType: metadata.labels?.['node.kubernetes.io/instance-type'],
    gpus: Number((status as { allocatable?: Record<string, string> }).allocatable?.['nvidia.com/gpu'] ?? 0),
  }));
}
