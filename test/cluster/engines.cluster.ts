import { Size } from 'aws-cdk-lib';
import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { messageOf } from '../../kubernetes-client/kubernetes-client';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { RolloutStrategy } from '../../constructs/rollout/rollout-strategy';
import { CpuArchitecture } from '../../constructs/serving/engines';
import { type ModelOptions } from '../../constructs/serving/model-options';
import { llamaCpp, sglang, tensorRtLlm, textEmbeddings, vllm } from '../constructs/serving/engines/engine-subjects';
import { render } from '../constructs/serving/model';
import { dryRun, podOf } from './support/admission';
import { adminAccess } from './support/releases';

// The pods of every engine against the real API server: its schema with strict fields, and Pod Security "restricted".

const NAMESPACE = 'engines';
const client = new ClusterClient(adminAccess());
const onCpus: Partial<ModelOptions> = { accelerator: undefined, resources: { cpus: 3, memory: Size.gibibytes(12) } };

const MODELS: [string, Partial<ModelOptions>][] = [
  ['vLLM', { engine: vllm() }],
  ['SGLang', { engine: sglang() }],
  ['TensorRT-LLM', { engine: tensorRtLlm() }],
  ['llama.cpp', { engine: llamaCpp() }],
  ['llama.cpp on Arm', { engine: llamaCpp({ architecture: CpuArchitecture.ARM64 }), ...onCpus }],
  ['Text Embeddings Inference', { engine: textEmbeddings() }],
  ['Text Embeddings Inference on CPUs', { engine: textEmbeddings(), ...onCpus }],
];

function podOfModel(overrides: Partial<ModelOptions>): KubernetesObject {
  const objects = render({
    namespace: NAMESPACE,
    rollout: RolloutStrategy.rolling(),
    ...overrides,
  }) as KubernetesObject[];
  return podOf(objects.find(({ kind }) => kind === 'Rollout')!);
}

async function refusalOf(pod: KubernetesObject): Promise<string | undefined> {
  try {
    await dryRun(client, pod);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

beforeAll(async () => {
  await client.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: NAMESPACE,
      labels: {
        'pod-security.kubernetes.io/enforce': 'restricted',
        'pod-security.kubernetes.io/enforce-version': 'latest',
      },
    },
  });
  await client.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'chat', namespace: NAMESPACE } });
});

test.each(MODELS)('a pod of %s is admitted', async (_, overrides) => {
  expect(await refusalOf(podOfModel(overrides))).toBeUndefined();
});

// What is admitted above tells something only because this is refused.
test('a pod as root is refused', async () => {
  const pod = podOfModel({ engine: sglang() });
  const { securityContext } = pod.spec as { securityContext: { runAsUser: number } };
  securityContext.runAsUser = 0;
  expect(await refusalOf(pod)).toMatch(/violates PodSecurity "restricted:latest".*runAsUser=0/);
});
