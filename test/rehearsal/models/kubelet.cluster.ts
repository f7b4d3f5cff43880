import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pod } from 'kubernetes-types/core/v1';
import { ClusterClient } from '../../../kubernetes-client/cluster-client';
import { ModelsClient } from '../../../rehearsal/models/client';
import { adminAccess, TestRelease } from '../../cluster/support/releases';
import { until } from './http-client';

// The simulated kubelet against a real API server, scheduler and EndpointSlice controller.

const client = new ClusterClient(adminAccess());
const MODEL = { 'llm-platform.dev/model': 'chat', 'llm-platform.dev/revision': 'r1' };

describe('simulated models on a cluster', () => {
  let folder: string;
  let models: ModelsClient;
  let release: TestRelease;

  beforeAll(async () => {
    const { server, ca, token } = adminAccess();
    folder = mkdtempSync(join(tmpdir(), 'models-cluster-'));
    writeFileSync(
      join(folder, 'kubeconfig'),
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'c',
        users: [{ name: 'u', user: { token } }],
        clusters: [
          { name: 'k', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
        ],
        contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
      }),
    );
    models = await ModelsClient.start({
      kubeconfig: join(folder, 'kubeconfig'),
      targetsFile: join(folder, 'targets.json'),
      logFile: join(folder, 'models.log'),
    });
    release = await TestRelease.create(client, 'models');
  });

  afterAll(async () => {
    await models.stop();
    rmSync(folder, { recursive: true });
  });

  const pods = async () => (await models.pods()).filter(({ namespace }) => namespace === release.namespace);

  test('become ready, serve what the Service sends, drain without a loss, and are gone', async () => {
    const target = { namespace: release.namespace, service: 'chat' };
    const template: Pod = {
      metadata: { labels: { app: 'chat', ...MODEL } },
      spec: {
        terminationGracePeriodSeconds: 20,
        containers: [
          {
            name: 'engine',
            image: 'vllm:1',
            args: ['--shutdown-timeout=10'],
            ports: [{ name: 'http', containerPort: 8000 }],
            readinessProbe: { httpGet: { path: '/health', port: 'http' }, periodSeconds: 1 },
            lifecycle: { preStop: { sleep: { seconds: 2 } } },
          },
        ],
      },
    };
    const deployment = {
      ...release.deployment('chat'),
      spec: { replicas: 2, selector: { matchLabels: { app: 'chat' } }, template },
    };
    await release.finish(release.request('Create'), [release.service('chat'), deployment]);
    expect((await pods()).map(({ ready, revision }) => ({ ready, revision }))).toEqual([
      { ready: true, revision: 'r1' },
      { ready: true, revision: 'r1' },
    ]);
    await models.startLoad({ ...target, requestsPerSecond: 40, propagationDelayMs: 500 });
    await until(async () => (await models.counters(target)).succeeded > 20);
    await client.remove({ apiVersion: 'v1', kind: 'Pod', namespace: release.namespace, name: (await pods())[0].name });
    await until(async () => (await pods()).some(({ terminating }) => terminating));
    await until(async () => (await pods()).every(({ terminating, ready }) => ready && !terminating));
    const counters = await models.stopLoad(target);
    expect(counters).toMatchObject({ lost: 0, errors: 0, timeouts: 0, sent: counters.succeeded });
    // Other callers of the Service go on counting.
    await models.startLoad({ ...target, requestsPerSecond: 40 });
    await until(async () => (await models.counters(target)).succeeded > counters.succeeded);
    await models.stopLoad(target);
    await release.finish(release.request('Delete'), []);
    await until(async () => (await pods()).length === 0);
  });
});
