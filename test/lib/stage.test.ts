import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { production, rehearsal, staging } from '../../environments';
import { KubernetesRelease } from '../../constructs/kubernetes';
import type { ClusterProvisions, EnvironmentConfig, NewCluster } from '../../lib/environment/environment-config';
import type { ModelConfig } from '../../lib/environment/model/model-config';
import type { NodesConfig } from '../../lib/environment/nodes/node-config';
import { planNodes } from '../../lib/environment/nodes/node-plan';
import { PlatformStage } from '../../lib/stage';
import { testApp } from '../support/app';
import { fullEnvironment, fullModel, largeModel } from '../support/full-environment';

/** What in the stacks beside the network shows that something calls the service of an endpoint, and from where. */
const CALLERS: Readonly<Record<string, { readonly who: string; readonly trace: RegExp }>> = {
  ec2: { who: 'network plugin', trace: /AmazonEKS_CNI_Policy/ },
  'ecr.api': { who: 'kubelet', trace: /AmazonEC2ContainerRegistryPullOnly/ },
  'ecr.dkr': { who: 'kubelet', trace: /AmazonEC2ContainerRegistryPullOnly/ },
  logs: { who: 'bridge of metrics', trace: /logs:PutLogEvents/ },
  eks: { who: 'function that installs charts', trace: /Custom::AWSCDK-EKS-HelmChart/ },
  'eks-auth': { who: 'agent of Pod Identity', trace: /AWS::EKS::PodIdentityAssociation/ },
  sts: { who: 'roles of service accounts', trace: /sts:AssumeRoleWithWebIdentity/ },
  monitoring: { who: 'whatever puts metrics past the logs', trace: /cloudwatch:PutMetricData/ },
};

interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
  DeletionPolicy?: string;
}
interface KubernetesObject {
  kind: string;
  metadata: { name: string; namespace?: string };
}

const buildStage = (environment: EnvironmentConfig, outdir?: string) =>
  new PlatformStage(testApp({ outdir }), environment.name, { environment });
const stages = new Map<EnvironmentConfig, PlatformStage>();
/** The stage of an environment. No test changes it, so that the same environment is built and synthesized once. */
function stageOf(environment: EnvironmentConfig): PlatformStage {
  if (!stages.has(environment)) stages.set(environment, buildStage(environment));
  return stages.get(environment)!;
}
const rehearsed = rehearsal();
const stacksOf = (stage: PlatformStage) => stage.node.children as Stack[];
const resourcesOf = (stack: Stack) => Template.fromStack(stack).toJSON().Resources as Record<string, Resource>;

/** Types of a template, each with its count, and the objects of its releases: small enough to be read in a review. */
function summaryOf(stack: Stack): object {
  const types: Record<string, number> = {};
  for (const { Type } of Object.values(resourcesOf(stack))) types[Type] = (types[Type] ?? 0) + 1;
  const releases = KubernetesRelease.allIn(stack).map((release) => ({
    release: `${release.namespace}/${release.releaseName} (${release.tier})`,
    objects: (release.objects as KubernetesObject[]).map(
      ({ kind, metadata }) => `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`,
    ),
  }));
  return {
    terminationProtection: stack.terminationProtection ?? false,
    dependsOn: stack.dependencies.map((dependency) => dependency.node.id).sort(),
    resources: Object.fromEntries(Object.entries(types).sort(([left], [right]) => left.localeCompare(right))),
    ...(releases.length > 0 ? { releases } : {}),
  };
}

test.each([staging, production])('each interface endpoint of $name has a caller', (environment) => {
  const stacks = stacksOf(stageOf(environment));
  const endpoints = Object.values(resourcesOf(stacks.find(({ node }) => node.id === 'Network')!))
    .filter(({ Type, Properties }) => Type === 'AWS::EC2::VPCEndpoint' && Properties?.VpcEndpointType === 'Interface')
    .map(({ Properties }) => String(Properties?.ServiceName).replace(`com.amazonaws.${environment.region}.`, ''));
  const inCluster = JSON.stringify(
    stacks
      .filter(({ node }) => !['Network', 'Delivery'].includes(node.id))
      .map((stack) => Template.fromStack(stack).toJSON()),
  );
  expect(endpoints).not.toHaveLength(0);
  expect(endpoints.filter((service) => !CALLERS[service]?.trace.test(inCluster))).toEqual([]);
});

describe.each([staging, production, rehearsed])('$name', (environment) => {
  const stage = stageOf(environment);
  const stacks = stacksOf(stage);

  test.each(stacks.map((stack) => [stack.node.id, stack] as const))('%s holds what it should', (_, stack) => {
    expect(summaryOf(stack)).toMatchSnapshot();
  });

  test.each(stacks.map((stack) => [stack.node.id, stack] as const))(
    '%s gives no warning and stays within the budget of a template',
    (_, stack) => {
      Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
      Annotations.fromStack(stack).hasNoError('*', Match.anyValue());
      const template = Template.fromStack(stack).toJSON() as { Resources: object };
      expect(Object.keys(template.Resources).length).toBeLessThanOrEqual(400);
      expect(Buffer.byteLength(JSON.stringify(template, undefined, 1))).toBeLessThanOrEqual(700_000);
    },
  );
});

test.each([staging, production, rehearsed])('the synthesis of $name makes no lookups', (environment) => {
  expect(stageOf(environment).synth().manifest.missing ?? []).toEqual([]);
});

test('stacks that hold state are protected where data is retained', () => {
  const state = (environment: EnvironmentConfig) =>
    stacksOf(stageOf(environment))
      .filter((stack) => stack.terminationProtection)
      .map((stack) => stack.node.id);
  expect(state(staging)).toEqual(['Network', 'Cluster', 'Nodes', 'Platform', 'Observability', 'Delivery']);
  expect(state(rehearsed)).toEqual([]);
});

test('each stack depends only on those before it, and no model on another', () => {
  const order = stacksOf(stageOf(production));
  for (const [index, stack] of order.entries()) {
    for (const dependency of stack.dependencies) {
      expect(order.indexOf(dependency)).toBeLessThan(index);
      expect(dependency.node.id).not.toMatch(/^Serving-/);
    }
  }
});

describe('a shortage of accelerators takes back no cluster', () => {
  const { create } = production.cluster as { create: NewCluster };
  const addonVersions = { ...create.addonVersions, 'aws-efs-csi-driver': 'v2.1.13-eksbuild.1' };
  const provisionings: NodesConfig[] = [
    { provisioning: 'managed-groups', bottlerocketVersion: '1.47.0-6154605b' },
    { provisioning: 'karpenter', bottlerocketVersion: 'v1.63.0' },
    { provisioning: 'auto-mode' },
  ];

  test.each(provisionings)(
    'with $provisioning the Cluster stack holds no accelerator and nothing that waits for one',
    (nodesConfig) => {
      const stacks = stacksOf(
        stageOf({
          ...production,
          cluster: { create: { ...create, addonVersions, nodes: { ...nodesConfig, compileCache: true } } },
        }),
      );
      const [cluster, nodes] = ['Cluster', 'Nodes'].map((id) => stacks.find((stack) => stack.node.id === id)!);
      const groups = Object.values(resourcesOf(cluster)).filter(({ Type }) => Type === 'AWS::EKS::Nodegroup');
      expect(groups).toHaveLength(1);
      expect(groups[0].Properties).toMatchObject({
        InstanceTypes: ['m7i.xlarge'],
        Labels: { 'llm-platform.dev/nodes': 'system' },
      });
      expect(JSON.stringify(resourcesOf(cluster))).not.toMatch(/g6e|NVIDIA|nvidia/);
      expect(nodes.dependencies.map(({ node }) => node.id)).toContain('Cluster');
      // Groups that failed for want of capacity are deleted and made anew; what running nodes act by is protected.
      expect(nodes.terminationProtection ?? false).toBe(nodesConfig.provisioning !== 'managed-groups');
      expect(stacks.indexOf(nodes)).toBeLessThan(stacks.findIndex(({ node }) => node.id === 'Platform'));
    },
  );
});

test('GPU nodes have room for every replica and for the canary', () => {
  const platform = stacksOf(stageOf(production)).find((stack) => stack.node.id === 'Platform')!;
  const pool = KubernetesRelease.allIn(platform)
    .flatMap(({ objects }) => objects as (KubernetesObject & { spec: object })[])
    .find(({ kind }) => kind === 'NodePool')!;
  // chat 8 + 3, coder 4 + 1, one GPU each.
  expect(pool.spec).toMatchObject({ limits: { 'nvidia.com/gpu': '16' } });
  const managed: NewCluster = {
    ...(production.cluster as { create: NewCluster }).create,
    nodes: { provisioning: 'managed-groups', bottlerocketVersion: '1.47.0-6154605b' },
  };
  const nodes = stacksOf(stageOf({ ...production, cluster: { create: managed } })).find(
    (stack) => stack.node.id === 'Nodes',
  )!;
  Template.fromStack(nodes).hasResourceProperties('AWS::EKS::Nodegroup', {
    InstanceTypes: ['g6e.xlarge'],
    ScalingConfig: { MinSize: 16, DesiredSize: 16, MaxSize: 16 },
  });
});

test('logical ids of what holds state never change', () => {
  const stateful = new Set([
    'AWS::EC2::VPC',
    'AWS::EC2::Subnet',
    'AWS::EKS::Cluster',
    'AWS::KMS::Key',
    'AWS::S3::Bucket',
    'AWS::EKS::Nodegroup',
    'Custom::KubernetesRelease',
    'Custom::AWSCDK-EKS-HelmChart',
  ]);
  const ids = stacksOf(stageOf(production)).flatMap((stack) =>
    Object.entries(resourcesOf(stack))
      .filter(([, resource]) => stateful.has(resource.Type))
      .map(([id, resource]) => `${stack.node.id} ${resource.Type} ${id}`),
  );
  expect(ids).toMatchSnapshot();
});

test('two syntheses are identical, byte by byte', () => {
  const outputs = [0, 1].map(() => {
    const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'stage-'));
    try {
      const stage = buildStage(staging, outdir);
      stage.node.root.node.findAll();
      const directory = stage.synth().directory;
      return Object.fromEntries(
        fs
          .readdirSync(directory)
          .sort()
          .map((file) => [file, fs.readFileSync(path.join(directory, file), 'utf8').replaceAll(outdir, '')]),
      );
    } finally {
      fs.rmSync(outdir, { recursive: true });
    }
  });
  expect(Object.keys(outputs[0]).length).toBeGreaterThan(10);
  expect(outputs[1]).toEqual(outputs[0]);
});

test('fails before anything is built, with every problem', () => {
  const [chat] = staging.models;
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'stage-'));
  try {
    expect(() => buildStage({ ...staging, models: [{ ...chat, replicas: 0, image: 'vllm' }] }, outdir)).toThrow(
      /environment staging:\n {2}models\.chat\.image: .*\n {2}models\.chat\.replicas: /s,
    );
    expect(fs.readdirSync(outdir)).toEqual([]);
  } finally {
    fs.rmSync(outdir, { recursive: true });
  }
});

describe('an existing cluster with alarms', () => {
  const { cluster, ...rest } = rehearsal();
  if (!('existing' in cluster)) throw new Error('the rehearsal has a cluster');
  const withProvisions = (more: Partial<ClusterProvisions>): EnvironmentConfig => {
    const provides = { ...cluster.existing.provides, ...more };
    return {
      ...rest,
      alarms: true,
      cluster: {
        existing: { ...cluster.existing, prometheusAddress: 'https://metrics.monitoring.svc:9443', provides },
      },
    };
  };
  const kinds = [...cluster.existing.provides.kinds, 'monitoring.coreos.com/PrometheusRule'];

  test('bridges the series of its own Prometheus, when it says that the namespace is there', () => {
    const observability = stacksOf(stageOf(withProvisions({ kinds, namespaces: ['monitoring'] }))).find(
      ({ node }) => node.id === 'Observability',
    )!;
    const [release] = KubernetesRelease.allIn(observability);
    const { data } = (release.objects as (KubernetesObject & { data: Record<string, string> })[]).find(
      ({ kind }) => kind === 'ConfigMap',
    )!;
    expect(JSON.parse(data['collector.yaml'])).toMatchObject({
      receivers: {
        prometheus: {
          config: {
            scrape_configs: [{ scheme: 'https', static_configs: [{ targets: ['metrics.monitoring.svc:9443'] }] }],
          },
        },
      },
    });
  });

  test('is told what to do when it does not', () => {
    expect(() => stageOf(withProvisions({ kinds }))).toThrow(
      /expected the namespace monitoring from an earlier stack, got none; add it to .*provides\.namespaces of the existing cluster/,
    );
    expect(() => stageOf(withProvisions({ namespaces: ['monitoring'] }))).toThrow(
      /expected the CRD monitoring\.coreos\.com\/PrometheusRule/,
    );
  });
});

test('a gated model refers only to a Secret that the environment says others make', () => {
  const models = [{ ...staging.models[0], hubTokenSecretName: 'hub-token' }];
  expect(() => stageOf({ ...staging, models })).toThrow(
    /expected the Secret models\/hub-token from an earlier stack, got none; have the cluster make it \(External Secrets\) and name it in `secrets`/,
  );
  expect(KubernetesRelease.allIn(stageOf({ ...staging, models, secrets: ['hub-token'] }))).not.toEqual([]);
});

test('credentials for a registry come from Secrets that the cluster has', () => {
  const models = [{ ...staging.models[0], imagePullSecrets: ['registry'] }];
  expect(() => stageOf({ ...staging, models })).toThrow(
    /expected the Secret models\/registry from an earlier stack, got none; have the cluster make it \(External Secrets\) and name it in `secrets`/,
  );
  const [release] = KubernetesRelease.allIn(stageOf({ ...staging, models, secrets: ['registry'] }).serving[0]);
  const rollout = (release.objects as (KubernetesObject & { spec: { template: { spec: object } } })[]).find(
    ({ kind }) => kind === 'Rollout',
  )!;
  expect(rollout.spec.template.spec).toMatchObject({ imagePullSecrets: [{ name: 'registry' }] });
});

test('callers are let in by namespace and labels', () => {
  const callers = [
    { namespaceLabels: { 'kubernetes.io/metadata.name': 'gateways' }, podLabels: { app: 'gateway' } },
    { podLabels: { app: 'agent' } },
  ];
  const [release] = KubernetesRelease.allIn(stageOf(rehearsal({ models: [{ name: 'chat', callers }] })).serving[0]);
  const policy = (release.objects as (KubernetesObject & { spec: { ingress: { from: object[] }[] } })[]).find(
    ({ kind }) => kind === 'NetworkPolicy',
  )!;
  expect(policy.spec.ingress[0].from).toEqual([
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateways' } },
      podSelector: { matchLabels: { app: 'gateway' } },
    },
    { podSelector: { matchLabels: { app: 'agent' } } },
  ]);
});

test('nodes have a volume for the caches of all their pods', () => {
  const [chat, coder] = staging.models;
  const large = (cacheSize?: ModelConfig['cacheSize']) => ({
    ...chat,
    accelerator: 'g6e.12xlarge',
    gpus: 1,
    cacheSize,
  });
  const volume = (...models: readonly ModelConfig[]) =>
    planNodes({ ...staging, models }).map(({ volumeGib }) => volumeGib);
  expect(volume(chat, coder)).toEqual([200]);
  // Four pods of 102 GiB and 60 GiB of images fill 85 of 100 parts.
  expect(volume(large())).toEqual([560]);
  expect(volume(large('300Gi'), { ...coder, accelerator: 'g6e.12xlarge', gpus: 4 })).toEqual([1500]);
  const cluster = {
    create: {
      ...(staging.cluster as { create: NewCluster }).create,
      nodes: { provisioning: 'managed-groups' as const },
    },
  };
  const nodes = stacksOf(stageOf({ ...staging, cluster, models: [large()] })).find(
    (stack) => stack.node.id === 'Nodes',
  )!;
  Template.fromStack(nodes).hasResourceProperties('AWS::EC2::LaunchTemplate', {
    LaunchTemplateData: {
      BlockDeviceMappings: Match.arrayWith([
        Match.objectLike({ DeviceName: '/dev/xvdb', Ebs: Match.objectLike({ VolumeSize: 560 }) }),
      ]),
    },
  });
});

test('a model that follows its load has an alarm on its scaling, and the series below it', () => {
  const stacks = stacksOf(
    stageOf({ ...staging, models: [{ ...staging.models[0], autoscaling: { minReplicas: 2, maxReplicas: 3 } }] }),
  );
  const named = (id: string) => stacks.find((stack) => stack.node.id === id)!;
  Template.fromStack(named('Alarms-chat')).hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: 'staging-chat-scaling',
  });
  expect(JSON.stringify(KubernetesRelease.allIn(named('Observability'))[0].objects)).toContain(
    '"record":"llm_platform_scaling_alerts"',
  );
  const [alarms] = stacksOf(stageOf(staging)).filter((stack) => stack.node.id === 'Alarms-chat');
  Template.fromStack(alarms).resourceCountIs('AWS::CloudWatch::Alarm', 2);
});

test('alarms notify the topic of the environment', () => {
  const alarmTopicArn = 'arn:aws:sns:us-east-1:111111111111:alarms';
  const observability = stacksOf(stageOf({ ...staging, alarmTopicArn })).find(
    (stack) => stack.node.id === 'Observability',
  )!;
  Template.fromStack(observability).allResourcesProperties('AWS::CloudWatch::Alarm', {
    AlarmActions: [alarmTopicArn],
    OKActions: [alarmTopicArn],
  });
});

test('fails when a release refers to what nobody provides', () => {
  const environment = rehearsal({
    cluster: { provides: { kinds: ['argoproj.io/Rollout'], accelerators: [], endpoints: [] } },
  });
  expect(() => stageOf(environment)).toThrow(
    new RegExp(
      [
        'environment rehearsal:',
        'Serving-chat/chat: PodMonitor/chat: expected the CRD monitoring\\.coreos\\.com/PodMonitor',
        'expected the accelerator g6\\.xlarge',
      ].join('[^]*'),
    ),
  );
});

describe('what staging and production leave out', () => {
  const stacks = Object.fromEntries(stacksOf(stageOf(fullEnvironment)).map((stack) => [stack.node.id, stack]));
  const kindsIn = (stack: Stack) =>
    KubernetesRelease.allIn(stack).flatMap(({ objects }) => (objects as KubernetesObject[]).map(({ kind }) => kind));

  test('has its weights in the Data stack, and reads only its own', () => {
    Template.fromStack(stacks.Data).hasResourceProperties('AWS::S3::Bucket', {
      BucketName: 'llm-weights',
      VersioningConfiguration: { Status: 'Enabled' },
    });
    expect(JSON.stringify(Template.fromStack(stacks['Serving-full']).findResources('AWS::IAM::Policy'))).toContain(
      `${fullModel.weights!.path}/*`,
    );
    expect(stacks['Serving-full'].dependencies).toContain(stacks.Data);
  });

  test('is scaled by KEDA, which the platform brings with its namespace', () => {
    expect(kindsIn(stacks['Serving-full'])).toContain('ScaledObject');
    const charts = Object.values(Template.fromStack(stacks.Platform).findResources('Custom::AWSCDK-EKS-HelmChart')).map(
      ({ Properties }) => (Properties as { Release: string }).Release,
    );
    expect(charts).toEqual(expect.arrayContaining(['keda', 'lws']));
  });

  test('runs in groups where one node is too small', () => {
    expect(kindsIn(stacks['Serving-large'])).toContain('LeaderWorkerSet');
    expect(kindsIn(stacks['Serving-large'])).not.toContain('Rollout');
  });

  test('runs on CPUs with the gates whose metrics its engine exports', () => {
    const templates = (KubernetesRelease.allIn(stacks['Serving-small'])[0].objects as KubernetesObject[]).filter(
      ({ kind }) => kind === 'AnalysisTemplate',
    );
    expect(JSON.stringify(templates)).toContain('forward-progress');
    expect(JSON.stringify(templates)).not.toContain('time-to-first-token');
    expect(JSON.stringify(KubernetesRelease.allIn(stacks['Serving-small'])[0].objects)).not.toContain('nvidia.com/gpu');
  });

  test('steps of a canary are refused for groups', () => {
    expect(() =>
      stageOf({ ...fullEnvironment, models: [{ ...largeModel, rollout: staging.models[0].rollout }] }),
    ).toThrow(/models\.large\.rollout\.steps: expected none for a model on several nodes, got 1/);
  });
});
