import { Accelerator } from '../../../constructs/gpu/accelerator';
import { Size } from 'aws-cdk-lib';
import { App } from 'cdk8s';
import type { Deployment } from 'kubernetes-types/apps/v1';
import type { ConfigMap, Service } from 'kubernetes-types/core/v1';
import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1';
import { RolloutStrategy } from '../../../constructs/rollout/rollout-strategy';
import { EndpointPickerRbacChart } from '../../../constructs/routing/endpoint-picker-rbac-chart';
import {
  ModelRouting,
  EndpointPickerFailureMode,
  type EndpointPickerOptions,
} from '../../../constructs/routing/model-routing';
import { type IInferenceEngine } from '../../../constructs/serving/inference-engine';
import { type ModelOptions } from '../../../constructs/serving/model-options';
import { modelOptions, type Rendered, render, problemsOf } from '../serving/model';

const GATEWAY: EndpointPickerOptions = {
  gatewayName: 'inference',
  gatewayNamespace: 'gateways',
  hostname: 'chat.example.com',
};
const aware = (options: Partial<EndpointPickerOptions> = {}) => ModelRouting.prefixAware({ ...GATEWAY, ...options });

interface Plugin {
  type: string;
  parameters?: Record<string, unknown>;
}
interface PickerConfig {
  apiVersion: string;
  kind: string;
  plugins: Plugin[];
  schedulingProfiles: { name: string; plugins: { pluginRef: string; weight: number }[] }[];
}
interface Pool {
  apiVersion: string;
  spec: {
    selector: { matchLabels: Record<string, string> };
    targetPorts: { number: number }[];
    endpointPickerRef: object;
  };
}
interface Route {
  spec: { parentRefs: object[]; hostnames: string[]; rules: { backendRefs: object[] }[] };
}

const one = <T>(objects: Rendered[], kind: string, name: string): T => {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name === name);
  expect(found).toHaveLength(1);
  return found[0] as Rendered & T;
};
const configOf = (overrides: Partial<ModelOptions>) =>
  JSON.parse(one<ConfigMap>(render(overrides), 'ConfigMap', 'chat-picker').data!['config.yaml']) as PickerConfig;
const weights = (overrides: Partial<ModelOptions>) =>
  Object.fromEntries(
    configOf(overrides).schedulingProfiles[0].plugins.map(({ pluginRef, weight }) => [pluginRef, weight]),
  );
const problems = (options: Partial<EndpointPickerOptions>, overrides: Partial<ModelOptions> = {}) =>
  problemsOf({ routing: aware(options), ...overrides });

/** The engine of the model with other metrics. */
function engineWith(metrics: object): IInferenceEngine {
  const engine = modelOptions().engine!;
  return {
    problems: (options) => engine.problems(options),
    bind: (options) => ({ ...engine.bind(options), metrics: { ...engine.bind(options).metrics, ...metrics } }),
  };
}

test('round robin is the Service, and nothing else', () => {
  const kinds = (routing?: ModelRouting) => render({ routing }).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  expect(kinds(ModelRouting.roundRobin())).toEqual(kinds());
  expect(kinds().filter((kind) => /InferencePool|HTTPRoute|picker/.test(kind))).toEqual([]);
});

describe('an endpoint picker', () => {
  const objects = render({ routing: aware() });

  test('adds a pool of the replicas that any of them may answer for while no endpoint picker does', () => {
    const pool = one<Pool>(objects, 'InferencePool', 'chat');
    expect(pool.apiVersion).toBe('inference.networking.k8s.io/v1');
    expect(pool.spec).toEqual({
      selector: { matchLabels: { 'llm-platform.dev/model': 'chat' } },
      targetPorts: [{ number: 8000 }],
      endpointPickerRef: { name: 'chat-picker', port: { number: 9002 }, failureMode: 'FailOpen' },
    });
    const closed = render({ routing: aware({ failureMode: EndpointPickerFailureMode.FAIL_CLOSE }) });
    expect(one<Pool>(closed, 'InferencePool', 'chat').spec.endpointPickerRef).toMatchObject({
      failureMode: 'FailClose',
    });
  });

  test('is reached through the gateway that is named', () => {
    expect(one<Route>(objects, 'HTTPRoute', 'chat').spec).toMatchObject({
      parentRefs: [{ name: 'inference', namespace: 'gateways' }],
      hostnames: ['chat.example.com'],
      rules: [{ backendRefs: [{ group: 'inference.networking.k8s.io', kind: 'InferencePool', name: 'chat' }] }],
    });
  });

  test('runs twice, on different nodes and zones where it can, one of them always there', () => {
    const { spec } = one<Deployment>(objects, 'Deployment', 'chat-picker');
    expect(spec).toMatchObject({ replicas: 2, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } });
    expect(spec?.template.spec?.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).toEqual([
      'topology.kubernetes.io/zone',
      'kubernetes.io/hostname',
    ]);
    expect(one<{ spec: object }>(objects, 'PodDisruptionBudget', 'chat-picker').spec).toEqual({
      maxUnavailable: 1,
      selector: { matchLabels: spec?.selector.matchLabels },
    });
    // Elected endpoint pickers other than the leader are never ready: the release would wait for them until its deadline.
    expect(spec?.template.spec?.containers[0].args?.join(' ')).not.toContain('leader-election');
  });

  test('is asked over TLS, which it serves by default', () => {
    const [port] = one<Service>(objects, 'Service', 'chat-picker').spec!.ports!;
    expect(port).toMatchObject({ port: 9002, appProtocol: 'http2' });
    expect(
      one<Deployment>(objects, 'Deployment', 'chat-picker').spec!.template.spec!.containers[0].args?.join(' '),
    ).not.toContain('secure-serving');
  });

  test('is no replica of the model: no Service, budget or pool of the model selects it', () => {
    const labels = one<Deployment>(objects, 'Deployment', 'chat-picker').spec?.template.metadata?.labels ?? {};
    expect(labels).toEqual({ 'app.kubernetes.io/name': 'chat-picker', 'llm-platform.dev/picks-for': 'chat' });
    expect(one<Service>(objects, 'Service', 'chat-picker').spec?.selector).toEqual({
      'llm-platform.dev/picks-for': 'chat',
    });
  });

  test('runs under the account of the platform, which may only look', () => {
    const { spec } = one<Deployment>(objects, 'Deployment', 'chat-picker').spec!.template;
    expect(spec?.serviceAccountName).toBe('endpoint-picker');
    const access = new EndpointPickerRbacChart(new App(), 'test', { namespace: 'models' }).toJson() as (Rendered & {
      rules?: { verbs: string[]; resources: string[] }[];
    })[];
    expect(access.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).toEqual([
      'ServiceAccount models/endpoint-picker',
      'Role models/endpoint-picker',
      'RoleBinding models/endpoint-picker',
    ]);
    expect([...new Set(access.flatMap(({ rules = [] }) => rules.flatMap(({ verbs }) => verbs)))]).toEqual([
      'get',
      'list',
      'watch',
    ]);
    expect(objects.map(({ kind }) => kind).filter((kind) => /Role(Binding)?$/.test(kind))).toEqual([]);
  });

  test('lets in the gateway and Prometheus, and gets out to the replicas and the API server', () => {
    const { ingress = [], egress = [] } = one<{ spec: NetworkPolicySpec }>(
      objects,
      'NetworkPolicy',
      'chat-picker',
    ).spec;
    expect(
      ingress.map(({ ports, from }) => [ports?.map(({ port }) => port), from?.[0].namespaceSelector?.matchLabels]),
    ).toEqual([
      [[9002], { 'kubernetes.io/metadata.name': 'gateways' }],
      [[9090], { 'kubernetes.io/metadata.name': 'monitoring' }],
    ]);
    expect(egress.map(({ ports }) => ports?.map(({ port }) => port))).toEqual([[8000], [443, 6443]]);
  });

  test("and the gateway's own pods are let in to the model", () => {
    const from = (routing?: ModelRouting) =>
      one<{ spec: NetworkPolicySpec }>(render({ routing, callers: [] }), 'NetworkPolicy', 'chat').spec.ingress?.flatMap(
        (rule) => rule.from,
      );
    expect(from(aware({ dataPlaneNamespace: 'envoy' }))?.slice(2)).toEqual([
      { podSelector: { matchLabels: { 'llm-platform.dev/picks-for': 'chat' } } },
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'envoy' } } },
    ]);
    // Prometheus and the rollout controller.
    expect(from()).toHaveLength(2);
  });
});

describe('what is looked at', () => {
  test('for the least busy replica', () => {
    expect(weights({ routing: ModelRouting.leastBusy(GATEWAY) })).toEqual({
      'queue-scorer': 2,
      'running-requests-size-scorer': 1,
    });
  });

  test('for the one that has the beginning of the prompt', () => {
    expect(weights({ routing: aware() })).toEqual({
      'prefix-cache-scorer': 3,
      'queue-scorer': 2,
      'kv-cache-utilization-scorer': 2,
    });
  });

  test('an adapter that is in memory counts too', () => {
    const adapters = [
      {
        name: 'sql',
        path: '/adapters/sql',
        adapterConfig: JSON.stringify({
          base_model_name_or_path: 'Qwen/Qwen3-8B',
          r: 8,
          lora_alpha: 16,
          target_modules: ['q_proj', 'v_proj'],
        }),
      },
    ];
    expect(weights({ routing: aware(), adapters })).toMatchObject({ 'lora-affinity-scorer': 1 });
  });

  test('every plugin that is weighed is declared', () => {
    const { apiVersion, kind, plugins, schedulingProfiles } = configOf({ routing: aware() });
    expect({ apiVersion, kind }).toEqual({ apiVersion: 'llm-d.ai/v1alpha1', kind: 'EndpointPickerConfig' });
    expect(plugins.map(({ type }) => type)).toEqual(
      expect.arrayContaining(schedulingProfiles[0].plugins.map(({ pluginRef }) => pluginRef)),
    );
  });

  test("are the metrics of the engine: known ones by the engine's name, others by theirs", () => {
    const extraction = (engine?: IInferenceEngine) =>
      configOf({ routing: aware(), ...(engine ? { engine } : {}) }).plugins.find(
        ({ type }) => type === 'core-metrics-extractor',
      )?.parameters;
    expect(extraction()).toEqual({ defaultEngine: 'vllm' });
    expect(extraction(engineWith({ requestsWaiting: 'sglang:num_queue_reqs' }))).toEqual({ defaultEngine: 'sglang' });
    expect(extraction(engineWith({ requestsWaiting: 'own_waiting' }))).toMatchObject({
      defaultEngine: 'model',
      engineConfigs: [{ name: 'model', queuedRequestsSpec: 'own_waiting' }],
    });
  });

  test('a group of nodes is one endpoint: its first pod', () => {
    const objects = render({ routing: aware(), nodes: 2, gpus: 8, accelerator: Accelerator.P5_48XLARGE });
    expect(one<Pool>(objects, 'InferencePool', 'chat').spec.selector.matchLabels).toMatchObject({
      'leaderworkerset.sigs.k8s.io/worker-index': '0',
    });
  });
});

test.each<[string, Partial<EndpointPickerOptions>, Partial<ModelOptions>, string]>([
  [
    'a URL for a host',
    { hostname: 'https://chat.example.com' },
    {},
    'routing.hostname: expected a host name such as chat.example.com, got "https://chat.example.com"; without scheme, port and path',
  ],
  [
    'a gateway without a name',
    { gatewayName: '' },
    {},
    'routing.gatewayName: expected lower-case letters, digits and hyphens, got ""; use the name as Kubernetes has it',
  ],
  [
    'one picker',
    { endpointPickers: 1 },
    {},
    'routing.endpointPickers: expected a whole number from 2, so that one may be missing, got 1; correct it',
  ],
  [
    'no memory',
    { endpointPickerMemory: Size.mebibytes(16) },
    {},
    'routing.endpointPickerMemory: expected whole MiB from 256, got 16 MiB; correct it',
  ],
  [
    'an image that moves',
    { endpointPickerImage: 'picker:latest' },
    {},
    'routing.endpointPickerImage: expected a tag that stays, got "picker:latest"; name a version instead of latest',
  ],
  [
    'blue/green',
    {},
    { rollout: RolloutStrategy.blueGreen() },
    'routing: expected a canary or a rolling update with an endpoint picker, got blue/green; an InferencePool selects the pods of both revisions, use ModelRouting.roundRobin() or another strategy',
  ],
  [
    'an engine that says too little',
    {},
    { engine: engineWith({ kvCacheUsage: undefined }) },
    'routing: expected an engine that exports kvCacheUsage, got one that does not; use ModelRouting.roundRobin() or another engine',
  ],
])('%s is refused', (_, options, overrides, problem) => {
  expect(problems(options, overrides)).toEqual([problem]);
});
