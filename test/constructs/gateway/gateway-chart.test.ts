import { Duration } from 'aws-cdk-lib';
import { nameByContent } from '../../../constructs/kubernetes/contract/content-names';
import type { KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';
import { BedrockModel, InferenceProfile } from '../../../constructs/model-providers';
import { HealthGate } from '../../../constructs/rollout/health-gate';
import { RolloutStrategy } from '../../../constructs/rollout/rollout-strategy';
import { find, inCluster, modelOf, openAi, render, secretOf, stack, tenantOf } from './gateway';

const podOf = (...given: Parameters<typeof render>) => find(render(...given), 'Rollout').spec.template.spec;
const containerOf = (...given: Parameters<typeof render>) => podOf(...given).containers[0];

test('is one release of these objects', () => {
  const objects = render().map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
  expect(objects.sort()).toEqual([
    'AnalysisTemplate gateway/gateway-bake',
    'AnalysisTemplate gateway/gateway-error-ratio',
    'AnalysisTemplate gateway/gateway-refused-requests',
    'AnalysisTemplate gateway/gateway-unfinished-answers',
    'AnalysisTemplate gateway/gateway-verdict',
    'ConfigMap gateway/gateway-config',
    'HorizontalPodAutoscaler gateway/gateway',
    'NetworkPolicy gateway/gateway',
    'PodDisruptionBudget gateway/gateway',
    'PodMonitor gateway/gateway',
    'Rollout gateway/gateway',
    'Service gateway/gateway',
    'Service gateway/gateway-canary',
    'ServiceAccount gateway/gateway',
  ]);
});

describe('pods', () => {
  test('pass Pod Security "restricted" and have no token of the API server', () => {
    const pod = podOf();
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(pod.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    });
    expect(pod.volumes!.map((volume) => Object.keys(volume).filter((key) => key !== 'name')[0])).toEqual([
      'configMap',
      'secret',
      'emptyDir',
    ]);
  });

  test.each([
    [undefined, 600],
    [Duration.minutes(2), 120],
  ])('drain: with a request timeout of %s each request has its whole time', (requestTimeout, seconds) => {
    const pod = podOf({ requestTimeout });
    const { env, lifecycle } = pod.containers[0];
    const preStop = lifecycle!.preStop!.sleep!.seconds;
    const shutdown = Number(env!.find(({ name }) => name === 'GRACEFUL_SHUTDOWN_TIMEOUT')!.value);
    expect(preStop).toBe(20);
    expect(shutdown).toBe(seconds);
    // LiteLLM takes 10 s more to tear down.
    expect(pod.terminationGracePeriodSeconds!).toBeGreaterThanOrEqual(preStop + shutdown + 10);
  });

  test('are spread over zones and nodes', () => {
    expect(podOf().topologySpreadConstraints!.map(({ topologyKey }) => topologyKey)).toEqual([
      'topology.kubernetes.io/zone',
      'kubernetes.io/hostname',
    ]);
  });

  test('are asked on the port that no caller reaches', () => {
    const { ports, startupProbe, readinessProbe, livenessProbe } = containerOf();
    expect(ports!.map(({ name, containerPort }) => [name, containerPort])).toEqual([
      ['http', 8000],
      ['management', 8001],
    ]);
    for (const probe of [startupProbe, readinessProbe, livenessProbe]) expect(probe!.httpGet!.port).toBe('management');
    expect(startupProbe!.failureThreshold! * startupProbe!.periodSeconds!).toBe(180);
  });

  test('have one CPU, memory that cannot grow, and no limit of CPU', () => {
    expect(containerOf().resources).toEqual({
      requests: { cpu: '1', memory: '1Gi', 'ephemeral-storage': '256Mi' },
      limits: { memory: '1Gi', 'ephemeral-storage': '256Mi' },
    });
  });

  test('get keys from Secrets by name', () => {
    const { env, volumeMounts } = containerOf({
      models: [modelOf(inCluster('chat')), modelOf(openAi('chat-spare'))],
      redis: { host: 'redis.cache.svc', passwordSecret: secretOf('redis') },
    });
    expect(env).toEqual(
      expect.arrayContaining([
        { name: 'POLICY_CONFIG', value: '/etc/llm-gateway/policy/policy.json' },
        {
          name: 'MODEL_KEY_CHAT_SPARE',
          valueFrom: { secretKeyRef: { name: 'gateway-model-keys', key: 'MODEL_KEY_CHAT_SPARE' } },
        },
        { name: 'REDIS_PASSWORD', valueFrom: { secretKeyRef: { name: 'gateway-redis', key: 'password' } } },
        { name: 'REDIS_URL', value: 'rediss://:$(REDIS_PASSWORD)@redis.cache.svc:6379/0' },
      ]),
    );
    const names = env!.map(({ name }) => name);
    expect(names.indexOf('REDIS_PASSWORD')).toBeLessThan(names.indexOf('REDIS_URL'));
    expect(volumeMounts).toContainEqual({ name: 'tenant-keys', mountPath: '/etc/llm-gateway/keys', readOnly: true });
    expect(podOf().volumes).toContainEqual({
      name: 'tenant-keys',
      secret: { secretName: 'gateway-tenant-keys', defaultMode: 0o440 },
    });
  });

  test('reach a Redis without password or encryption where both are declined', () => {
    const { env } = containerOf({ redis: { host: 'redis.cache.svc', port: 6380, tls: false } });
    expect(env!.filter(({ name }) => name.startsWith('REDIS'))).toEqual([
      { name: 'REDIS_URL', value: 'redis://redis.cache.svc:6380/0' },
    ]);
  });

  test('act as an IAM role where a model is at AWS, and are not admitted without it', () => {
    const labels = (models = [modelOf(inCluster('chat'))]) =>
      find(render({ models }), 'Rollout').spec.template.metadata.labels;
    expect(labels()).not.toHaveProperty(['llm-platform.dev/aws-identity']);
    const nova = new BedrockModel(stack, 'Nova', {
      modelName: 'nova',
      profile: InferenceProfile.fromProfileId('us.amazon.nova-pro-v1:0'),
    });
    expect(labels([modelOf(inCluster('chat')), modelOf(nova)])).toMatchObject({
      'llm-platform.dev/aws-identity': 'required',
    });
  });
});

test('the configuration is immutable and named by its content, and pods of each revision keep theirs', () => {
  const nameOf = (requestsPerMinute: number) => {
    const objects = nameByContent(
      render({ tenants: [tenantOf('search', { requestsPerMinute })] }) as unknown as KubernetesObject[],
    );
    const config = find(objects, 'ConfigMap');
    expect(config).toMatchObject({ immutable: true });
    expect(find(objects, 'Rollout').spec.template.spec.volumes).toContainEqual({
      name: 'config',
      configMap: { name: config.metadata.name },
    });
    return config.metadata.name;
  };
  expect(nameOf(60)).toMatch(/^gateway-config-[0-9a-f]{10}$/);
  expect(nameOf(60)).not.toBe(nameOf(61));
});

describe('replicas', () => {
  test('follow the CPU, from two to four times as many', () => {
    expect(find(render(), 'HorizontalPodAutoscaler').spec).toMatchObject({
      scaleTargetRef: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'gateway' },
      minReplicas: 2,
      maxReplicas: 8,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
      ],
    });
  });

  test('may be one less at a time', () => {
    expect(find(render(), 'PodDisruptionBudget').spec).toEqual({
      maxUnavailable: 1,
      selector: { matchLabels: { 'llm-platform.dev/gateway': 'gateway' } },
    });
  });
});

describe('rollout', () => {
  test('is a canary that is judged by the metrics of the gateway itself', () => {
    const objects = render();
    expect(find(objects, 'Rollout').spec.strategy.canary!.steps!.length).toBeGreaterThan(2);
    const queries = JSON.stringify(objects.filter(({ kind }) => kind === 'AnalysisTemplate'));
    expect(queries).toContain('llm_gateway_requests_total{namespace=\\"gateway\\"');
    expect(queries).toContain('route=~\\"/v1/.*\\",status_code=~\\"5..\\"');
    expect(queries).not.toContain('vllm:');
  });

  test('is the one that was asked for, with the gates of a gateway where it names none', () => {
    const steps = [{ weight: 50, hold: Duration.minutes(3) }];
    const gatesOf = (rollout: RolloutStrategy) =>
      render({ rollout })
        .filter(({ kind }) => kind === 'AnalysisTemplate')
        .map(({ metadata }) => metadata.name);
    expect(gatesOf(RolloutStrategy.canary({ steps }))).toContain('gateway-refused-requests');
    expect(gatesOf(RolloutStrategy.canary({ steps, gates: [HealthGate.errorRatio()] }))).not.toContain(
      'gateway-refused-requests',
    );
    expect(gatesOf(RolloutStrategy.rolling())).toEqual([]);
  });

  test('tells revisions apart by the hash that the PodMonitor copies', () => {
    const { podMetricsEndpoints } = find(render(), 'PodMonitor').spec;
    expect(podMetricsEndpoints).toEqual([
      {
        port: 'management',
        path: '/metrics',
        interval: '15s',
        scrapeTimeout: '10s',
        relabelings: [
          {
            action: 'replace',
            sourceLabels: ['__meta_kubernetes_pod_label_rollouts_pod_template_hash'],
            targetLabel: 'rollouts_pod_template_hash',
          },
        ],
      },
    ]);
  });
});
