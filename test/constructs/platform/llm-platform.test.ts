import { KubectlV36Layer } from '@aws-cdk/lambda-layer-kubectl-v36';
import {
  Annotations as Warnings,
  App,
  type CfnElement,
  CfnParameter,
  CfnWaitConditionHandle,
  Lazy,
  RemovalPolicy,
  Stack,
  Token,
} from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import {
  Accelerator,
  GpuNodeGroup,
  GpuSharing,
  type ILlmPlatform,
  ImageSources,
  KubernetesRelease,
  LlmPlatform,
  type LlmPlatformProps,
  ModelService,
  NodeImage,
  NodeProvider,
  type PlatformStorage,
  ReleaseProvider,
  ReleaseTier,
} from '../../../constructs';
import { testApp } from '../../support/app';
import { chartOf, configMap } from '../../support/release';

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DependsOn?: string[];
}
interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: Record<string, unknown>;
}

const ENV = { account: '111111111111', region: 'us-east-1' };
const network = { availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'] };
const accelerator = Accelerator.G6E_XLARGE;

function fixture(props: Partial<LlmPlatformProps> | ((stack: Stack) => LlmPlatformProps) = {}) {
  const app = testApp();
  const stack = new Stack(app, 'llm', { env: ENV });
  const platform = new LlmPlatform(
    stack,
    'Platform',
    typeof props === 'function' ? props(stack) : { network, ...props },
  );
  return { app, stack, platform, nodes: new Stack(app, 'Nodes', { env: ENV }) };
}

const existingVpc = (stack: Stack) =>
  ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1',
    availabilityZones: network.availabilityZones,
    privateSubnetIds: ['subnet-1', 'subnet-2', 'subnet-3'],
    privateSubnetRouteTableIds: ['rtb-1', 'rtb-2', 'rtb-3'],
  });

const existingCluster = (stack: Stack, vpc?: ec2.IVpc) =>
  eks.Cluster.fromClusterAttributes(stack, 'Existing', {
    vpc,
    clusterName: 'theirs',
    clusterEndpoint: 'https://cluster.example',
    clusterCertificateAuthorityData: 'Q0E=',
    clusterSecurityGroupId: 'sg-00000000000000001',
    kubectlProvider: eks.KubectlProvider.fromKubectlProviderAttributes(stack, 'TheirKubectl', {
      serviceToken: 'arn:kubectl',
      role: iam.Role.fromRoleArn(stack, 'TheirKubectlRole', 'arn:aws:iam::111111111111:role/kubectl'),
    }),
  });

const resourcesOf = (stack: Stack) => Template.fromStack(stack).toJSON().Resources as Record<string, Resource>;
const releaseNamed = (stack: Stack, name: string) =>
  KubernetesRelease.allIn(stack).find(({ releaseName }) => releaseName === name)!;
const storageClasses = (stack: Stack) =>
  (objectsOf(stack, 'platform') as (KubernetesObject & { readonly provisioner: string })[])
    .filter(({ kind }) => kind === 'StorageClass')
    .map(({ metadata: { name }, provisioner }) => `${name} ${provisioner}`);
const objectsOf = (stack: Stack, release: string) => releaseNamed(stack, release).objects as KubernetesObject[];

/** Ids of what a resource waits for, itself or through others. */
function before(resources: Record<string, Resource>, id: string, seen = new Set<string>()): Set<string> {
  for (const earlier of resources[id]?.DependsOn ?? []) {
    if (seen.has(earlier)) continue;
    seen.add(earlier);
    before(resources, earlier, seen);
  }
  return seen;
}

/** Ids of resources by a property of theirs. */
const idsBy = (resources: Record<string, Resource>, property: string) =>
  Object.fromEntries(
    Object.entries(resources)
      .filter(([, { Properties }]) => typeof Properties?.[property] === 'string')
      .map(([id, { Properties }]) => [Properties[property] as string, id]),
  );

describe('with its defaults', () => {
  const { stack, platform } = fixture();
  const template = Template.fromStack(stack);
  const resources = resourcesOf(stack);

  test('makes network, private cluster, system nodes and the release provider', () => {
    template.resourceCountIs('AWS::EC2::VPC', 1);
    template.resourceCountIs('AWS::EC2::NatGateway', 3);
    template.hasResourceProperties('AWS::EKS::Cluster', {
      Name: 'llm',
      Version: '1.36',
      ResourcesVpcConfig: { EndpointPrivateAccess: true, EndpointPublicAccess: false },
    });
    template.hasResourceProperties('AWS::EKS::Nodegroup', {
      Labels: { 'llm-platform.dev/nodes': 'system' },
      ScalingConfig: { MinSize: 3 },
    });
    template.resourceCountIs('AWS::EKS::Nodegroup', 1);
    template.hasResource('AWS::KMS::Key', { DeletionPolicy: Match.stringLikeRegexp('Retain') });
    expect([platform.clusterName, platform.modelNamespace, platform.weights]).toEqual(['llm', 'models', undefined]);
  });

  test('makes namespaces, rights and a storage class, installs controllers, and says where Prometheus is', () => {
    expect(
      objectsOf(stack, 'platform')
        .filter(({ kind }) => ['Namespace', 'StorageClass'].includes(kind))
        .map(({ metadata: { name } }) => name),
    ).toEqual(['models', 'argo-rollouts', 'monitoring', 'gp3']);
    expect(platform.controllers.map(({ facts }) => facts.name)).toEqual(['prometheus-stack', 'argo-rollouts']);
    expect(objectsOf(stack, 'monitoring').map(({ kind }) => kind)).toEqual(['Service']);
  });

  test('does all this in its order', () => {
    const charts = idsBy(resources, 'Chart');
    const releases = idsBy(resources, 'ReleaseName');
    const [systemNodes] = Object.entries(resources)
      .filter(([, { Type }]) => Type === 'AWS::EKS::Nodegroup')
      .map(([id]) => id);
    const addons = idsBy(resources, 'AddonName');
    const earlier = (id: string) => before(resources, id);
    for (const addon of ['coredns', 'aws-ebs-csi-driver', 'eks-pod-identity-agent'])
      expect(earlier(releases.platform)).toContain(addons[addon]);
    expect(earlier(releases.platform)).toContain(systemNodes);
    expect(earlier(charts['kube-prometheus-stack'])).toContain(releases.platform);
    expect(earlier(charts['argo-rollouts'])).toContain(charts['kube-prometheus-stack']);
    expect(earlier(releases.monitoring)).toContain(charts['argo-rollouts']);
    expect(earlier(releases.platform)).not.toContain(charts['kube-prometheus-stack']);
  });

  test('gives no warning', () => {
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });
});

describe('nodes', () => {
  const quota = (stack: Stack) => {
    Template.fromStack(stack);
    const [{ spec }] = objectsOf(stack, 'platform').filter(({ kind }) => kind === 'ResourceQuota');
    const { Values } = Object.values(resourcesOf(stack)).find(
      ({ Properties }) => Properties?.ReleaseName === 'platform',
    )!.Properties as { Values: Record<string, string> };
    const hard = spec.hard as Record<string, Record<string, string>>;
    return ['requests.nvidia.com/gpu', 'pods'].map((resource) => Values[Object.values(hard[resource])[1]]);
  };

  test('by managed groups are in the stack that asks for them, and the quota counts them', () => {
    const { stack, platform, nodes } = fixture();
    platform.addNodes(nodes, 'Gpus', { accelerator, nodes: 3 });
    platform.addNodes(nodes, 'Large', { accelerator: Accelerator.G6E_12XLARGE, nodes: 1 });
    const template = Template.fromStack(nodes);
    template.resourceCountIs('AWS::EKS::Nodegroup', 2);
    template.hasResourceProperties('AWS::EKS::Nodegroup', {
      InstanceTypes: ['g6e.xlarge'],
      Version: '1.36',
      ScalingConfig: { MinSize: 3, DesiredSize: 3, MaxSize: 3 },
    });
    expect(nodes.dependencies).toContain(stack);
    // 3 × 1 + 1 × 4 GPUs, one pod each.
    expect(quota(stack)).toEqual(['14', '48']);
  });

  test('without any, the quota leaves room for pods without a GPU', () => {
    expect(quota(fixture().stack)).toEqual(['0', '20']);
  });

  test('that others provide count too', () => {
    expect(quota(fixture({ capacity: { gpus: 10, pods: 0 } }).stack)).toEqual(['20', '20']);
  });

  test('by Karpenter start when pods ask: identity and controller with the platform, pools after it', () => {
    const { stack, platform, nodes } = fixture({ nodeProvider: NodeProvider.KARPENTER });
    platform.addNodes(nodes, 'Gpus', { accelerator, nodes: 3 });
    expect(platform.controllers.map(({ facts }) => facts.name)).toEqual([
      'prometheus-stack',
      'argo-rollouts',
      'karpenter-crd',
      'karpenter',
    ]);
    const resources = resourcesOf(stack);
    const [association] = Object.entries(resources)
      .filter(([, { Type }]) => Type === 'AWS::EKS::PodIdentityAssociation')
      .map(([id]) => id);
    const charts = idsBy(resources, 'Chart');
    expect(before(resources, charts.karpenter)).toContain(association);
    expect(before(resources, charts.karpenter)).toContain(charts['karpenter-crd']);
    expect(objectsOf(nodes, 'nodes-g6e-xlarge').map(({ kind }) => kind)).toEqual(['EC2NodeClass', 'NodePool']);
    expect(nodes.dependencies).toContain(stack);
    Template.fromStack(nodes).resourceCountIs('AWS::EKS::Nodegroup', 0);
  });

  test('by Auto Mode need no controller', () => {
    const { stack, platform, nodes } = fixture({ nodeProvider: NodeProvider.AUTO_MODE });
    platform.addNodes(nodes, 'Gpus', { accelerator, nodes: 3 });
    Template.fromStack(stack).hasResourceProperties('AWS::EKS::Cluster', { ComputeConfig: { Enabled: true } });
    expect(platform.controllers.map(({ facts }) => facts.name)).toEqual(['prometheus-stack', 'argo-rollouts']);
    expect(objectsOf(nodes, 'nodes-g6e-xlarge').map(({ kind }) => kind)).toEqual(['NodeClass', 'NodePool']);
  });

  test('bring the device plugin that their image lacks, once', () => {
    const { stack, platform, nodes } = fixture();
    platform.addNodes(nodes, 'Gpus', { accelerator, nodes: 1, image: NodeImage.amazonLinux2023() });
    platform.addNodes(nodes, 'More', {
      accelerator: Accelerator.G6E_2XLARGE,
      nodes: 1,
      image: NodeImage.amazonLinux2023(),
    });
    expect(platform.controllers.map(({ facts }) => facts.name)).toEqual([
      'prometheus-stack',
      'argo-rollouts',
      'nvidia-device-plugin',
    ]);
    const resources = resourcesOf(stack);
    const charts = idsBy(resources, 'Chart');
    expect(before(resources, charts['nvidia-device-plugin'])).toContain(charts['argo-rollouts']);
  });

  test('that were made are returned, to depend on or to change', () => {
    const groups = fixture();
    const [group] = groups.platform.addNodes(groups.nodes, 'Gpus', { accelerator, nodes: 1 }).resources;
    expect(group).toBeInstanceOf(GpuNodeGroup);
    const pools = fixture({ nodeProvider: NodeProvider.KARPENTER });
    const made = pools.platform.addNodes(pools.nodes, 'Gpus', { accelerator, nodes: 1 });
    expect(made).toEqual({ resources: KubernetesRelease.allIn(pools.nodes) });
  });

  test('are kept warm by placeholders, for which no model waits', () => {
    const { app, platform, nodes } = fixture({
      controllers: { images: new ImageSources({ mirrors: { 'registry.k8s.io': 'mirror.example' } }) },
    });
    platform.addNodes(new Stack(app, 'Gpus', { env: ENV }), 'Gpus', { accelerator, nodes: 1 });
    const warm = platform.addWarmNodes(new Stack(app, 'Warm', { env: ENV }), 'Warm', { accelerator, replicas: 1 });
    const [pod] = (warm.objects as KubernetesObject[]).filter(({ kind }) => kind === 'Deployment');
    expect(JSON.stringify(pod)).toContain('"mirror.example/pause');
    new KubernetesRelease(nodes, 'Release', {
      provider: platform.provider,
      tier: ReleaseTier.MODEL,
      name: 'settings',
      namespace: 'models',
      charts: [chartOf(configMap('settings'))],
    }).node.addDependency(platform);
    Template.fromStack(nodes);
    expect(nodes.dependencies.map(({ node }) => node.id)).toEqual(['llm', 'Gpus']);
  });

  test('share compiled kernels by a file system, for which models wait', () => {
    const { app, stack, platform, nodes } = fixture();
    const models = ['chat', 'coder'];
    const cache = platform.addCompileCache(nodes, 'Kernels', { models });
    expect(platform.capabilities.compileCache).toEqual(models);
    expect(objectsOf(nodes, 'compile-cache').map(({ kind }) => kind)).toEqual([
      'PersistentVolume',
      'PersistentVolumeClaim',
      'PersistentVolume',
      'PersistentVolumeClaim',
    ]);
    const later = new Stack(app, 'Models', { env: ENV });
    new CfnWaitConditionHandle(later, 'Model').node.addDependency(platform);
    const resources = resourcesOf(nodes);
    const release = before(resources, idsBy(resources, 'ReleaseName')['compile-cache']);
    expect(release).toContain(nodes.getLogicalId(cache.fileSystem.node.defaultChild as CfnElement));
    expect(later.dependencies).toEqual(expect.arrayContaining([stack, nodes]));
    expect(() => platform.addCompileCache(later, 'More', { models })).toThrow(
      'Models/More: expected one compile cache on the platform, got a second one; name all models in Nodes/Kernels',
    );
  });

  test('of one instance type are asked for once', () => {
    const { platform, nodes } = fixture();
    platform.addNodes(nodes, 'Gpus', { accelerator, nodes: 1 });
    expect(() => platform.addNodes(nodes, 'More', { accelerator, nodes: 1 })).toThrow(
      'Nodes/More:\n  accelerator: expected each instance type once, by which models find their nodes, got g6e.xlarge again; raise nodes of the first, or take another size of the family; Spot and reservations take on-demand nodes too by their onDemandFallback, with Karpenter or Auto Mode',
    );
  });

  test('are no reason for releases by the provider to wait; namespaces and controllers are', () => {
    const { app, stack, platform, nodes } = fixture();
    const own = new Stack(app, 'Own', { env: ENV });
    platform.addNodes(nodes, 'Gpus', { accelerator, nodes: 1 });
    const release = (scope: Construct, name: string) =>
      new KubernetesRelease(scope, 'Settings', {
        provider: platform.provider,
        tier: ReleaseTier.MODEL,
        name,
        namespace: platform.modelNamespace,
        charts: [chartOf(configMap(name))],
      });
    release(own, 'own');
    release(stack, 'settings');
    const resources = resourcesOf(stack);
    const releases = idsBy(resources, 'ReleaseName');
    expect(own.dependencies).toEqual([stack]);
    const earlier = before(resources, releases.settings);
    expect(earlier).toContain(releases.platform);
    expect(earlier).toContain(releases.monitoring);
  });

  test('are there before what depends on the platform', () => {
    const { app, stack, platform, nodes } = fixture();
    const models = new Stack(app, 'Models', { env: ENV });
    const release = new KubernetesRelease(models, 'Release', {
      provider: platform.provider,
      tier: ReleaseTier.MODEL,
      name: 'settings',
      namespace: platform.modelNamespace,
      charts: [chartOf(configMap('settings'))],
    });
    release.node.addDependency(platform);
    platform.addNodes(nodes, 'Gpus', { accelerator, nodes: 1 });
    Template.fromStack(models);
    expect(models.dependencies).toEqual(expect.arrayContaining([stack, nodes]));
  });
});

test('a model waits for nodes with its instance type, and for no others', () => {
  const { app, platform } = fixture();
  const own = (id: string) => new Stack(app, id, { env: ENV });
  const waiting = (id: string, instanceType?: string) =>
    new CfnWaitConditionHandle(own(id), 'Model').node.addDependency(platform.readyFor(id, instanceType));
  const model = { repository: 'Qwen/Qwen3-8B', revision: 'b968826d9c46dd6066d109eabc6255188de91218' };
  new ModelService(own('chat'), 'Chat', { platform, model, accelerator });
  waiting('coder', 'g6.xlarge');
  waiting('any');
  waiting('token', Token.asString({ Ref: 'Type' }));
  platform.addNodes(own('g6e'), 'Gpus', { accelerator, nodes: 3 });
  platform.addNodes(own('g6'), 'Gpus', { accelerator: Accelerator.G6_XLARGE, nodes: 3 });
  platform.addCompileCache(own('kernels'), 'Kernels', { models: ['coder'] });
  const assembly = app.synth();
  const waitsFor = (id: string) =>
    assembly
      .getStackArtifact(id)
      .dependencies.map((artifact) => artifact.id)
      .filter((artifact) => !artifact.endsWith('.assets'))
      .sort();
  expect(waitsFor('chat')).toEqual(['g6e', 'llm']);
  expect(waitsFor('coder')).toEqual(['g6', 'kernels', 'llm']);
  expect(waitsFor('any')).toEqual(['g6', 'g6e', 'llm']);
  expect(waitsFor('token')).toEqual(['g6', 'g6e', 'llm']);
});

describe('what exists already', () => {
  test('a VPC takes the place of a new one', () => {
    const { stack } = fixture((scope) => ({ vpc: existingVpc(scope) }));
    // The subnets belong to nobody.
    Warnings.of(stack).acknowledgeWarning('@aws-cdk/aws-eks:clusterMustManuallyTagSubnet');
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::EC2::VPC', 0);
    template.hasResourceProperties('AWS::EKS::Cluster', {
      ResourcesVpcConfig: { SubnetIds: ['subnet-1', 'subnet-2', 'subnet-3'] },
    });
  });

  test('a cluster gets what models need, and nodes with a role of their own', () => {
    const { stack, platform, nodes } = fixture((scope) => ({
      existingCluster: existingCluster(scope, existingVpc(scope)),
    }));
    platform.addNodes(nodes, 'Gpus', { accelerator, nodes: 2 });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::EKS::Cluster', 0);
    template.resourceCountIs('Custom::AWSCDK-EKS-HelmChart', 2);
    Template.fromStack(nodes).hasResourceProperties('AWS::EKS::Nodegroup', { ClusterName: 'theirs' });
    expect([platform.clusterName, platform.created]).toEqual(['theirs', undefined]);
  });

  test.each([NodeProvider.MANAGED_GROUPS, NodeProvider.KARPENTER])(
    'nodes of a cluster by %s give pods their addresses, and no controller asks for nodes that the cluster lacks',
    (nodeProvider) => {
      const { stack, platform, nodes } = fixture((scope) => ({
        existingCluster: existingCluster(scope, existingVpc(scope)),
        nodeProvider,
        controllers: { autoscaling: true, leaderWorkerSet: true },
      }));
      platform.addNodes(nodes, 'Gpus', { accelerator, nodes: 2 });
      const roles = Object.entries(resourcesOf(stack)).filter(
        ([id, { Type }]) => Type === 'AWS::IAM::Role' && id.includes('NodeRole'),
      );
      expect(roles).toHaveLength(1);
      expect(JSON.stringify(roles)).toContain(':iam::aws:policy/AmazonEKS_CNI_Policy');
      const charts = platform.controllers.map(({ facts }) => JSON.stringify(facts.values));
      expect(charts.filter((values) => values.includes('nodeSelector'))).toEqual([]);
    },
  );

  test('a cluster of this app in Auto Mode gets volumes by the driver that it has', () => {
    const { stack } = fixture((scope) => ({
      clusterName: 'theirs',
      existingCluster: new eks.Cluster(scope, 'Existing', {
        vpc: new ec2.Vpc(scope, 'Vpc', { availabilityZones: network.availabilityZones }),
        version: eks.KubernetesVersion.V1_36,
        kubectlProviderOptions: { kubectlLayer: new KubectlV36Layer(scope, 'Kubectl') },
      }),
    }));
    expect(storageClasses(stack)).toEqual(['gp3 ebs.csi.eks.amazonaws.com']);
  });

  test('a cluster has a storage class for Prometheus, or a driver for a new one', () => {
    const build = (storage: PlatformStorage) =>
      fixture((scope) => ({
        existingCluster: existingCluster(scope, existingVpc(scope)),
        controllers: { storage },
      }));
    const theirs = build({ existingClass: 'fast' });
    expect(storageClasses(theirs.stack)).toEqual([]);
    expect(JSON.stringify(theirs.platform.controllers[0].facts.values)).toContain('"storageClassName":"fast"');
    expect(storageClasses(build({ provisioner: 'ebs.csi.eks.amazonaws.com' }).stack)).toEqual([
      'gp3 ebs.csi.eks.amazonaws.com',
    ]);
    expect(() => build({ existingClass: 'fast', provisioner: 'ebs.csi.aws.com' })).toThrow(
      'controllers.storage.provisioner: expected none beside existingClass, got it; the class has its own',
    );
  });

  test('a VPC that is still being looked up is taken as it is, with nodes in any zone', () => {
    const { app, platform, nodes } = fixture((scope) => ({
      vpc: ec2.Vpc.fromLookup(scope, 'Vpc', { vpcId: 'vpc-1' }),
    }));
    platform.addNodes(nodes, 'Gpus', { accelerator, nodes: 1, availabilityZone: 'us-east-1a' });
    expect(app.synth().manifest.missing).toHaveLength(1);
  });

  test('a cluster that does not name its VPC gets nodes in the one that is given', () => {
    const { platform, nodes } = fixture((scope) => ({
      existingCluster: existingCluster(scope),
      vpc: existingVpc(scope),
      nodeProvider: NodeProvider.MANAGED_GROUPS,
    }));
    platform.addNodes(nodes, 'Gpus', { accelerator, nodes: 2 });
    platform.addCompileCache(nodes, 'Kernels', { models: ['chat'], installAddon: false });
    const template = Template.fromStack(nodes);
    template.hasResourceProperties('AWS::EKS::Nodegroup', { Subnets: ['subnet-1', 'subnet-2', 'subnet-3'] });
    template.resourceCountIs('AWS::EFS::MountTarget', 3);
    template.resourceCountIs('AWS::EKS::Addon', 0);
  });

  test('controllers of a cluster stay as they are, and autoscaling is theirs too', () => {
    const { stack, platform } = fixture((scope) => ({
      existingCluster: existingCluster(scope, existingVpc(scope)),
      controllers: { install: false, autoscaling: true, leaderWorkerSet: true },
    }));
    Template.fromStack(stack).resourceCountIs('Custom::AWSCDK-EKS-HelmChart', 0);
    expect(platform.controllers).toEqual([]);
    expect(KubernetesRelease.allIn(stack).map(({ releaseName }) => releaseName)).toEqual(['platform']);
    expect(
      objectsOf(stack, 'platform')
        .filter(({ kind }) => kind === 'Namespace')
        .map(({ metadata: { name } }) => name),
    ).toEqual(['models']);
  });

  test('a platform that was created elsewhere is named by its tokens', () => {
    const stack = new Stack(testApp(), 'Elsewhere', { env: ENV });
    const platform: ILlmPlatform = LlmPlatform.fromLlmPlatformAttributes(stack, 'Platform', {
      clusterName: 'llm',
      platformServiceToken: 'arn:platform',
      modelServiceToken: 'arn:model',
    });
    expect([platform.clusterName, platform.modelNamespace, platform.provider.clusterName]).toEqual([
      'llm',
      'models',
      'llm',
    ]);
    expect(platform.provider.serviceToken(ReleaseTier.MODEL)).toBe('arn:model');
  });
});

test('KEDA and LeaderWorkerSet come where they are asked for, with their namespaces', () => {
  const { stack, platform } = fixture({ controllers: { autoscaling: true, leaderWorkerSet: true } });
  expect(platform.controllers.map(({ facts }) => facts.name)).toEqual([
    'prometheus-stack',
    'argo-rollouts',
    'keda',
    'lws',
  ]);
  expect(
    objectsOf(stack, 'platform')
      .filter(({ kind }) => kind === 'Namespace')
      .map(({ metadata: { name } }) => name),
  ).toEqual(['models', 'argo-rollouts', 'monitoring', 'keda', 'lws-system']);
  expect(
    objectsOf(stack, 'platform')
      .filter(({ kind }) => kind === 'Job')
      .map(({ metadata: { name } }) => name),
  ).toEqual(['lws-definitions']);
});

describe('what can be there once', () => {
  const model = { repository: 'Qwen/Qwen3-8B', revision: 'b968826d9c46dd6066d109eabc6255188de91218' };
  const serve = (scope: Construct, id: string, platform: ILlmPlatform) =>
    new ModelService(scope, id, { platform, model, accelerator });

  function withNodes() {
    const { app, stack, platform, nodes } = fixture();
    platform.addNodes(nodes, 'Gpus', { accelerator, nodes: 6 });
    return { app, stack, platform, nodes };
  }

  test.each<[string, (made: ReturnType<typeof withNodes>) => void, string]>([
    [
      'a model in two stacks',
      ({ app, platform }) => {
        for (const id of ['One', 'Two']) serve(new Stack(app, id, { env: ENV }), 'Chat', platform);
      },
      'One/Chat/Release, Two/Chat/Release: expected objects of their own, got ConfigMap models/release-chat in each',
    ],
    [
      'a model by ids that differ in case alone',
      ({ nodes, platform }) => {
        for (const id of ['Chat', 'chat']) serve(nodes, id, platform);
      },
      'Nodes/Chat/Release, Nodes/chat/Release: expected objects of their own, got ConfigMap models/release-chat in each',
    ],
    [
      'the Service of a canary, and of a model',
      ({ nodes, platform }) => {
        for (const id of ['Chat', 'ChatCanary']) serve(nodes, id, platform);
      },
      'Nodes/Chat/Release, Nodes/ChatCanary/Release: expected objects of their own, got Service models/chat-canary in each',
    ],
    [
      'warm nodes of an instance type',
      ({ nodes, platform }) => {
        for (const id of ['Warm', 'More']) platform.addWarmNodes(nodes, id, { accelerator, replicas: 1 });
      },
      'Nodes/Warm/Release, Nodes/More/Release: expected objects of their own, got ConfigMap kube-system/release-warm-g6e-xlarge in each',
    ],
    [
      'a cluster of a name',
      ({ stack }) => new LlmPlatform(stack, 'Second', { network }),
      'clusterName: expected a name of its own in the account and region, got llm, that of llm/Platform/Cluster too; name one of them otherwise',
    ],
    [
      'a release provider of a cluster',
      ({ stack }) => {
        const cluster = existingCluster(stack);
        for (const id of ['First', 'Again']) new ReleaseProvider(stack, id, { cluster });
      },
      'clusterName: expected one release provider a cluster in the account and region, got llm/First for theirs too; use that one',
    ],
  ])('%s', (_, add, message) => {
    const made = withNodes();
    add(made);
    expect(() => made.app.synth()).toThrow(message);
  });

  test('in a cluster, an account and a region', () => {
    const { app, stack } = withNodes();
    const second = new LlmPlatform(stack, 'Second', { network, clusterName: 'second' });
    second.addNodes(new Stack(app, 'More', { env: ENV }), 'Gpus', { accelerator, nodes: 6 });
    const elsewhere = new Stack(app, 'Elsewhere', { env: { ...ENV, account: '222222222222' } });
    new LlmPlatform(elsewhere, 'Platform', { network, clusterName: 'llm' });
    expect(() => app.synth()).not.toThrow();
  });

  test('warm nodes are of a type of which there are nodes', () => {
    const { app, nodes, platform } = withNodes();
    platform.addWarmNodes(nodes, 'Warm', { accelerator: Accelerator.G6E_2XLARGE, replicas: 1 });
    expect(() => app.synth()).toThrow(
      '[Nodes/Warm] accelerator: expected an instance type of which the platform has nodes, got g6e.2xlarge; ask for them by addNodes of the platform',
    );
  });
});

describe('wrong props', () => {
  const failing =
    (props: LlmPlatformProps, id = 'llm') =>
    () =>
      new LlmPlatform(new Stack(new App(), id, { env: ENV }), 'Platform', props);

  test('are reported all at once', () => {
    expect(
      failing({
        network: {
          cidr: '10.0.0.1/16',
          availabilityZones: ['us-east-1a'],
          natGateways: 4,
          connectedCidrs: ['10.0.9.0/24'],
          egress: { allowedDomains: ['*'] },
        },
        admission: { allowedRegistries: ['*'] },
        clusterName: 'my cluster',
        cluster: {
          systemNodes: 1,
          access: { operators: [new iam.AnyPrincipal()] },
          addonVersions: { 'vpc-cnii': 'v1' },
          systemImageVersion: 'latest',
        },
        capacity: { gpus: -3, pods: 1.5 },
        controllers: { install: false },
        removalPolicy: RemovalPolicy.SNAPSHOT,
      }),
    ).toThrow(
      [
        'llm/Platform:',
        'network.cidr: expected the first address of the range, got "10.0.0.1/16"; write 10.0.0.0/16',
        'network.availabilityZones: expected at least two different zones, got ["us-east-1a"]; EKS refuses a cluster in one zone',
        'network.natGateways: expected 1 to 1 (one a zone), got 4; without one, nodes cannot pull images from public registries',
        'network.connectedCidrs: expected ranges that do not overlap, got 10.0.9.0/24 and 10.0.0.1/16 of the VPC; no route can tell them apart, take another range for one',
        'network.egress.allowedDomains: expected domains, got "*"; it would open the internet: name what is reached, such as huggingface.co and *.hf.co',
        'controllers.install: expected true for a new cluster, got false; it has no Argo Rollouts, Prometheus or storage class yet, leave it out',
        'clusterName: expected letters, digits, hyphens and underscores, at most 44, got "my cluster"; it becomes part of names of roles and functions',
        'admission.allowedRegistries: expected registries, with or without a path, got "*"; write them like quay.io and docker.io/vllm, a pattern such as * is none',
        'cluster.systemNodes: expected a whole number from 2, got 1; DNS and the rollout controller must survive the loss of a node',
        'cluster.access.operators[0]: expected an IAM role or user, got {"AWS":["*"]}; an access entry is of one identity, and has no conditions',
        'cluster.addonVersions: expected one of eks-pod-identity-agent, vpc-cni, kube-proxy, coredns, aws-ebs-csi-driver, eks-node-monitoring-agent, got "vpc-cnii"; correct the name, other add-ons are resources of your own',
        'cluster.systemImageVersion: expected a release of bottlerocket as managed node groups name it, got "latest"; write it like 1.47.0-6154605b',
        "capacity.gpus: expected a whole number from 0, got -3; it is part of the quota of the models' namespace",
        "capacity.pods: expected a whole number from 0, got 1.5; it is part of the quota of the models' namespace",
        'removalPolicy: expected DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE, got SNAPSHOT; there is no snapshot of a platform',
      ].join('\n  '),
    );
  });

  test('a VPC has private subnets, that of a cluster too', () => {
    const stack = new Stack(testApp(), 'llm', { env: ENV });
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Public', {
      vpcId: 'vpc-1',
      availabilityZones: ['us-east-1a', 'us-east-1b'],
      publicSubnetIds: ['subnet-1', 'subnet-2'],
    });
    const rest =
      'expected private subnets with a way out, got none; nodes and the handlers of releases are in them, name them by privateSubnetIds or add them to the VPC';
    expect(() => new LlmPlatform(stack, 'New', { vpc })).toThrow(`llm/New:\n  vpc: ${rest}`);
    expect(() => new LlmPlatform(stack, 'Theirs', { existingCluster: existingCluster(stack, vpc) })).toThrow(
      `llm/Theirs:\n  existingCluster.vpc: ${rest}`,
    );
  });

  test('room that only the deployment knows cannot be added up', () => {
    expect(failing({ network, capacity: { gpus: Lazy.number({ produce: () => 1 }), pods: 1 } })).toThrow(
      'llm/Platform:\n  capacity.gpus: expected a number that is known at synth, got a deploy-time value; give the number itself',
    );
  });

  test('nodes that cannot be kept warm', () => {
    const { platform, nodes } = fixture();
    expect(() => platform.addWarmNodes(nodes, 'Warm', { accelerator, replicas: -2, gpus: 8 })).toThrow(
      [
        'Nodes/Warm:',
        'replicas: expected a whole number from 1, got -2; leave the nodes out where none is kept warm',
        'gpus: expected a whole number from 1 to 1, got 8; a placeholder is on one g6e.xlarge',
      ].join('\n  '),
    );
  });

  test('a model that is named twice for the compile cache', () => {
    const { platform, nodes } = fixture();
    expect(() => platform.addCompileCache(nodes, 'Kernels', { models: ['chat', 'chat'] })).toThrow(
      'Nodes/Kernels:\n  models[1]: expected each model once, got "chat" as models[0] too; leave it out',
    );
  });

  test('a platform needs a network', () => {
    expect(failing({})).toThrow(/network: expected a new VPC, or vpc, got neither; name the zones/);
  });

  test('a VPC needs private subnets in two zones, and Karpenter that the cluster has starts no nodes of the platform', () => {
    const stack = new Stack(testApp(), 'llm', { env: ENV });
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-1',
      availabilityZones: ['us-east-1a'],
      privateSubnetIds: ['subnet-1'],
      publicSubnetIds: ['subnet-2'],
    });
    expect(
      () =>
        new LlmPlatform(stack, 'Platform', {
          vpc,
          nodeProvider: NodeProvider.KARPENTER,
          controllers: { install: false },
        }),
    ).toThrow(
      [
        'llm/Platform:',
        'vpc: expected private subnets with a way out in at least two zones, got them in us-east-1a alone; EKS refuses a cluster in one zone, add subnets',
        'controllers.install: expected true for a new cluster, got false; it has no Argo Rollouts, Prometheus or storage class yet, leave it out',
        'nodeProvider: expected managed groups beside controllers.install: false, got Karpenter; the one that the cluster has starts nodes by its own identity: give it pools of its own and count them in capacity, or let Karpenter be installed here',
      ].join('\n  '),
    );
  });

  test('one thing is not made twice', () => {
    const stack = new Stack(testApp(), 'llm', { env: ENV });
    const vpc = existingVpc(stack);
    expect(
      () =>
        new LlmPlatform(stack, 'Platform', {
          network,
          vpc,
          existingCluster: existingCluster(stack),
          cluster: {},
          nodeProvider: NodeProvider.AUTO_MODE,
        }),
    ).toThrow(
      [
        'llm/Platform:',
        'network: expected none beside vpc, got it; leave one of them out',
        'network: expected none beside existingCluster, got it; a cluster stays in its VPC, leave it out',
        'cluster: expected none beside existingCluster, got it; whoever made the cluster decides that',
        'nodeProvider: expected managed groups or Karpenter for existingCluster, got Auto Mode; it is a setting of the cluster',
      ].join('\n  '),
    );
  });

  test('a cluster without its VPC, and a name that only the deployment knows', () => {
    const stack = new Stack(testApp(), 'llm', { env: ENV });
    expect(
      () =>
        new LlmPlatform(stack, 'Platform', {
          existingCluster: existingCluster(stack),
          clusterName: Token.asString({ Ref: 'Name' }),
        }),
    ).toThrow(
      [
        'llm/Platform:',
        'vpc: expected the VPC of the existing cluster, got none; the handlers of releases and the nodes are in it',
        'clusterName: expected the name of the cluster as plain text, got a value that only the deployment knows; name it',
      ].join('\n  '),
    );
  });

  test('what an imported cluster does not say is asked for at once', () => {
    const stack = new Stack(testApp(), 'llm', { env: ENV });
    const unknown = eks.Cluster.fromClusterAttributes(stack, 'Unknown', { clusterName: 'theirs' });
    const refused = (props: LlmPlatformProps) => () => new LlmPlatform(stack, `Platform${count++}`, props);
    let count = 0;
    expect(refused({ existingCluster: unknown, prometheusAddress: 'prometheus:9090' })).toThrow(
      [
        'llm/Platform0:',
        'vpc: expected the VPC of the existing cluster, got none; the handlers of releases and the nodes are in it',
        'existingCluster.clusterEndpoint: expected the address of its Kubernetes API, got none; give it to Cluster.fromClusterAttributes, `aws eks describe-cluster` prints it',
        'existingCluster.clusterCertificateAuthorityData: expected the certificate authority of its Kubernetes API, got none; give it to Cluster.fromClusterAttributes, `aws eks describe-cluster` prints it',
        'existingCluster.clusterSecurityGroupId: expected the security group that EKS made for it, got none; give it to Cluster.fromClusterAttributes, `aws eks describe-cluster` prints it',
        'existingCluster.kubectlProvider: expected what installs the Helm charts of controllers, got none; make new eks.KubectlProvider for the imported cluster with an eks.AccessEntry for its role, and import the cluster again with that kubectlProvider, or set controllers.install to false where it has them',
        'prometheusAddress: expected an http or https address, got "prometheus:9090"; give it with its scheme',
      ].join('\n  '),
    );
    const other = ec2.Vpc.fromVpcAttributes(stack, 'Other', { vpcId: 'vpc-2', availabilityZones: ['us-east-1a'] });
    expect(refused({ existingCluster: existingCluster(stack, existingVpc(stack)), vpc: other })).toThrow(
      /^llm\/Platform1:\n {2}vpc: expected that of existingCluster, vpc-1, got vpc-2; leave it out$/,
    );
    expect(refused({ existingCluster: unknown, vpc: other, controllers: { install: false } })).not.toThrow(/kubectl/);
  });

  test('numbers that only the deployment knows', () => {
    const stack = new Stack(testApp(), 'llm', { env: ENV });
    const later = new CfnParameter(stack, 'Later', { type: 'Number' }).valueAsNumber;
    const unknown = 'expected a number that is known at synth, got a deploy-time value; give the number itself';
    expect(
      () =>
        new LlmPlatform(stack, 'Platform', {
          network: { ...network, natGateways: later },
          cluster: { systemNodes: later },
          capacity: { gpus: later, pods: later },
        }),
    ).toThrow(
      ['network.natGateways', 'cluster.systemNodes', 'capacity.gpus', 'capacity.pods']
        .map((option) => `${option}: ${unknown}`)
        .join('\n  '),
    );
    const { platform, nodes } = fixture();
    for (const requirements of [
      { nodes: later },
      { nodes: 1, standingNodes: later },
      { nodes: 1, podsPerNode: later },
      { nodes: 1, pods: later },
      { nodes: 1, sharing: GpuSharing.timeSlicing(later) },
    ]) {
      const option = Object.keys(requirements).at(-1)!.replace('sharing', 'sharing.podsPerGpu');
      expect(() => platform.addNodes(nodes, `Gpus-${option}`, { accelerator, ...requirements })).toThrow(
        `${option}: ${unknown}`,
      );
    }
    expect(() => platform.addWarmNodes(nodes, 'Warm', { accelerator, replicas: later })).toThrow(
      `Nodes/Warm:\n  replicas: ${unknown}`,
    );
  });

  test('a cluster that kubectl, EKS or IAM would refuse', () => {
    expect(
      failing({
        network,
        cluster: {
          kubernetesVersion: eks.KubernetesVersion.V1_29,
          publicAccessCidrs: ['203.0.113.0/24', '10.0.0.0/8', 'office', '203.0.113.7', '0.0.0.0/0'],
          access: {
            operators: [
              new iam.ArnPrincipal('arn:aws:sts::111111111111:assumed-role/Admin/me'),
              new iam.ArnPrincipal('arn:aws:iam::111111111111:role/Team*'),
            ],
          },
        },
      }),
    ).toThrow(
      [
        'llm/Platform:',
        'cluster.kubernetesVersion: expected one of 1.35, 1.36, 1.37, got "1.29"; the layer with kubectl works with these',
        'cluster.publicAccessCidrs: expected the ranges of your offices or runners as the internet sees them, got "10.0.0.0/8"; private addresses reach the private endpoint alone, leave them out',
        'cluster.publicAccessCidrs: expected IPv4 ranges in CIDR notation, got "office"; write them like 203.0.113.0/24',
        'cluster.publicAccessCidrs: expected IPv4 ranges in CIDR notation, got "203.0.113.7"; write them like 203.0.113.0/24',
        'cluster.publicAccessCidrs: expected the ranges of your offices or runners, got "0.0.0.0/0"; the Kubernetes API would be open to everybody',
        'cluster.access.operators[0]: expected the ARN of an IAM role or user, got "arn:aws:sts::111111111111:assumed-role/Admin/me"; write it like arn:aws:iam::111111111111:role/name, without wildcards, and the role instead of a session of it',
        'cluster.access.operators[1]: expected the ARN of an IAM role or user, got "arn:aws:iam::111111111111:role/Team*"; write it like arn:aws:iam::111111111111:role/name, without wildcards, and the role instead of a session of it',
      ].join('\n  '),
    );
  });

  test('a cluster by another name than its own', () => {
    const stack = new Stack(testApp(), 'llm', { env: ENV });
    const vpc = existingVpc(stack);
    const made = new eks.Cluster(stack, 'Made', {
      vpc,
      vpcSubnets: [{ subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS }],
      clusterName: 'own',
      version: eks.KubernetesVersion.V1_36,
      kubectlProviderOptions: { kubectlLayer: new KubectlV36Layer(stack, 'Kubectl') },
    });
    for (const [id, cluster, name] of [
      ['Imported', existingCluster(stack, vpc), 'theirs'],
      ['Created', made, 'own'],
    ] as const) {
      expect(() => new LlmPlatform(stack, id, { existingCluster: cluster, clusterName: 'other' })).toThrow(
        `llm/${id}:\n  clusterName: expected that of existingCluster, ${name}, got other; leave it out`,
      );
    }
  });

  test('nodes in another account or region than their cluster', () => {
    const { app, platform } = fixture();
    const elsewhere = new Stack(app, 'Elsewhere', { env: { account: '222222222222', region: 'eu-west-1' } });
    expect(() => platform.addNodes(elsewhere, 'Gpus', { accelerator, nodes: 1 })).toThrow(
      /^Elsewhere\/Gpus:\n {2}env\.account: expected 111111111111.*\n {2}env\.region: expected us-east-1, that of the handlers of llm, got eu-west-1; .*$/,
    );
  });

  test.each(Object.values(NodeProvider))('nodes of %s that cannot be are refused with every reason', (nodeProvider) => {
    const { platform, nodes } = fixture({ nodeProvider });
    expect(() => platform.addNodes(nodes, 'Gpus', { accelerator, nodes: 0, pods: -4, localStorage: true })).toThrow(
      /^Nodes\/Gpus:\n {2}nodes: expected a whole number from 1, got 0.*\n {2}pods: expected a whole number from 1, got -4/,
    );
  });
});
