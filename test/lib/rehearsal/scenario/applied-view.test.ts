import { appliedView } from '../../../../lib/rehearsal/scenario/applied-view';

const live = (changes: object = {}) => ({
  apiVersion: 'v1', kind: 'Service',
  metadata: {
    name: 'chat', labels: { ours: 'a', theirs: 'b' },
    managedFields: [
      { manager: 'someone', operation: 'Update', fieldsV1: { 'f:spec': { 'f:clusterIP': {} } } },
      {
        manager: 'cdk-llm-platform', operation: 'Apply',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:ours': {} } },
          'f:spec': { 'f:selector': {}, 'f:ports': { 'k:{"port":8000,"protocol":"TCP"}': { '.': {}, 'f:name': {} } }, 'f:list': { 'v:"x"': {} } },
        },
      },
    ],
  },
  spec: { clusterIP: '10.0.0.1', selector: { app: 'chat', 'rollouts-pod-template-hash': 'abc' }, ports: [{ port: 9000, protocol: 'TCP', name: 'other' }, { port: 8000, protocol: 'TCP', name: 'http', nodePort: 1 }], list: ['y', 'x'] },
  ...changes,
});

test('shows what the handler applied, and nothing that others own', () => {
  expect(appliedView(live())).toEqual({
    metadata: { labels: { ours: 'a' } },
    spec: { selector: { app: 'chat' }, ports: [{ name: 'http' }], list: ['x'] },
  });
});

test('is undefined for an object that the handler never applied', () => {
  expect(appliedView({ ...live(), metadata: { name: 'chat' } })).toBeUndefined();
});
