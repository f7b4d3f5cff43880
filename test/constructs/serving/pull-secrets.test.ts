import { Accelerator } from '../../../constructs/gpu/accelerator';
import { App } from 'cdk8s';
import { Lazy } from 'aws-cdk-lib';
import type { PodSpec } from 'kubernetes-types/core/v1';
import { OverprovisioningChart } from '../../../constructs/nodes/overprovisioning-chart';
import { ModelRouting } from '../../../constructs/routing/model-routing';
import { type ModelOptions } from '../../../constructs/serving/model-options';
import { render, problemsOf } from './model';

/** Every specification of a pod in some objects, wherever it lies. */
function podsIn(value: unknown): PodSpec[] {
  if (typeof value !== 'object' || value === null) return [];
  return [...('containers' in value ? [value as PodSpec] : []), ...Object.values(value).flatMap(podsIn)];
}

const weights = {
  path: 'Qwen/Qwen3-8B/b968826d9c46dd6066d109eabc6255188de91218/0123456789ab',
  manifestSha256: 'ab'.repeat(32),
  storageCidrs: ['10.0.0.0/16'],
  bucketName: 'weights',
  region: 'us-east-1',
};

test.each<[string, Partial<ModelOptions>, number]>([
  ['a model', {}, 1],
  ['imported weights, which are verified before the engine starts', { weights }, 1],
  ['a replica of several nodes', { nodes: 2, gpus: 8, accelerator: Accelerator.P5_48XLARGE }, 2],
  [
    'endpoint pickers',
    {
      routing: ModelRouting.prefixAware({
        gatewayName: 'inference',
        gatewayNamespace: 'gateways',
        hostname: 'chat.example.com',
      }),
    },
    2,
  ],
])('every pod of %s pulls with the credentials that are named', (_, props, pods) => {
  const found = podsIn(render({ ...props, imagePullSecrets: ['registry', 'mirror'] }));
  expect(found).toHaveLength(pods);
  for (const pod of found) expect(pod.imagePullSecrets).toEqual([{ name: 'registry' }, { name: 'mirror' }]);
  for (const pod of podsIn(render(props))) expect(pod).not.toHaveProperty('imagePullSecrets');
});

test('a placeholder pulls with them too', () => {
  const props = {
    namespace: 'models',
    instanceType: 'g6e.xlarge',
    deviceResource: 'nvidia.com/gpu',
    devices: 1,
    replicas: 1,
  };
  const [pod] = podsIn(
    new OverprovisioningChart(new App(), 'headroom', { ...props, imagePullSecrets: ['registry'] }).toJson(),
  );
  expect(pod.imagePullSecrets).toEqual([{ name: 'registry' }]);
});

test('credentials themselves are refused', () => {
  const problems = (...imagePullSecrets: string[]) => problemsOf({ imagePullSecrets });
  expect(problems('registry', '{"auths":{}}')).toEqual([
    'imagePullSecrets[1]: expected the name of a Secret, got "{\\"auths\\":{}}"; name one in the model\'s namespace, never the credentials themselves',
  ]);
  expect(problems(Lazy.string({ produce: () => 'registry' }))).toEqual([]);
});
