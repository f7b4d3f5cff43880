import { BlockList } from 'node:net';
import { Duration, Lazy, Size } from 'aws-cdk-lib';
import type { Probe } from 'kubernetes-types/core/v1';
import { Accelerator } from '../../../constructs/gpu/accelerator';
import { EngineImage } from '../../../constructs/models/engine-image';
import { HealthGate } from '../../../constructs/rollout/health-gate';
import { RolloutStrategy } from '../../../constructs/rollout/rollout-strategy';
import { VllmEngine } from '../../../constructs/serving/engines/vllm-engine';
import { engineOf, find, modelOptions, render, problemsOf } from './model';

/** Whether an address lies in a range. */
function holds(range: string, address: string): boolean {
  const [network, size] = range.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(size));
  return list.check(address);
}

describe('objects of a model', () => {
  test('are these, all in the namespace and labeled with the model', () => {
    const objects = render({ configFiles: { 'chat.jinja': '{{ messages }}' } });
    expect(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort()).toEqual([
      'AnalysisTemplate/chat-bake',
      'AnalysisTemplate/chat-error-ratio',
      'AnalysisTemplate/chat-forward-progress',
      'AnalysisTemplate/chat-refused-requests',
      'AnalysisTemplate/chat-synthetic-request',
      'AnalysisTemplate/chat-time-to-first-token',
      'AnalysisTemplate/chat-unfinished-answers',
      'AnalysisTemplate/chat-verdict',
      'ConfigMap/chat-config',
      'NetworkPolicy/chat',
      'PodDisruptionBudget/chat',
      'PodMonitor/chat',
      'Rollout/chat',
      'Service/chat',
      'Service/chat-canary',
      'ServiceAccount/chat',
    ]);
    for (const { metadata } of objects) {
      expect(metadata).toMatchObject({
        namespace: 'models',
        labels: { 'llm-platform.dev/model': 'chat', 'app.kubernetes.io/name': 'chat' },
      });
    }
  });

  test('the Service that callers use selects the pods of both revisions, and Argo manages only the one of the canary', () => {
    const objects = render();
    expect(find(objects, 'Service', 'chat').spec).toEqual({
      selector: { 'llm-platform.dev/model': 'chat' },
      ports: [{ name: 'http', port: 8000, targetPort: 'http', protocol: 'TCP' }],
    });
    const { canary } = find(objects, 'Rollout').spec.strategy;
    expect(canary?.canaryService).toBe('chat-canary');
    expect(canary).not.toHaveProperty('stableService');
  });

  test('the PodMonitor tells revisions apart by the pod-template hash', () => {
    expect(
      find(
        render({ timings: { scrapeInterval: Duration.seconds(1) }, rollout: RolloutStrategy.rolling() }),
        'PodMonitor',
      ).spec,
    ).toEqual({
      selector: { matchLabels: { 'llm-platform.dev/model': 'chat' } },
      podTargetLabels: ['llm-platform.dev/model', 'llm-platform.dev/revision'],
      podMetricsEndpoints: [
        {
          port: 'http',
          path: '/metrics',
          interval: '1s',
          scrapeTimeout: '1s',
          relabelings: [
            {
              action: 'replace',
              sourceLabels: ['__meta_kubernetes_pod_label_rollouts_pod_template_hash'],
              targetLabel: 'rollouts_pod_template_hash',
            },
          ],
        },
      ],
    });
  });

  test('the NetworkPolicy lets callers, Prometheus and the rollout controller in, and names and the hub out', () => {
    const {
      ingress = [],
      egress = [],
      policyTypes,
    } = find(
      render({ callers: [{ namespaceLabels: { team: 'a' } }, { podLabels: { app: 'gateway' } }] }),
      'NetworkPolicy',
    ).spec;
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
    expect(ingress.map(({ ports }) => ports)).toEqual(Array(3).fill([{ port: 8000, protocol: 'TCP' }]));
    expect(ingress[0].from).toEqual([
      { namespaceSelector: { matchLabels: { team: 'a' } } },
      { podSelector: { matchLabels: { app: 'gateway' } } },
    ]);
    expect(ingress[1].from?.[0].namespaceSelector?.matchLabels).toEqual({
      'kubernetes.io/metadata.name': 'monitoring',
    });
    expect(egress.flatMap(({ ports = [] }) => ports.map(({ port }) => port))).toEqual([53, 53, 443]);
  });

  test.each(['10.20.3.4', '172.20.0.1', '10.100.0.1', '192.168.1.1', '100.64.0.9', '169.254.169.254', '198.19.0.1'])(
    'a pod that downloads from the hub does not reach %s',
    (address) => {
      const { egress = [] } = find(render(), 'NetworkPolicy').spec;
      const blocks = egress.flatMap(({ to = [] }) => to.flatMap(({ ipBlock }) => ipBlock ?? []));
      expect(
        blocks.filter(
          ({ cidr, except = [] }) => holds(cidr, address) && !except.some((range) => holds(range, address)),
        ),
      ).toEqual([]);
      expect(
        blocks.some(
          ({ cidr, except = [] }) => holds(cidr, '18.64.1.1') && !except.some((range) => holds(range, '18.64.1.1')),
        ),
      ).toBe(true);
    },
  );

  test('weights in a directory need no way out but for names', () => {
    const { egress = [] } = find(
      render({ model: { repository: '/models/chat', revision: 'r1' } }),
      'NetworkPolicy',
    ).spec;
    expect(egress.flatMap(({ ports = [] }) => ports.map(({ port }) => port))).toEqual([53, 53]);
  });

  test('without callers only Prometheus and the rollout controller get in; by default the own namespace does too', () => {
    const sources = (overrides: Parameters<typeof modelOptions>[0]) =>
      find(render(overrides), 'NetworkPolicy').spec.ingress?.map(({ from }) => from);
    const prometheus = [
      expect.objectContaining({ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } } }),
    ];
    const controller = [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'argo-rollouts' } },
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'argo-rollouts' } },
      },
    ];
    expect(sources({ callers: [] })).toEqual([prometheus, controller]);
    expect(sources({})).toEqual([[{ podSelector: {} }], prometheus, controller]);
    // Nobody gets in who has nothing to ask.
    expect(
      sources({ rollout: RolloutStrategy.canary({ steps: [{ weight: 25 }], gates: [HealthGate.forwardProgress()] }) }),
    ).toEqual([[{ podSelector: {} }], prometheus]);
  });

  test('files go to a ConfigMap that is named by its content, and are mounted', () => {
    const objects = render({ configFiles: { 'chat.jinja': 'x' } });
    expect(find(objects, 'ConfigMap')).toMatchObject({
      metadata: { annotations: { 'llm-platform.dev/content-named': 'true' } },
      data: { 'chat.jinja': 'x' },
    });
    const { volumes, containers } = find(objects, 'Rollout').spec.template.spec;
    expect(volumes).toContainEqual({ name: 'config', configMap: { name: 'chat-config' } });
    expect(containers[0].volumeMounts).toContainEqual({ name: 'config', mountPath: '/etc/engine', readOnly: true });
  });
});

describe('Rollout', () => {
  test('aborts by itself when a replica does not come up within startup and capacity budget', () => {
    expect(
      find(
        render({ timings: { startupBudget: Duration.seconds(600), capacityBudget: Duration.seconds(300) } }),
        'Rollout',
      ).spec,
    ).toMatchObject({
      replicas: 4,
      revisionHistoryLimit: 3,
      progressDeadlineSeconds: 900,
      progressDeadlineAbort: true,
      selector: { matchLabels: { 'llm-platform.dev/model': 'chat' } },
    });
  });

  test('carries the revision, shortened where it is no legal label', () => {
    const KEY = 'llm-platform.dev/revision';
    const label = (revision: string) => {
      const { metadata, spec } = find(render({ model: { repository: 'Qwen/Qwen3-8B', revision } }), 'Rollout');
      const { [KEY]: value } = metadata.labels ?? {};
      expect(spec.template.metadata?.labels?.[KEY]).toBe(value);
      return value;
    };
    expect(label('v1.2')).toBe('v1.2');
    expect(label('refs/pr/1')).toMatch(/^refs-pr-1-[0-9a-f]{10}$/);
    expect(label('refs/pr/1')).not.toBe(label('refs-pr/1'));
    const long = 'x'.repeat(80);
    expect(label(long)).toMatch(/^x{52}-[0-9a-f]{10}$/);
    expect(label(long)).not.toBe(label(`${long}x`));
    expect(label('-/-')).toMatch(/^[0-9a-f]{10}$/);
  });
});

describe('pod', () => {
  const pod = (overrides: Parameters<typeof modelOptions>[0] = {}) =>
    find(render(overrides), 'Rollout').spec.template.spec;

  const engine = (overrides: Parameters<typeof modelOptions>[0] = {}) => engineOf(render(overrides));

  test('passes Pod Security "restricted"', () => {
    const { securityContext, containers, volumes, hostNetwork, hostPID, hostIPC } = pod();
    expect(securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 2000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(containers).toHaveLength(1);
    expect(containers[0].securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(volumes?.map((volume) => Object.keys(volume).find((key) => key !== 'name'))).toEqual([
      'emptyDir',
      'emptyDir',
      'emptyDir',
    ]);
    expect([hostNetwork, hostPID, hostIPC]).toEqual([undefined, undefined, undefined]);
  });

  test('has no credentials of Kubernetes and no variables of Services', () => {
    expect(pod()).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      serviceAccountName: 'chat',
    });
  });

  test('asks for its GPUs on nodes of its accelerator, with request and limit the same', () => {
    const spec = pod({
      accelerator: Accelerator.G6_12XLARGE,
      gpus: 2,
      resources: { cpus: 3, memory: Size.gibibytes(24) },
    });
    expect(spec.nodeSelector).toEqual({ 'llm-platform.dev/accelerator': 'g6.12xlarge' });
    expect(spec.tolerations).toEqual([{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }]);
    expect(spec.containers[0].resources).toEqual({
      requests: { cpu: '3', memory: '24Gi', 'ephemeral-storage': '102Gi', 'nvidia.com/gpu': '2' },
      limits: { memory: '24Gi', 'ephemeral-storage': '102Gi', 'nvidia.com/gpu': '2' },
    });
  });

  test('asks the node for all that it may write', () => {
    const spec = pod({ cacheSize: Size.gibibytes(40) });
    expect(spec.volumes).toEqual(
      expect.arrayContaining([
        { name: 'cache', emptyDir: { sizeLimit: '40Gi' } },
        { name: 'tmp', emptyDir: { sizeLimit: '1Gi' } },
      ]),
    );
    expect(spec.containers[0].resources).toMatchObject({
      requests: { 'ephemeral-storage': '42Gi' },
      limits: { 'ephemeral-storage': '42Gi' },
    });
  });

  test('counts shared memory into its limit, in canonical quantities', () => {
    const spec = pod();
    expect(spec.volumes).toContainEqual({ name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } });
    expect(spec.containers[0].resources?.limits?.memory).toBe('12Gi');
    expect(JSON.stringify(spec)).not.toMatch(/1024Mi|1000m/);
  });

  test.each([
    [1200, { periodSeconds: 10, failureThreshold: 120 }],
    [600, { periodSeconds: 10, failureThreshold: 60 }],
    [90, { periodSeconds: 1, failureThreshold: 90 }],
    [605, { periodSeconds: 10, failureThreshold: 61 }],
  ])('spreads a startup budget of %d s over probes', (startupBudgetSeconds, expected) => {
    expect(engine({ timings: { startupBudget: Duration.seconds(startupBudgetSeconds) } }).startupProbe).toMatchObject({
      httpGet: { path: '/health', port: 'http' },
      ...expected,
    });
  });

  test('is slower to restart than to take out of service', () => {
    const limit = (probe?: Probe) => (probe?.periodSeconds ?? 0) * (probe?.failureThreshold ?? 0);
    const { readinessProbe, livenessProbe } = engine();
    expect(limit(readinessProbe)).toBe(10);
    expect(limit(livenessProbe)).toBe(60);
  });

  test('drains: load balancers first, then requests in flight, then the end', () => {
    const spec = pod({ timings: { preStop: Duration.seconds(20), shutdownTimeout: Duration.seconds(120) } });
    expect(spec.containers[0].lifecycle).toEqual({ preStop: { sleep: { seconds: 20 } } });
    expect(spec.containers[0].args).toContain('--shutdown-timeout=120');
    expect(spec.terminationGracePeriodSeconds).toBe(170);
  });

  test('spreads over zones and nodes where it can', () => {
    expect(
      pod().topologySpreadConstraints?.map(({ topologyKey, whenUnsatisfiable }) => [topologyKey, whenUnsatisfiable]),
    ).toEqual([
      ['topology.kubernetes.io/zone', 'ScheduleAnyway'],
      ['kubernetes.io/hostname', 'ScheduleAnyway'],
    ]);
  });

  test('reads the token of the hub from a Secret', () => {
    expect(engine({ hubTokenSecretName: 'hub' }).env).toContainEqual({
      name: 'HF_TOKEN',
      valueFrom: { secretKeyRef: { name: 'hub', key: 'token' } },
    });
  });
});

describe('vLLM', () => {
  const image = EngineImage.fromReference('vllm/vllm-openai:v0.32.0');
  const container = (engine: VllmEngine) =>
    engineOf(render({ engine, accelerator: Accelerator.G6_12XLARGE, gpus: 2, maxModelLen: 8192 }));

  test('serves the model at its revision', () => {
    expect(container(new VllmEngine({ image, extraArgs: ['--seed=8'] }))).toMatchObject({
      image: 'vllm/vllm-openai:v0.32.0',
      command: ['vllm', 'serve'],
      args: [
        'Qwen/Qwen3-8B',
        '--revision=b968826d9c46dd6066d109eabc6255188de91218',
        '--served-model-name=chat',
        '--port=8000',
        '--tensor-parallel-size=2',
        '--max-model-len=8192',
        '--gpu-memory-utilization=0.9',
        '--shutdown-timeout=60',
        '--disable-access-log-for-endpoints=/health,/metrics',
        '--seed=8',
      ],
    });
  });

  test('writes to the cache volume only', () => {
    const { env, volumeMounts } = container(new VllmEngine({ image }));
    expect(volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(['/cache', '/tmp', '/dev/shm']);
    const directories = (env ?? [])
      .filter(({ name }) => /^HOME$|_HOME$|_DIR$|_ROOT$/.test(name))
      .map(({ value }) => value);
    expect(directories).toHaveLength(5);
    for (const directory of directories) expect(directory).toMatch(/^\/cache/);
  });

  test('refuses what it cannot serve', () => {
    const engine = new VllmEngine({
      image: EngineImage.fromReference('vllm/vllm-openai:v0.17.2'),
      gpuMemoryUtilization: 1.2,
      extraArgs: ['--port', '--shutdown_timeout=1'],
    });
    expect(problemsOf({ engine, maxModelLen: 0 })).toEqual([
      'maxModelLen: expected a whole number from 1, got 0; it is the longest context in tokens',
      'engine.version: expected vLLM 0.18 or newer, got 0.17.2; older ones drop requests in flight when a pod ends',
      expect.stringContaining('engine.gpuMemoryUtilization: expected more than 0 and at most 1, got 1.2'),
      expect.stringContaining('engine.extraArgs: expected no --port, got --port'),
      expect.stringContaining(
        'engine.extraArgs: expected no --shutdown-timeout, got --shutdown_timeout; set shutdownTimeout',
      ),
    ]);
  });

  test('asks for the version of an image that does not give it', () => {
    const digest = EngineImage.fromReference(`vllm/vllm-openai@sha256:${'ab'.repeat(32)}`);
    expect(problemsOf({ engine: new VllmEngine({ image: digest }) })).toEqual([
      expect.stringContaining('engine.version: expected a version of vLLM'),
    ]);
    expect(problemsOf({ engine: new VllmEngine({ image: digest, version: '0.20.0' }) })).toEqual([]);
  });
});

describe('problems of a model', () => {
  test('are listed all at once', () => {
    expect(
      problemsOf({
        modelName: '1Chat',
        namespace: 'Models',
        replicas: 0,
        gpus: 0,
        resources: { cpus: 0.5, memory: Size.mebibytes(1034) },
        timings: { shutdownTimeout: Duration.seconds(0) },
        configFiles: { 'a/b': '' },
      }),
    ).toEqual([
      'modelName: expected lower-case letters, digits and hyphens, a letter first, at most 46 characters, got "1Chat"; rename it, it becomes the name of a Service and of pods',
      'namespace: expected a DNS label of at most 63 characters, got "Models"; use the name of an existing namespace',
      'replicas: expected a whole number from 1, got 0; a model without a replica answers nobody',
      'gpus: expected a whole number from 1, got 0; give the number of GPUs of a replica',
      'resources.cpus: expected a whole number from 1, got 0.5; an engine needs a CPU of its own',
      'resources.memory: expected at least 2 GiB (1 GiB of them shared memory), got 1.009765625 GiB; an engine needs more than 1 GiB beside the GPU',
      'timings.shutdownTimeout: expected a whole number of seconds from 1, got 0; with 0 the engine aborts the requests in flight',
      "configFiles: expected names of letters, digits, '-', '_' and '.', got \"a/b\"; they become keys of a ConfigMap",
    ]);
  });

  test('a grace period shorter than the drain', () => {
    expect(problemsOf({ timings: { terminationGracePeriod: Duration.seconds(104) } })).toEqual([
      'timings.terminationGracePeriod: expected at least 105 seconds (15 until the engine is told, 60 for requests in flight, 30 to end), got 104; requests in flight would be cut off, lengthen it or shorten the drain',
    ]);
    expect(problemsOf({ timings: { terminationGracePeriod: Duration.seconds(105) } })).toEqual([]);
  });

  test('a name too long for its pods', () => {
    expect(problemsOf({ modelName: 'm'.repeat(46) })).toEqual([]);
    expect(problemsOf({ modelName: 'm'.repeat(47) })).toHaveLength(1);
  });

  test('a gate for which the engine has no metric', () => {
    const vllm = new VllmEngine({ image: EngineImage.fromReference('vllm/vllm-openai:v0.32.0') });
    const engine = {
      problems: () => [],
      bind: (options: Parameters<VllmEngine['bind']>[0]) => ({ ...vllm.bind(options), metrics: {} }),
    };
    expect(problemsOf({ engine, rollout: RolloutStrategy.rolling({ gates: [HealthGate.queueTime()] }) })).toEqual([
      'rollout.gates.queueTime: expected an engine that exports queueTime, got one that does not; drop the gate or use another engine',
    ]);
  });

  test('deploy-time values are not judged, and stay where they are', () => {
    const text = Lazy.string({ produce: () => 'x' });
    const overrides = {
      namespace: text,
      model: { repository: text, revision: text },
      replicas: Lazy.number({ produce: () => 3 }),
      engine: new VllmEngine({ image: EngineImage.fromReference(text), version: '0.32.0' }),
    };
    expect(problemsOf(overrides)).toEqual([]);
    const rollout = find(render(overrides), 'Rollout');
    expect(rollout.spec.replicas).toBe(overrides.replicas);
    expect(rollout.spec.template.spec.containers[0]).toMatchObject({
      image: text,
      args: expect.arrayContaining([text, `--revision=${text}`]),
    });
  });
});
