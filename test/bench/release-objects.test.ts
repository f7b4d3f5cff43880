import { releaseObjects } from '../../bench/release-objects';

test('500 different objects in one namespace, and none that starts a pod', () => {
  const objects = releaseObjects('bench');
  expect(new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).size).toBe(500);
  expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['bench']));
  const deployments = objects.filter(({ kind }) => kind === 'Deployment');
  expect(deployments).toHaveLength(50);
  expect(deployments.every(({ spec }) => (spec as { replicas: number }).replicas === 0)).toBe(true);
});
