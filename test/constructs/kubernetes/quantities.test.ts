import { canonicalQuantities, canonicalQuantity } from '../../../constructs/kubernetes/quantities';

test.each([
  ['1000m', '1'], ['1500m', '1500m'], ['0.5', '500m'], ['1.5', '1500m'], ['2', '2'], [4, '4'], ['1024Mi', '1Gi'], ['1536Mi', '1536Mi'],
  ['1048576Ki', '1Gi'], ['10Gi', '10Gi'], ['0', '0'], ['1e3', '1e3'], ['100M', '100M'],
])('%s becomes %s', (given, expected) => {
  expect(canonicalQuantity(given)).toBe(expected);
});

test('rewrites quantities wherever a pod template stands, and nothing else', () => {
  expect(canonicalQuantities({
    spec: { containers: [{ resources: { limits: { cpu: '1000m', 'nvidia.com/gpu': 1 } } }], volumes: [{ emptyDir: { sizeLimit: '2048Mi' } }] },
    data: { note: '1000m' },
  })).toEqual({
    spec: { containers: [{ resources: { limits: { cpu: '1', 'nvidia.com/gpu': '1' } } }], volumes: [{ emptyDir: { sizeLimit: '2Gi' } }] },
    data: { note: '1000m' },
  });
});
