import { type ClusterClient } from '../../../kubernetes-client/cluster-client';
import {
  FIELD_MANAGER,
  SCALING_PAUSED_BY_ANNOTATION,
  SCALING_PAUSED_UNTIL_ANNOTATION,
} from '../../../constructs/kubernetes/contract/names';
import { type Prometheus } from '../../../rehearsal/platform';
import { type ActRecorder } from '../../../rehearsal/scenario/act-recorder';
import { isSetByRelease, ScalingWatch } from '../../../rehearsal/scenario/scaling-watch';

const UNTIL = '2026-01-01T00:10:00.000Z';

interface Cluster {
  annotations?: Record<string, string>;
  conditions?: object[];
  autoscaler?: boolean;
  owners?: string[];
  hashes?: [string, string];
  running?: number;
}

describe('a look at the scaling of a model', () => {
  let events: string[];
  let cluster: Cluster;
  let watch: ScalingWatch;

  beforeEach(() => {
    events = [];
    cluster = {};
    const objects: Record<string, () => object | undefined> = {
      ScaledObject: () => ({
        metadata: { annotations: cluster.annotations },
        status: { conditions: cluster.conditions },
        spec: {
          triggers: [
            { name: 'waiting', metadata: { query: 'w', threshold: '5' } },
            { name: 'running', metadata: { query: 'r', threshold: '2.5' } },
          ],
        },
      }),
      HorizontalPodAutoscaler: () =>
        cluster.autoscaler ? { metadata: {}, status: { desiredReplicas: 5 } } : undefined,
      Rollout: () => ({
        metadata: {
          managedFields: (cluster.owners ?? []).map((manager) => ({
            manager,
            operation: 'Update',
            fieldsV1: { 'f:spec': { 'f:replicas': {} } },
          })),
        },
        spec: { replicas: 4 },
        status: { readyReplicas: 3, stableRS: cluster.hashes?.[0], currentPodHash: cluster.hashes?.[1] },
      }),
    };
    const client = { find: ({ kind }: { kind: string }) => Promise.resolve(objects[kind]()) };
    const prometheus = {
      query: (query: string) =>
        Promise.resolve(
          query === 'r' && cluster.running !== undefined ? [{ metric: {}, values: [[0, cluster.running]] }] : [],
        ),
    };
    const record = { sample: () => undefined, event: (_: string, text: string) => void events.push(text) };
    watch = new ScalingWatch(
      client as unknown as ClusterClient,
      prometheus as unknown as Prometheus,
      record as unknown as ActRecorder,
      { namespace: 'models', service: 'chat' },
    );
  });
  afterEach(() => watch.stop());

  test('tells replicas, who set them, and what the load asks for by the trigger on running requests', async () => {
    cluster = { autoscaler: true, owners: ['kube-controller-manager'], hashes: ['a', 'a'], running: 11 };
    const look = await watch.look();
    expect(look).toEqual({
      at: look.at,
      autoscaler: true,
      desired: 5,
      replicas: 4,
      ready: 3,
      owners: ['kube-controller-manager'],
      canary: false,
      asked: 5,
    });
    expect(isSetByRelease(look)).toBe(false);
  });

  test('tells a release that has set the replicas', async () => {
    cluster = { owners: ['kube-controller-manager', FIELD_MANAGER] };
    expect(isSetByRelease(await watch.look())).toBe(true);
  });

  test('without a series the load asks for nothing that is known', async () => {
    expect((await watch.look()).asked).toBeUndefined();
  });

  test('tells a canary and the pause of a release, and when either begins and ends', async () => {
    cluster = { autoscaler: true };
    await watch.look();
    cluster = {
      hashes: ['a', 'b'],
      conditions: [{ type: 'Paused', status: 'True' }],
      annotations: {
        'autoscaling.keda.sh/paused': 'true',
        [SCALING_PAUSED_BY_ANNOTATION]: 'request',
        [SCALING_PAUSED_UNTIL_ANNOTATION]: UNTIL,
      },
    };
    expect(await watch.look()).toMatchObject({
      canary: true,
      autoscaler: false,
      pause: { owner: 'request', until: Date.parse(UNTIL), acknowledged: true },
    });
    cluster = { autoscaler: true };
    await watch.look();
    expect(events).toEqual([
      'took its HorizontalPodAutoscaler away',
      `pauses scaling until ${UNTIL}`,
      'made its HorizontalPodAutoscaler',
      'ends the pause of scaling',
    ]);
  });

  test('a pause of a person has no owner, and one that KEDA has not seen is not acknowledged', async () => {
    cluster = { annotations: { 'autoscaling.keda.sh/paused': 'true' } };
    expect((await watch.look()).pause).toEqual({ until: NaN, acknowledged: false });
  });
});
