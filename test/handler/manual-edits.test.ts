import { takeOverManualEdits } from '../../handler/manual-edits';
import { type FieldSet, type ManagedFields } from '../../constructs/kubernetes/contract/release-document';
import { MemoryCluster } from '../support/memory-cluster';

const entry = (manager: string, operation: string, fieldsV1: FieldSet): ManagedFields => ({
  manager,
  operation,
  apiVersion: 'argoproj.io/v1alpha1',
  fieldsType: 'FieldsV1',
  fieldsV1,
});
const OWN = entry('cdk-llm-platform', 'Apply', { 'f:spec': { 'f:replicas': {} } });
const CONTROLLER = entry('rollouts-controller', 'Update', { 'f:metadata': { 'f:annotations': { 'f:revision': {} } } });

/** @returns whose fields are whose after it, and whether anything was taken over */
async function takeOver(
  kind: string,
  managedFields: readonly ManagedFields[],
): Promise<{ taken: boolean; owners: Record<string, FieldSet | undefined> }> {
  const cluster = new MemoryCluster();
  const live = cluster.put({
    apiVersion: 'argoproj.io/v1alpha1',
    kind,
    metadata: { name: 'chat', namespace: 'models', managedFields },
  });
  const taken = await takeOverManualEdits(cluster, live);
  return {
    taken,
    owners: Object.fromEntries(
      cluster.get(kind, 'chat').metadata.managedFields!.map(({ manager, fieldsV1 }) => [manager, fieldsV1]),
    ),
  };
}

test("what a person has set with kubectl becomes the release's, and what a controller has set does not", async () => {
  expect(
    await takeOver('ConfigMap', [OWN, CONTROLLER, entry('kubectl-edit', 'Update', { 'f:spec': { 'f:paused': {} } })]),
  ).toEqual({
    taken: true,
    owners: {
      'cdk-llm-platform': { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } },
      'rollouts-controller': CONTROLLER.fieldsV1,
    },
  });
});

describe('what was there before its managed fields were reset', () => {
  const before = entry('before-first-apply', 'Update', {
    'f:metadata': {
      'f:labels': { 'f:team': {} },
      'f:finalizers': { 'v:"finalizer.keda.sh"': {} },
      'f:ownerReferences': {},
    },
    'f:spec': { 'f:replicas': {}, 'f:strategy': {} },
  });

  test.each(['Rollout', 'ScaledObject'])(
    "becomes the release's in a %s, but for finalizers and owners",
    async (kind) => {
      expect(await takeOver(kind, [OWN, before])).toEqual({
        taken: true,
        owners: {
          'cdk-llm-platform': {
            'f:metadata': { 'f:labels': { 'f:team': {} } },
            'f:spec': { 'f:replicas': {}, 'f:strategy': {} },
          },
        },
      });
    },
  );

  test('stays as it is where the server and controllers fill in the spec', async () => {
    expect(await takeOver('PersistentVolumeClaim', [OWN, before])).toEqual({
      taken: false,
      owners: { 'cdk-llm-platform': OWN.fieldsV1, 'before-first-apply': before.fieldsV1 },
    });
  });
});
