import * as cdk8s from 'cdk8s';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import {
  type TargetGroupBindingChartProps,
  TargetGroupBindingChart,
} from '../../constructs/edge/target-group-binding-chart';
import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { messageOf } from '../../kubernetes-client/kubernetes-client';
import { cacheDirectory } from '../../rehearsal/platform/cache';
import { locateCrds } from '../../rehearsal/platform/crds';
import { dryRun, installCrds } from './support/admission';
import { adminAccess } from './support/releases';

// The binding of pods to a target group, judged by the schema of its controller in the real API server; the controller itself does not run.

const client = new ClusterClient(adminAccess());

beforeAll(async () => {
  await installCrds(client, await locateCrds({ cacheDirectory: cacheDirectory(), sets: ['load-balancers'] }));
});

function binding(props: Partial<TargetGroupBindingChartProps> = {}): KubernetesObject {
  const chart = new TargetGroupBindingChart(new cdk8s.App(), 'edge', {
    namespace: 'default',
    name: 'gateway-edge',
    serviceName: 'gateway',
    servicePort: 8080,
    targetGroupArn: 'arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/edge/0123456789abcdef',
    ...props,
  });
  const [object] = chart.toJson() as KubernetesObject[];
  return object;
}

test('is admitted', async () => {
  await expect(dryRun(client, binding())).resolves.toBeUndefined();
});

test('is judged at all', async () => {
  const object = binding();
  const wrong = { ...object, spec: { ...(object.spec as object), targetType: 'pod', health: true } };
  const said = await dryRun(client, wrong as KubernetesObject).then(
    () => 'nothing',
    (error: unknown) => messageOf(error),
  );
  expect(said).toMatch(/targetType|health/);
});
