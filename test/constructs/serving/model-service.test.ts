import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Duration, Lazy, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Accelerator } from '../../../constructs/gpu/accelerator';
import { ReleaseProvider } from '../../../constructs/kubernetes/release-provider';
import { EngineImage } from '../../../constructs/models/engine-image';
import { ModelAlarms } from '../../../constructs/observability/model-alarms';
import { ModelMetrics } from '../../../constructs/observability/model-metrics';
import { LlmPlatform } from '../../../constructs/platform/llm-platform';
import { RolloutStrategy } from '../../../constructs/rollout/rollout-strategy';
import { ModelService, type ModelServiceProps } from '../../../constructs/serving/model-service';
import { resolveModel } from '../../../constructs/serving/resolve-model';
import { LlamaCppEngine } from '../../../constructs/serving/engines/llama-cpp-engine';
import { VllmEngine } from '../../../constructs/serving/engines/vllm-engine';
import { type IModelWeights, ModelWeights } from '../../../constructs/weights/model-weights';
import { testApp } from '../../support/app';
import { engineOf, find, IMAGE } from './model';

const REVISION = 'b968826d9c46dd6066d109eabc6255188de91218';
const DIGEST = `sha256:${'ab'.repeat(32)}`;

function service(overrides: Partial<ModelServiceProps> = {}): ModelService {
  const stack = new Stack(testApp(), 'Serving');
  const provider = ReleaseProvider.fromReleaseProviderAttributes(stack, 'Releases', {
    clusterName: 'test',
    platformServiceToken: 'platform',
    modelServiceToken: 'arn:model',
  });
  return new ModelService(stack, 'Chat', {
    provider,
    namespace: 'models',
    modelName: 'chat',
    model: { repository: 'Qwen/Qwen3-8B', revision: REVISION },
    image: IMAGE,
    accelerator: Accelerator.G6E_XLARGE,
    replicas: 4,
    timings: { startupBudget: Duration.minutes(10) },
    ...overrides,
  });
}

const rollout = (model: ModelService) => find(model.release.objects, 'Rollout').spec;
const engine = (model: ModelService) => engineOf(model.release.objects);

test('ships its chart as a release of the model tier', () => {
  const model = service();
  Template.fromStack(Stack.of(model)).hasResourceProperties('Custom::KubernetesRelease', {
    ServiceToken: 'arn:model',
    ReleaseName: 'chat',
    Namespace: 'models',
    DeadlineSeconds: 3300,
  });
  expect(engine(model)).toMatchObject({
    image: IMAGE,
    args: expect.arrayContaining(['Qwen/Qwen3-8B', `--revision=${REVISION}`]),
  });
  expect(model.url).toBe('http://chat.models.svc:8000/v1');
});

describe('on a platform', () => {
  const model = { repository: 'Qwen/Qwen3-8B', revision: REVISION };
  const platformOf = (stack: Stack, weights?: IModelWeights) =>
    LlmPlatform.fromLlmPlatformAttributes(stack, 'Platform', {
      clusterName: 'test',
      platformServiceToken: 'platform',
      modelServiceToken: 'arn:model',
      weights,
    });

  test('asks its Prometheus, for gates and for the load', () => {
    const stack = new Stack(testApp(), 'Serving');
    const platform = LlmPlatform.fromLlmPlatformAttributes(stack, 'Platform', {
      clusterName: 'test',
      platformServiceToken: 'platform',
      modelServiceToken: 'arn:model',
      prometheusAddress: 'https://metrics.example:9443',
    });
    const options = {
      platform,
      model,
      accelerator: Accelerator.G6E_XLARGE,
      autoscaling: { minReplicas: 1, maxReplicas: 2 },
    };
    const { release } = new ModelService(stack, 'Chat', options);
    expect(find(release.objects, 'ScaledObject').spec.triggers[0].metadata.serverAddress).toBe(
      'https://metrics.example:9443',
    );
    const asked = JSON.stringify(release.objects).match(/"address":"[^"]+"/g);
    expect([...new Set(asked)]).toEqual(['"address":"https://metrics.example:9443"']);
    expect(() => new ModelService(stack, 'Wrong', { ...options, prometheusAddress: 'metrics:9090' })).toThrow(
      /^Serving\/Wrong:\n {2}prometheusAddress: expected an http or https address, got "metrics:9090"; give it with its scheme$/,
    );
  });

  test('is in its namespace, because rights are there alone', () => {
    const stack = new Stack(testApp(), 'Serving');
    const options = { platform: platformOf(stack), model, accelerator: Accelerator.G6E_XLARGE };
    expect(() => new ModelService(stack, 'Chat', { ...options, namespace: 'team' })).toThrow(
      /^Serving\/Chat:\n {2}namespace: expected models, the namespace of models on the platform, got team; leave it out$/,
    );
    expect(new ModelService(stack, 'Coder', { ...options, namespace: 'models' }).release.namespace).toBe('models');
  });

  test('needs its weights and an accelerator, and has defaults for the rest', () => {
    const stack = new Stack(testApp(), 'Serving');
    const chat = new ModelService(stack, 'ChatLarge', {
      platform: platformOf(stack),
      model,
      accelerator: Accelerator.G6E_XLARGE,
    });
    Template.fromStack(stack).hasResourceProperties('Custom::KubernetesRelease', {
      ServiceToken: 'arn:model',
      ReleaseName: 'chat-large',
      Namespace: 'models',
    });
    expect([chat.modelName, chat.url, chat.peakGpus]).toEqual([
      'chat-large',
      'http://chat-large.models.svc:8000/v1',
      3,
    ]);
    expect(engine(chat).image).toBe('vllm/vllm-openai:v0.32.0');
    const { replicas, strategy } = rollout(chat);
    expect([replicas, strategy.canary?.steps?.length]).toEqual([2, expect.any(Number)]);
    expect(chat.release.objects).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: 'AnalysisTemplate' })]),
    );
  });

  test.each([
    ['Chat', 'chat'],
    ['LLMChat', 'llm-chat'],
    ['Qwen3Chat', 'qwen3-chat'],
    ['chat-2', 'chat-2'],
  ])('%s is called %s', (id, name) => {
    const stack = new Stack(testApp(), 'Serving');
    expect(
      new ModelService(stack, id, { platform: platformOf(stack), model, accelerator: Accelerator.G6E_XLARGE })
        .modelName,
    ).toBe(name);
  });

  test('takes imported weights from the bucket of the platform', () => {
    const stack = new Stack(testApp(), 'Serving', { env: { account: '111111111111', region: 'us-east-1' } });
    const weights = ModelWeights.fromBucketAttributes(stack, 'Weights', { bucketName: 'llm-weights' });
    const chat = new ModelService(stack, 'Chat', {
      platform: platformOf(stack, weights),
      model,
      accelerator: Accelerator.G6E_XLARGE,
      weights: {
        path: `Qwen/Qwen3-8B/${REVISION}/0123456789ab`,
        manifestSha256: 'a'.repeat(64),
        storageCidrs: ['10.20.0.0/16'],
      },
    });
    expect(JSON.stringify(chat.release.objects)).toContain('llm-weights');
  });

  test('is one, or a provider, and not two clusters', () => {
    const stack = new Stack(testApp(), 'Serving');
    const other = ReleaseProvider.fromReleaseProviderAttributes(stack, 'Releases', {
      clusterName: 'other',
      platformServiceToken: 'a',
      modelServiceToken: 'b',
    });
    expect(() => new ModelService(stack, 'Chat', { model, accelerator: Accelerator.G6E_XLARGE, replicas: 0 })).toThrow(
      /^Serving\/Chat:\n {2}platform: expected a platform, or the provider of a cluster, got neither; .*\n {2}replicas: expected a whole number from 1/,
    );
    expect(
      () =>
        new ModelService(stack, 'Two', {
          platform: platformOf(stack),
          provider: other,
          model,
          accelerator: Accelerator.G6E_XLARGE,
        }),
    ).toThrow('provider: expected none beside platform, got another one; leave it out');
  });
});

describe('metrics', () => {
  const METRICS = ['metricTimeToFirstToken', 'metricErrorRatio', 'metricRequests', 'metricScalingAlerts'] as const;
  const scaled = {
    environmentName: 'production',
    autoscaling: { minReplicas: 2, maxReplicas: 4 },
    timings: { startupBudget: Duration.minutes(10), expectedStartup: Duration.minutes(1) },
  };
  const llama = {
    image: undefined,
    engine: new LlamaCppEngine({
      image: EngineImage.fromReference('ghcr.io/ggml-org/llama.cpp:server-b11434'),
      file: 'm.gguf',
    }),
    accelerator: undefined,
    resources: { cpus: 8, memory: Size.gibibytes(16) },
  };

  test.each(METRICS)('%s is that of ModelMetrics', (metric) => {
    const model = service(scaled);
    const props = { period: Duration.minutes(5) };
    expect([model[metric](), model[metric](props)]).toEqual([
      ModelMetrics.of('production', 'chat')[metric](),
      ModelMetrics.of('production', 'chat')[metric](props),
    ]);
  });

  test('know the region of the model, for a dashboard elsewhere', () => {
    const stack = new Stack(testApp(), 'Serving', { env: { account: '111111111111', region: 'eu-west-1' } });
    const provider = ReleaseProvider.fromReleaseProviderAttributes(stack, 'Releases', {
      clusterName: 'test',
      platformServiceToken: 'platform',
      modelServiceToken: 'arn:model',
    });
    const chat = new ModelService(stack, 'Chat', {
      provider,
      environmentName: 'production',
      model: { repository: 'Qwen/Qwen3-8B', revision: REVISION },
      accelerator: Accelerator.G6E_XLARGE,
    });
    expect(chat.metricRequests()).toMatchObject({ region: 'eu-west-1', account: '111111111111' });
    new Alarm(stack, 'Alarm', { metric: chat.metricRequests(), threshold: 1, evaluationPeriods: 1 });
    new ModelAlarms(stack, 'Alarms', { model: chat, timeToFirstToken: Duration.seconds(2) });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'LlmPlatform/production',
      MetricName: 'llm_platform_requests_per_second',
      Dimensions: [{ Name: 'model', Value: 'chat' }],
      Statistic: 'Average',
      Period: 60,
    });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'production-chat-ttft',
      Dimensions: [{ Name: 'model', Value: 'chat' }],
      Threshold: 2,
    });
  });

  test('are refused where they would never have a value, with everything that is missing', () => {
    expect(() => service().metricRequests()).toThrow(
      /^Serving\/Chat:\n {2}environmentName: expected the name of the environment, got none; give the model that of the MetricBridge which brings its series$/,
    );
    expect(() => service().metricScalingAlerts()).toThrow(
      /metricScalingAlerts: expected a model that has this series, got one without autoscaling; .*\n {2}environmentName: expected/,
    );
    const model = service({ ...llama, environmentName: 'production' });
    for (const metric of ['metricTimeToFirstToken', 'metricErrorRatio', 'metricRequests'] as const) {
      expect(() => model[metric]()).toThrow(
        `${metric}: expected a model that has this series, got one whose engine does not export it; an alarm on it would never fire, leave it out`,
      );
    }
  });
});

describe('a model that leaves its stack, or comes from another', () => {
  const releaseOf = (model: ModelService) =>
    Object.values(Template.fromStack(Stack.of(model)).findResources('Custom::KubernetesRelease'))[0];
  const imported = (removalPolicy?: RemovalPolicy) => {
    const stack = new Stack(testApp(), 'Serving', { env: { account: '111111111111', region: 'us-east-1' } });
    const provider = ReleaseProvider.fromReleaseProviderAttributes(stack, 'Releases', {
      clusterName: 'test',
      platformServiceToken: 'platform',
      modelServiceToken: 'arn:model',
    });
    new ModelService(stack, 'Chat', {
      provider,
      model: { repository: 'Qwen/Qwen3-8B', revision: REVISION },
      accelerator: Accelerator.G6E_XLARGE,
      removalPolicy,
      weights: {
        path: `Qwen/Qwen3-8B/${REVISION}/0123456789ab`,
        manifestSha256: 'a'.repeat(64),
        storageCidrs: ['10.20.0.0/16'],
      },
      weightsBucket: ModelWeights.fromBucketAttributes(stack, 'Weights', { bucketName: 'llm-weights' }),
    });
    const resources = Object.values(
      (Template.fromStack(stack).toJSON() as { Resources: Record<string, { Type: string; DeletionPolicy?: string }> })
        .Resources,
    );
    return Object.fromEntries(resources.map(({ Type, DeletionPolicy }) => [Type, DeletionPolicy]));
  };

  test('takes a release over only when it is told to', () => {
    expect(releaseOf(service()).Properties).not.toHaveProperty('Adopt');
    expect(releaseOf(service({ adopt: true })).Properties).toMatchObject({ Adopt: true });
  });

  test('goes with its stack unless it is retained, with the identity by which it reads its weights', () => {
    expect(imported()).toEqual({
      'AWS::IAM::Role': undefined,
      'AWS::IAM::Policy': undefined,
      'AWS::EKS::PodIdentityAssociation': undefined,
      'Custom::KubernetesRelease': 'Delete',
    });
    expect(new Set(Object.values(imported(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)))).toEqual(
      new Set(['RetainExceptOnCreate']),
    );
    expect(new Set(Object.values(imported(RemovalPolicy.RETAIN)))).toEqual(new Set(['Retain']));
  });

  test('has no snapshot', () => {
    expect(() => service({ removalPolicy: RemovalPolicy.SNAPSHOT })).toThrow(
      /^Serving\/Chat:\n {2}removalPolicy: expected DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE, got SNAPSHOT; there is no snapshot of a model$/,
    );
  });
});

describe('callers that come later', () => {
  const releasesOf = (model: ModelService) =>
    Template.fromStack(Stack.of(model)).findResources('Custom::KubernetesRelease');

  test('are let in by a network policy of their own, which changes nothing of the model', () => {
    const model = service({ callers: [] });
    const before = JSON.stringify(model.release.objects);
    const release = model.allowFrom('WebApp', { namespaceLabels: { team: 'web' }, podLabels: { app: 'web' } });
    expect(release.objects).toEqual([
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: {
          name: 'chat-from-web-app',
          namespace: 'models',
          labels: { 'llm-platform.dev/model': 'chat', 'app.kubernetes.io/name': 'chat' },
        },
        spec: {
          podSelector: { matchLabels: { 'llm-platform.dev/model': 'chat' } },
          policyTypes: ['Ingress'],
          ingress: [
            {
              ports: [{ port: 8000, protocol: 'TCP' }],
              from: [
                { namespaceSelector: { matchLabels: { team: 'web' } }, podSelector: { matchLabels: { app: 'web' } } },
              ],
            },
          ],
        },
      },
    ]);
    expect(JSON.stringify(model.release.objects)).toBe(before);
    Template.fromStack(Stack.of(model)).hasResourceProperties('Custom::KubernetesRelease', {
      ServiceToken: 'arn:model',
      ReleaseName: 'chat-from-web-app',
      Namespace: 'models',
    });
  });

  test('are let in as callers that were known before are', () => {
    const callers = [{ namespaceLabels: { team: 'a' } }, { podLabels: { app: 'b' } }, {}];
    const model = service({ callers });
    const { ingress = [] } = find(model.release.objects, 'NetworkPolicy').spec;
    const later = callers.map(
      (caller, index) => find(model.allowFrom(`c${index}`, caller).objects, 'NetworkPolicy').spec.ingress ?? [],
    );
    expect(later.flatMap((rules) => rules.flatMap(({ from }) => from))).toEqual(ingress[0].from);
    expect(later.map((rules) => rules.map(({ ports }) => ports))).toEqual(callers.map(() => [ingress[0].ports]));
  });

  test('are moved, and stay, with their model', () => {
    const model = service({ adopt: true, removalPolicy: RemovalPolicy.RETAIN });
    model.allowFrom('web', {});
    const releases = Object.values(releasesOf(model)) as { DeletionPolicy: string; Properties: { Adopt?: boolean } }[];
    expect(releases.map(({ DeletionPolicy, Properties }) => [DeletionPolicy, Properties.Adopt])).toEqual([
      ['Retain', true],
      ['Retain', true],
    ]);
  });

  test('are refused when their id or labels are wrong, with every problem, or when there is one of the name', () => {
    const model = service();
    expect(() => model.allowFrom('my app', { podLabels: { app: 'a b' }, namespaceLabels: { '-': 'c' } })).toThrow(
      new RegExp(
        [
          '^Serving/Chat\\.allowFrom:',
          'id: expected letters, digits and hyphens, "chat-from-<id>" at most 63 characters, got "my app"; .*',
          'caller\\.namespaceLabels: expected labels as Kubernetes has them, got "-: c".*',
          'caller\\.podLabels: expected labels as Kubernetes has them, got "app: a b".*$',
        ].join('\\n  '),
      ),
    );
    expect(() => model.allowFrom('a'.repeat(54), {})).toThrow('id: expected letters, digits and hyphens');
    expect(model.allowFrom('a'.repeat(53), {}).releaseName).toHaveLength(63);
    model.allowFrom('web', {});
    expect(() => model.allowFrom('Web', { podLabels: { '-': 'c' } })).toThrow(
      /^Serving\/Chat\.allowFrom:\n {2}id: expected a name that no other caller of the model has, got "Web", which becomes "chat-from-web" again; rename it, capital letters make no difference\n {2}caller\.podLabels: /,
    );
  });
});

test('takes three quarters of its share of the node, shared memory included', () => {
  expect(engine(service()).resources).toEqual({
    requests: { cpu: '3', memory: '24Gi', 'ephemeral-storage': '102Gi', 'nvidia.com/gpu': '1' },
    limits: { memory: '24Gi', 'ephemeral-storage': '102Gi', 'nvidia.com/gpu': '1' },
  });
  expect(
    engine(service({ accelerator: Accelerator.G6_12XLARGE, gpus: 2, cacheSize: Size.gibibytes(300) })).resources,
  ).toEqual({
    requests: { cpu: '18', memory: '72Gi', 'ephemeral-storage': '302Gi', 'nvidia.com/gpu': '2' },
    limits: { memory: '72Gi', 'ephemeral-storage': '302Gi', 'nvidia.com/gpu': '2' },
  });
});

describe('a model on CPUs', () => {
  const llama = new LlamaCppEngine({
    image: EngineImage.fromReference('ghcr.io/ggml-org/llama.cpp:server-b11434'),
    file: 'm.gguf',
  });
  const onCpus = { image: undefined, engine: llama, accelerator: undefined, rollout: RolloutStrategy.rolling() };

  test('asks for what it is given, and for no GPU', () => {
    const model = service({ ...onCpus, resources: { cpus: 8, memory: Size.gibibytes(16) } });
    expect(engine(model).resources).toEqual({
      requests: { cpu: '8', memory: '16Gi', 'ephemeral-storage': '102Gi' },
      limits: { memory: '16Gi', 'ephemeral-storage': '102Gi' },
    });
    expect(model.peakGpus).toBe(0);
    expect(rollout(model).template.spec).not.toHaveProperty('nodeSelector');
  });

  test('must say what it needs', () => {
    expect(() => service(onCpus)).toThrow(
      'resources: expected the CPUs and memory of a replica that has no accelerator, got none; give both, or an accelerator',
    );
    expect(() => service({ ...onCpus, resources: { cpus: 0, memory: Size.mebibytes(512) } })).toThrow(
      /cpus: expected a whole number from 1, got 0.*\n.*resources\.memory: expected at least 2 GiB \(1 GiB of them shared memory\), got 512 MiB/,
    );
  });

  test('needs an engine that runs there', () => {
    const resources = { cpus: 8, memory: Size.gibibytes(16) };
    expect(() => service({ accelerator: undefined, resources })).toThrow(
      'accelerator: expected an instance type with GPUs, which the engine needs, got none; name it, or serve the model by an engine that runs on CPUs, such as LlamaCppEngine',
    );
    expect(() => service({ ...onCpus, resources, gpus: 1 })).toThrow(
      'accelerator: expected the instance type of 1 GPUs, got none',
    );
  });
});

test("resources of one's own take the place of the share of the node", () => {
  expect(engine(service({ resources: { cpus: 2, memory: Size.gibibytes(10) } })).resources?.requests).toMatchObject({
    cpu: '2',
    memory: '10Gi',
    'nvidia.com/gpu': '1',
  });
});

test('refuses devices that no engine has a build for', () => {
  expect(() => service({ accelerator: Accelerator.INF2_XLARGE })).toThrow(
    'accelerator: expected an instance type with NVIDIA GPUs, got inf2.xlarge; the engines here have no build for its devices',
  );
});

test('a canary that names no gates is judged by those of a model that names no strategy', () => {
  const templates = (rollout?: RolloutStrategy) =>
    service({ rollout })
      .release.objects.filter((object) => (object as { kind: string }).kind === 'AnalysisTemplate')
      .map((object) => (object as { metadata: { name: string } }).metadata.name);
  const steps = [{ weight: 25, hold: Duration.minutes(5) }];
  expect(templates(RolloutStrategy.canary({ steps }))).toEqual(templates());
  expect(templates()).toContain('chat-time-to-first-token');
  expect(templates(RolloutStrategy.canary({ steps, gates: [] }))).toEqual([]);
});

test('says how many GPUs a rollout takes, and what its weights will be', () => {
  const model = service({ rollout: RolloutStrategy.canary({ steps: [{ weight: 10 }] }) });
  expect(model.peakGpus).toBe(5);
  expect(model.effectiveWeights).toEqual([{ weight: 10, actualWeight: 20, canaryReplicas: 1, stableReplicas: 4 }]);
  Annotations.fromStack(Stack.of(model)).hasInfo(
    '/Serving/Chat',
    Match.stringLikeRegexp('a weight of 10 % will be 20 %'),
  );
});

test('tells what the version of its engine costs', () => {
  const told = (image: string) =>
    Annotations.fromStack(Stack.of(service({ image }))).findInfo(
      '*',
      Match.stringLikeRegexp('leaves SIGTERM to the web server'),
    );
  expect([told(IMAGE), told('vllm/vllm-openai:v0.18.1')].map(({ length }) => length)).toEqual([0, 1]);
});

test('takes its timings', () => {
  const spec = rollout(
    service({
      rollout: RolloutStrategy.rolling(),
      timings: {
        startupBudget: Duration.seconds(20),
        capacityBudget: Duration.seconds(10),
        probePeriod: Duration.seconds(1),
        preStop: Duration.seconds(3),
        shutdownTimeout: Duration.seconds(10),
        terminationGracePeriod: Duration.seconds(45),
      },
    }),
  );
  expect(spec.progressDeadlineSeconds).toBe(30);
  expect(spec.template.spec.terminationGracePeriodSeconds).toBe(45);
  expect(spec.template.spec.containers[0]).toMatchObject({
    readinessProbe: { periodSeconds: 1 },
    startupProbe: { periodSeconds: 1, failureThreshold: 20 },
    lifecycle: { preStop: { sleep: { seconds: 3 } } },
  });
});

describe('refuses', () => {
  test('everything that is wrong, at once', () => {
    expect(() =>
      service({
        model: { repository: 'Qwen3', revision: '' },
        image: 'vllm/vllm-openai',
        replicas: 0,
        gpus: 2,
        timings: { terminationGracePeriod: Duration.seconds(30) },
        rollout: RolloutStrategy.canary({ steps: [{ weight: 50 }, { weight: 25 }] }),
      }),
    ).toThrow(
      new RegExp(
        [
          '^Serving/Chat:',
          'model\\.repository: expected <organization>/<model>, got "Qwen3".*',
          'model\\.revision: expected a commit, tag or branch, got "".*',
          'gpus: expected at most the 1 of g6e\\.xlarge, got 2.*',
          'replicas: expected a whole number from 1, got 0.*',
          'timings\\.terminationGracePeriod: expected at least 105 .*, got 30.*',
          'image: expected a tag or a digest, got "vllm/vllm-openai".*',
          'rollout\\.steps: expected ascending weights, got 50, 25.*$',
        ].join('\\n  '),
      ),
    );
  });

  test('an image without a name, and an image beside an engine', () => {
    expect(() => service({ image: '' })).toThrow(
      /^Serving\/Chat:\n {2}image: expected <repository>:<tag> .*, got "".*$/,
    );
    expect(() => service({ engine: new VllmEngine({ image: EngineImage.fromReference(IMAGE) }) })).toThrow(
      /image: expected no image beside an engine, got "vllm\/vllm-openai:v0\.32\.0"/,
    );
  });

  test('an image without a digest where one is required, whichever way it is given', () => {
    expect(() => service({ requireDigest: true })).toThrow(
      /^Serving\/Chat:\n {2}image: expected a digest, got "vllm\/vllm-openai:v0\.32\.0".*$/,
    );
    expect(() =>
      service({
        requireDigest: true,
        image: undefined,
        engine: new VllmEngine({ image: EngineImage.fromReference(IMAGE) }),
      }),
    ).toThrow('image: expected a digest');
    expect(service({ requireDigest: true, image: `${IMAGE}@${DIGEST}` }).release.releaseName).toBe('chat');
  });

  test('a revision that may move where a digest is required', () => {
    const moving = { image: `${IMAGE}@${DIGEST}`, model: { repository: 'Qwen/Qwen3-8B', revision: 'main' } };
    expect(() => service({ ...moving, requireDigest: true })).toThrow(
      /^Serving\/Chat:\n {2}model\.revision: expected a commit of 40 hexadecimal digits, got "main".*$/,
    );
    expect(service(moving).release.releaseName).toBe('chat');
    const later = { repository: 'Qwen/Qwen3-8B', revision: Lazy.string({ produce: () => REVISION }) };
    expect(service({ ...moving, requireDigest: true, model: later }).release.releaseName).toBe('chat');
  });

  test('a token in the place of the name of its Secret', () => {
    expect(() => service({ hubTokenSecretName: 'hf_AbC' })).toThrow(
      /hubTokenSecretName: expected the name of a Secret, got "hf_AbC"; name one in the model's namespace, never the token itself/,
    );
    expect(engine(service({ hubTokenSecretName: 'hub' })).env).toContainEqual({
      name: 'HF_TOKEN',
      valueFrom: { secretKeyRef: { name: 'hub', key: 'token' } },
    });
    expect(
      resolveModel({
        namespace: 'models',
        modelName: 'chat',
        model: { repository: 'a/b', revision: 'c' },
        image: IMAGE,
        accelerator: Accelerator.G6E_XLARGE,
        replicas: 4,
        timings: { startupBudget: Duration.minutes(10) },
        hubTokenSecretName: Lazy.string({ produce: () => 'hub' }),
      }).problems,
    ).toEqual([]);
  });

  test('a hub token under another key, in another namespace or beside a name', () => {
    const release = service().release;
    const hubToken = { name: 'hub', namespace: 'gateway', keys: ['value'], release };
    expect(() => service({ hubToken, hubTokenSecretName: 'hub' })).toThrow(
      [
        'hubTokenSecretName: expected none beside hubToken, got one; leave one of them out',
        "hubToken: expected a Secret with the key token, got one with value; name the entry's key token",
        'hubToken: expected a Secret in models, the namespace of the model, got one in gateway; sync it there',
      ].join('\n  '),
    );
    const namespace = Lazy.string({ produce: () => 'models' });
    expect(engine(service({ hubToken: { ...hubToken, keys: ['token'], namespace } })).env).toContainEqual({
      name: 'HF_TOKEN',
      valueFrom: { secretKeyRef: { name: 'hub', key: 'token' } },
    });
  });

  test('times and sizes that are not whole, together with all that is wrong', () => {
    const { problems } = resolveModel({
      namespace: 'models',
      modelName: 'Chat',
      model: { repository: 'Qwen/Qwen3-8B', revision: REVISION },
      image: IMAGE,
      accelerator: Accelerator.G6E_XLARGE,
      replicas: 4,
      timings: {
        startupBudget: Duration.millis(1500),
        preStop: Duration.millis(500),
        terminationGracePeriod: Duration.millis(105_500),
      },
      cacheSize: Size.kibibytes(1024 * 1024 + 512),
      deadline: Duration.millis(500),
    });
    expect(problems.map((problem) => problem.split('; ')[0]).sort()).toEqual([
      'cacheSize: expected at least 1 GiB in whole MiB, got 1.00048828125 GiB',
      'deadline: expected 1 second to 55 minutes in whole seconds, got 0.5 seconds',
      expect.stringMatching(/^modelName: expected lower-case letters/),
      'timings.preStop: expected a whole number of seconds from 0, got 0.5',
      'timings.startupBudget: expected a whole number of seconds from 1, got 1.5',
      'timings.terminationGracePeriod: expected a whole number of seconds from 0, got 105.5',
    ]);
  });

  test.each<[string, Duration]>([
    ['0.5', Duration.millis(500)],
    ['NaN', Duration.seconds(NaN)],
    ['Infinity', Duration.seconds(Infinity)],
    ['a deploy-time value', Duration.minutes(Lazy.number({ produce: () => 1 }))],
  ])('a step held for %s seconds, once and without an error of the CDK', (given, hold) => {
    expect(() => service({ rollout: RolloutStrategy.canary({ steps: [{ weight: 50, hold }] }) })).toThrow(
      `Serving/Chat:\n  rollout.steps[0].hold: expected a whole number of seconds from 0, got ${given}; it is the time at this weight`,
    );
  });

  test('a deadline that CloudFormation does not wait for', () => {
    expect(() => service({ deadline: Duration.minutes(56) })).toThrow(
      /deadline: expected 1 second to 55 minutes in whole seconds, got 56 minutes/,
    );
  });

  test('a rollout that takes longer than its deadline, unless it is detached', () => {
    const steps = [
      { weight: 25, hold: Duration.seconds(1800) },
      { weight: 50, hold: Duration.seconds(1800) },
    ];
    expect(() => service({ rollout: RolloutStrategy.canary({ steps }) })).toThrow(
      /^Serving\/Chat:\n {2}rollout: expected less than the deadline of 55 minutes, got 87 minutes .*set detached$/,
    );
    Template.fromStack(
      Stack.of(service({ rollout: RolloutStrategy.canary({ steps, detached: true }) })),
    ).hasResourceProperties('Custom::KubernetesRelease', { Detached: true });
  });
});

test('deploy-time values travel as properties of the release', () => {
  const model = service({
    image: undefined,
    engine: new VllmEngine({
      image: EngineImage.fromReference(Lazy.string({ produce: () => 'registry/vllm:v0.32.0' })),
      version: '0.32.0',
    }),
    requireDigest: true,
  });
  expect(JSON.stringify(rollout(model))).not.toContain('${Token[');
  Template.fromStack(Stack.of(model)).hasResourceProperties('Custom::KubernetesRelease', {
    Values: { v0: 'registry/vllm:v0.32.0' },
  });
});
