import { appliedView } from '../../../rehearsal/scenario/applied-view';

const desired = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'chat', labels: { ours: 'a' } },
  spec: { selector: { app: 'chat' }, ports: [{ name: 'http', port: 8000 }] },
};
const live = (spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'chat', labels: { ours: 'a', theirs: 'b' }, resourceVersion: '7' },
  spec: {
    clusterIP: '10.0.0.1',
    selector: { app: 'chat', 'rollouts-pod-template-hash': 'abc' },
    ports: [{ name: 'http', port: 8000, nodePort: 1 }],
    ...spec,
  },
});

test('shows the places that the release sets, and nothing that others add elsewhere', () => {
  expect(appliedView(live(), desired)).toEqual({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'chat', labels: { ours: 'a' } },
    spec: { selector: { app: 'chat' }, ports: { length: 1, items: [{ name: 'http', port: 8000 }] } },
  });
});

test.each([
  ['a changed value', { ports: [{ name: 'http', port: 9000 }] }],
  [
    'an element more',
    {
      ports: [
        { name: 'http', port: 8000 },
        { name: 'more', port: 1 },
      ],
    },
  ],
  ['a missing place', { selector: {} }],
])('%s is a difference', (_, spec) => {
  expect(appliedView(live(spec), desired)).not.toEqual(appliedView(live(), desired));
});

test('an object that does not exist differs from one that does', () => {
  expect(appliedView(undefined, desired)).not.toEqual(appliedView(live(), desired));
});
