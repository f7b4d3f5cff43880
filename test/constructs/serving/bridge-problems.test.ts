import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  Accelerator,
  EngineImage,
  type IBridgedModel,
  KubernetesRelease,
  LlmPlatform,
  MetricBridge,
  ModelService,
  type ModelServiceProps,
  SglangEngine,
} from '../../../constructs';
import { testApp } from '../../support/app';

const ENV = { account: '111111111111', region: 'us-east-1' };
const model = { repository: 'Qwen/Qwen3-8B', revision: 'b968826d9c46dd6066d109eabc6255188de91218' };
const sglang = () => new SglangEngine({ image: EngineImage.fromReference('lmsysorg/sglang:v0.5.23') });

/** An app with the model "chat", which imports the platform for each of its stacks. */
function fixture(options: Partial<ModelServiceProps> = {}) {
  const app = testApp();
  const stackWithPlatform = (id: string) => {
    const stack = new Stack(app, id, { env: ENV });
    const platform = LlmPlatform.fromLlmPlatformAttributes(stack, 'Platform', {
      clusterName: 'llm',
      platformServiceToken: 'platform',
      modelServiceToken: 'model',
    });
    return { stack, platform };
  };
  const serving = stackWithPlatform('serving');
  const observability = stackWithPlatform('observability');
  const chat = new ModelService(serving.stack, 'Chat', {
    platform: serving.platform,
    model,
    accelerator: Accelerator.G6E_XLARGE,
    environmentName: 'production',
    ...options,
  });
  const bridge = (models: IBridgedModel[], environmentName = 'production') =>
    new MetricBridge(observability.stack, 'Bridge', { platform: observability.platform, environmentName, models });
  return { chat, bridge, serving };
}

test('a bridge knows of a model that it is given what the engine exports, and that it is autoscaled', () => {
  const { chat, bridge, serving } = fixture({ engine: sglang(), autoscaling: { minReplicas: 1, maxReplicas: 2 } });
  chat.metricTimeToFirstToken();
  chat.metricScalingAlerts();
  const [{ objects }] = KubernetesRelease.allIn(bridge([chat]));
  const { spec } = (
    objects as { kind: string; spec: { groups: { rules: { record: string; expr: string }[] }[] } }[]
  ).find(({ kind }) => kind === 'PrometheusRule')!;
  const rules = Object.fromEntries(spec.groups[0].rules.map(({ record, expr }) => [record, expr]));
  expect(rules.llm_platform_ttft_p95_seconds).toContain(`${chat.metrics!.timeToFirstToken}_bucket{`);
  expect(rules.llm_platform_ttft_p95_seconds).toContain('sglang:');
  expect(rules.llm_platform_scaling_alerts).toContain('model="chat"');
  expect(chat.node.validate()).toEqual([]);
  expect(() => Template.fromStack(serving.stack)).not.toThrow();
});

describe('what a bridge and the models of its platform do not agree on fails at synth', () => {
  test('a model whose metrics are asked for, and a name that no model has', () => {
    const { chat, bridge, serving } = fixture();
    chat.metricTimeToFirstToken();
    bridge([{ modelName: 'caht' }], 'prod');
    expect(() => Template.fromStack(serving.stack)).toThrow(
      [
        'Validation failed with the following errors:',
        '  [serving/Chat] environmentName: expected a MetricBridge with the model "chat", got observability/Bridge with "caht"; no model of the app is named "caht"; add the ModelService to its models, a metric of it would have no data',
        '  [serving/Chat] environmentName: expected that of observability/Bridge, "prod", got "production"; a metric under another name would have no data, give both the same',
      ].join('\n'),
    );
  });

  test('a name that no model has, while a model of the environment waits for its series', () => {
    const { chat, bridge } = fixture();
    bridge([{ modelName: 'caht' }]);
    expect(chat.node.validate()).toEqual([expect.stringContaining('no model of the app is named "caht"')]);
  });

  test('a model without a bridge, whose metrics are asked for', () => {
    const { chat, bridge } = fixture();
    bridge([]);
    expect(chat.node.validate()).toEqual([]);
    chat.metricRequests();
    expect(chat.node.validate()).toEqual([
      'environmentName: expected a MetricBridge with the model "chat", got observability/Bridge with none; add the ModelService to its models, a metric of it would have no data',
    ]);
  });

  test('another environment', () => {
    const { chat, bridge } = fixture();
    bridge([chat], 'prod');
    expect(chat.node.validate()).toEqual([
      'environmentName: expected that of observability/Bridge, "prod", got "production"; a metric under another name would have no data, give both the same',
    ]);
  });

  test('metrics of another engine, and scaling that is not told', () => {
    const { chat, bridge } = fixture({ engine: sglang(), autoscaling: { minReplicas: 1, maxReplicas: 2 } });
    chat.metricScalingAlerts();
    bridge([{ modelName: chat.modelName }]);
    expect(chat.node.validate()).toEqual([
      "metrics: expected those of the model's engine in observability/Bridge, got none, which means those of vLLM; give its models the ModelService itself",
      'autoscaled: expected true in observability/Bridge for metricScalingAlerts, got false; give its models the ModelService itself',
    ]);
  });
});

test('a model elsewhere is described by its name, and a bridge may be elsewhere too', () => {
  const alone = fixture();
  alone.chat.metricRequests();
  expect(alone.chat.node.validate()).toEqual([]);
  const { chat, bridge } = fixture();
  chat.metricRequests();
  bridge([chat, { modelName: 'elsewhere' }]);
  expect(chat.node.validate()).toEqual([]);
  const named = fixture();
  named.chat.metricRequests();
  named.bridge([{ modelName: 'chat' }]);
  expect(named.chat.node.validate()).toEqual([]);
});
