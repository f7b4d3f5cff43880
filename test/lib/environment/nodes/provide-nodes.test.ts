import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { staging } from '../../../../environments';
import { Accelerator } from '../../../../constructs/gpu';
import { KubernetesRelease } from '../../../../constructs/kubernetes';
import { GpuNodeGroup } from '../../../../constructs/nodes';
import { LlmPlatform } from '../../../../constructs/platform';
import type { NewCluster } from '../../../../lib/environment/environment-config';
import type { NodesConfig } from '../../../../lib/environment/nodes/node-config';
import { PlatformStage } from '../../../../lib/stage';
import { testApp } from '../../../support/app';

interface KubernetesObject {
  kind: string;
  metadata: { name: string };
  spec: Record<string, unknown>;
}

function stacksWith(nodes: NodesConfig): Record<string, Stack> {
  const environment = {
    ...staging,
    cluster: { create: { ...(staging.cluster as { create: NewCluster }).create, nodes } },
  };
  const stage = new PlatformStage(testApp(), 'staging', { environment });
  return Object.fromEntries(stage.node.children.map((stack) => [stack.node.id, stack as Stack]));
}

const nodesRelease = (stack: Stack) =>
  KubernetesRelease.allIn(stack).find(({ releaseName }) => releaseName === 'nodes');
const kindsOf = (stack: Stack) => (nodesRelease(stack)?.objects as KubernetesObject[]).map(({ kind }) => kind).sort();
const charts = (stack: Stack) =>
  Object.values(Template.fromStack(stack).findResources('Custom::AWSCDK-EKS-HelmChart')).map(
    ({ Properties }) => (Properties as { Release: string }).Release,
  );

test('Karpenter brings its charts, a pool and a class for each type, and no node group for models', () => {
  const { Nodes, Platform } = stacksWith({
    provisioning: 'karpenter',
    types: { 'g6e.xlarge': { capacity: { kind: 'spot' }, image: { operatingSystem: 'al2023' }, warmReplicas: 1 } },
  });
  Template.fromStack(Nodes).resourceCountIs('AWS::EKS::Nodegroup', 0);
  expect(charts(Platform)).toEqual(expect.arrayContaining(['karpenter-crd', 'karpenter', 'nvidia-device-plugin']));
  expect(kindsOf(Platform)).toEqual(['Deployment', 'EC2NodeClass', 'NodePool', 'PriorityClass']);
  const pool = (nodesRelease(Platform)!.objects as KubernetesObject[]).find(({ kind }) => kind === 'NodePool')!;
  expect(JSON.stringify(pool.spec)).toContain('"values":["spot","on-demand"]');
  // What both models take to start and then some, not the half hour of nodes whose models are not known.
  expect(pool.spec.disruption).toMatchObject({ consolidateAfter: '900s' });
});

test('where nothing is said, nodes are those that the library gives', () => {
  const { Nodes, Platform } = stacksWith({});
  Template.fromStack(Nodes).resourceCountIs('AWS::EKS::Nodegroup', 1);
  expect(charts(Platform)).not.toContain('karpenter');
  const stack = new Stack(testApp(), 'llm', { env: { account: '111111111111', region: 'us-east-1' } });
  const network = { availabilityZones: ['us-east-1a', 'us-east-1b'] };
  const platform = new LlmPlatform(stack, 'Platform', { network });
  const [group] = platform.addNodes(stack, 'Gpus', { accelerator: Accelerator.G6E_XLARGE, nodes: 1 }).resources;
  expect(group).toBeInstanceOf(GpuNodeGroup);
});

test('Auto Mode brings pools and classes of EKS, and no controller', () => {
  const { Cluster, Nodes, Platform } = stacksWith({ provisioning: 'auto-mode' });
  Template.fromStack(Cluster).hasResourceProperties('AWS::EKS::Cluster', { ComputeConfig: { Enabled: true } });
  Template.fromStack(Nodes).hasResourceProperties('AWS::EKS::AccessEntry', { Type: 'EC2' });
  expect(kindsOf(Platform)).toEqual(['NodeClass', 'NodePool']);
  expect(charts(Platform)).not.toContain('karpenter');
});

test('managed groups with Amazon Linux 2023 get the device plugin, and no release of nodes', () => {
  const { Nodes, Platform } = stacksWith({
    provisioning: 'managed-groups',
    types: { 'g6e.xlarge': { image: { operatingSystem: 'al2023' } } },
  });
  Template.fromStack(Nodes).hasResourceProperties('AWS::EKS::Nodegroup', { AmiType: 'AL2023_x86_64_NVIDIA' });
  expect(charts(Platform)).toContain('nvidia-device-plugin');
  expect(nodesRelease(Platform)).toBeUndefined();
});

test('what a kind of provisioning cannot do is refused with the path of the data', () => {
  expect(() =>
    stacksWith({
      provisioning: 'auto-mode',
      types: { 'g6e.xlarge': { localStorage: true, image: { operatingSystem: 'bottlerocket' } } },
    }),
  ).toThrow(
    /environment staging:\n {2}cluster\.create\.nodes\.types\["g6e\.xlarge"\]\.image: .*\n {2}cluster\.create\.nodes\.types\["g6e\.xlarge"\]\.localStorage: /,
  );
});

test('a compile cache has a file system, a claim for each model and their mounts', () => {
  const { Nodes, Platform, 'Serving-chat': serving } = stacksWith({ compileCache: true });
  Template.fromStack(Nodes).resourceCountIs('AWS::EFS::FileSystem', 1);
  expect(kindsOf(Platform).filter((kind) => kind === 'PersistentVolumeClaim')).toHaveLength(staging.models.length);
  expect(JSON.stringify(KubernetesRelease.allIn(serving)[0].objects)).toContain('persistentVolumeClaim');
});

test('managed groups are the default of all that depends on who provides nodes', () => {
  const parts = (nodes: NodesConfig) => {
    const { Platform, 'Serving-chat': serving } = stacksWith(nodes);
    const rollout = (KubernetesRelease.allIn(serving)[0].objects as KubernetesObject[]).find(
      ({ kind }) => kind === 'Rollout',
    )!;
    return { charts: charts(Platform), deadline: rollout.spec.progressDeadlineSeconds };
  };
  const [unsaid, karpenter, groups] = [
    {},
    { provisioning: 'karpenter' as const },
    { provisioning: 'managed-groups' as const },
  ].map(parts);
  expect(unsaid).toEqual(groups);
  // Nodes of a group are there: a rollout does not wait for them by the estimate of a cold start.
  expect(unsaid.deadline).not.toBe(karpenter.deadline);
});
