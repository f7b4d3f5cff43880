import { Duration, Size } from 'aws-cdk-lib';
import { CpuArchitecture } from '../../../../constructs/serving/engines';
import { type ModelOptions } from '../../../../constructs/serving/model-options';
import { HealthGate } from '../../../../constructs/rollout/health-gate';
import { RolloutStrategy } from '../../../../constructs/rollout/rollout-strategy';
import { find, render, problemsOf } from '../model';
import { llamaCpp, sglang, tensorRtLlm, textEmbeddings, vllm } from './engine-subjects';

const rollout = RolloutStrategy.rolling();
const cpus: Partial<ModelOptions> = { accelerator: undefined, resources: { cpus: 3, memory: Size.gibibytes(12) } };

const pod = (overrides: Partial<ModelOptions>) => find(render({ rollout, ...overrides }), 'Rollout').spec.template.spec;
const problems = (overrides: Partial<ModelOptions>) => problemsOf(overrides);

describe.each([
  ['vLLM', { engine: vllm() }],
  ['SGLang', { engine: sglang() }],
  ['TensorRT-LLM', { engine: tensorRtLlm() }],
  ['llama.cpp on CPUs', { engine: llamaCpp(), ...cpus }],
  ['llama.cpp on a GPU', { engine: llamaCpp() }],
  ['Text Embeddings Inference', { engine: textEmbeddings() }],
  ['Text Embeddings Inference on CPUs', { engine: textEmbeddings(), ...cpus }],
] satisfies [string, Partial<ModelOptions>][])('pod of %s', (_, overrides) => {
  test('passes Pod Security "restricted"', () => {
    const { securityContext, containers, initContainers, volumes, hostNetwork, hostPID, hostIPC } = pod(overrides);
    expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(securityContext?.runAsUser).toBeGreaterThan(0);
    for (const container of [...containers, ...(initContainers ?? [])]) {
      expect(container.securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
    }
    for (const volume of volumes ?? [])
      expect(['emptyDir', 'configMap']).toContain(Object.keys(volume).find((key) => key !== 'name'));
    expect([hostNetwork, hostPID, hostIPC]).toEqual([undefined, undefined, undefined]);
  });

  test('listens where the Service and the probes look', () => {
    const [container] = pod(overrides).containers;
    expect(container.ports).toEqual([{ name: 'http', containerPort: 8000, protocol: 'TCP' }]);
    expect(container.args?.join(' ')).toMatch(/--port[= ]8000/);
  });

  test('asks for GPUs, and goes to their nodes, if it has any', () => {
    const spec = pod(overrides);
    const gpus = spec.containers[0].resources?.limits?.['nvidia.com/gpu'];
    const on = 'resources' in overrides ? undefined : '1';
    expect(gpus).toBe(on);
    expect(spec.tolerations).toEqual(on && [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }]);
    expect(spec.nodeSelector).toEqual(on && { 'llm-platform.dev/accelerator': 'g6.xlarge' });
  });
});

describe('pods', () => {
  test('hold SIGTERM back where it would end the requests in flight, within the same grace period', () => {
    const drain = (engine: ModelOptions['engine']) => {
      const { containers, terminationGracePeriodSeconds } = pod({
        engine,
        timings: { preStop: Duration.seconds(20), shutdownTimeout: Duration.seconds(120) },
      });
      return [containers[0].lifecycle?.preStop?.sleep?.seconds, terminationGracePeriodSeconds];
    };
    expect(drain(vllm())).toEqual([20, 170]);
    expect(drain(sglang())).toEqual([20, 170]);
    expect(drain(textEmbeddings())).toEqual([20, 170]);
    expect(drain(llamaCpp())).toEqual([140, 170]);
    expect(drain(tensorRtLlm())).toEqual([140, 170]);
    // The web server in its image may drop requests at SIGTERM.
    expect(drain(vllm({ version: '0.26.0' }))).toEqual([140, 170]);
  });

  test('run on the architecture of their image', () => {
    expect(pod({ engine: llamaCpp({ architecture: CpuArchitecture.ARM64 }), ...cpus }).nodeSelector).toEqual({
      'kubernetes.io/arch': 'arm64',
    });
    expect(pod({ engine: textEmbeddings({ architecture: CpuArchitecture.AMD64 }) }).nodeSelector).toEqual({
      'llm-platform.dev/accelerator': 'g6.xlarge',
      'kubernetes.io/arch': 'amd64',
    });
  });

  test('are ready where the engine says so', () => {
    const paths = (engine: ModelOptions['engine']) => {
      const [{ startupProbe, readinessProbe, livenessProbe }] = pod({ engine }).containers;
      return [startupProbe, readinessProbe, livenessProbe].map((probe) => probe?.httpGet?.path);
    };
    expect(paths(vllm())).toEqual(['/health', '/health', '/health']);
    expect(paths(sglang())).toEqual(['/health', '/ready', '/health']);
  });

  test('leave the command to the image where it chooses the program', () => {
    expect(pod({ engine: textEmbeddings() }).containers[0]).not.toHaveProperty('command');
    expect(pod({ engine: sglang() }).containers[0].command).toEqual(['python3', '-m', 'sglang.launch_server']);
  });

  test('get the files of their engine beside those of the model', () => {
    const objects = render({ engine: tensorRtLlm({ maxSequences: 16 }), rollout, configFiles: { 'chat.jinja': 'x' } });
    const { data } = find(objects, 'ConfigMap');
    expect(Object.keys(data ?? {})).toEqual(['chat.jinja', 'tensorrt-llm.yaml']);
    expect(data?.['tensorrt-llm.yaml']).toContain('"max_batch_size": 16');
    expect(find(objects, 'Rollout').spec.template.spec.containers[0].volumeMounts).toContainEqual({
      name: 'config',
      mountPath: '/etc/engine',
      readOnly: true,
    });
  });

  test('are scraped where their engine has its metrics', () => {
    expect(JSON.stringify(find(render({ engine: tensorRtLlm(), rollout }), 'PodMonitor').spec)).toContain(
      '"path":"/prometheus/metrics"',
    );
    expect(JSON.stringify(find(render({ engine: llamaCpp(), rollout }), 'PodMonitor').spec)).toContain(
      '"path":"/metrics"',
    );
  });
});

describe('refused', () => {
  test('GPUs without an instance type, and none where the engine needs one', () => {
    expect(problems({ engine: llamaCpp(), rollout, ...cpus, gpus: 1 })).toEqual([
      'accelerator: expected the instance type of 1 GPUs, got none; name it, or serve the model on CPUs with gpus 0',
    ]);
    expect(problems({ engine: vllm(), rollout, ...cpus })).toEqual([
      'accelerator: expected an instance type with GPUs, which the engine needs, got none; name it, or serve the model by an engine that runs on CPUs, such as LlamaCppEngine',
    ]);
    expect(problems({ engine: vllm(), rollout, ...cpus, gpus: 0 })).toEqual([
      'gpus: expected a whole number from 1, got 0; give the number of GPUs of a replica',
    ]);
    expect(problems({ engine: llamaCpp(), rollout, ...cpus })).toEqual([]);
    expect(problems({ engine: llamaCpp(), rollout, ...cpus, gpus: -1 })).toEqual([
      'gpus: expected a whole number from 0, got -1; give the number of GPUs of a replica',
    ]);
  });

  test('gates for which an engine exports no metric', () => {
    const gates = [
      HealthGate.timeToFirstToken(),
      HealthGate.interTokenLatency(),
      HealthGate.queueTime(),
      HealthGate.errorRatio(),
      HealthGate.forwardProgress(),
    ];
    const refused = (engine: ModelOptions['engine']) =>
      problems({ engine, rollout: RolloutStrategy.rolling({ gates }) }).map(
        (problem) => /^rollout\.gates\.(\w+)/.exec(problem)?.[1],
      );
    expect(refused(vllm())).toEqual([]);
    expect(refused(sglang())).toEqual([]);
    expect(refused(tensorRtLlm())).toEqual(['errorRatio', 'forwardProgress']);
    expect(refused(textEmbeddings())).toEqual([
      'timeToFirstToken',
      'interTokenLatency',
      'errorRatio',
      'forwardProgress',
    ]);
    expect(refused(llamaCpp())).toEqual(['timeToFirstToken', 'interTokenLatency', 'queueTime', 'errorRatio']);
  });
});

test('the gates of SGLang ask for what it exports', () => {
  const gates = [HealthGate.errorRatio(), HealthGate.forwardProgress()];
  const objects = render({
    engine: sglang(),
    timings: { expectedStartup: Duration.minutes(1) },
    rollout: RolloutStrategy.canary({ steps: [{ weight: 50, hold: Duration.seconds(600) }], gates }),
  });
  const text = JSON.stringify(objects).replaceAll('\\\\\\"', '"').replaceAll('\\"', '"');
  expect(text).toContain('endpoint=~"/v1/.*",status_code=~"5.."');
  expect(text).toContain('sglang:realtime_tokens_total{');
  expect(text).not.toMatch(/handler=|status="5xx"|vllm:/);
});
