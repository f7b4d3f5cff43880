import * as cdk8s from 'cdk8s';
import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { CrdsJobChart } from '../../constructs/controllers/crds-job-chart';
import { applyPrerequisites, dryRun, podOf } from './support/admission';
import { crdOf } from './support/crd';
import { tokenOf } from './support/identities';
import { adminAccess } from './support/releases';

// The Job that brings CRDs: what its rights let an apply do, and its pod under Pod Security.

const NAMESPACE = 'definitions-job';
const admin = new ClusterClient(adminAccess());
const own = crdOf('Widget', 'definitions.example');
const others = crdOf('Gadget', 'definitions.example');
const objects = new CrdsJobChart(new cdk8s.App(), 'test', {
  controller: 'widgets',
  namespace: NAMESPACE,
  crds: [{ name: own.metadata.name, url: 'https://example.com/widgets.yaml' }],
}).toJson() as KubernetesObject[];
let job: ClusterClient;

beforeAll(async () => {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await applyPrerequisites(admin, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } },
    ...objects,
  ]);
  for (const object of objects.filter(({ kind }) => kind.startsWith('ClusterRole'))) await admin.apply(object);
  job = new ClusterClient({ ...adminAccess(), token: await tokenOf(admin, NAMESPACE, 'widgets-definitions') });
});

test('its CRDs are made and updated', async () => {
  await job.apply(own);
  const newer = crdOf('Widget', 'definitions.example', ['v2', 'v1']);
  await job.apply(newer);
  expect(await admin.find({ apiVersion: own.apiVersion, kind: own.kind, name: own.metadata.name })).toMatchObject({
    spec: { versions: [{ name: 'v2' }, { name: 'v1' }] },
  });
});

test('those of others are not its business', async () => {
  await expect(job.apply(others)).rejects.toThrow(/cannot patch resource "customresourcedefinitions"/);
});

test('its pod is admitted where pods are restricted', async () => {
  await dryRun(admin, podOf(objects.find(({ kind }) => kind === 'Job')!));
});
