import { App as ChartApp } from 'cdk8s';
import { Accelerator } from '../../../constructs/gpu';
import { ReleaseProvider } from '../../../constructs/kubernetes';
import {
  ExternalModel,
  type IModelEndpoint,
  InferenceProfile,
  BedrockModel,
  ModelRoutes,
  ModelRoutesChart,
} from '../../../constructs/model-providers';
import { nameByContent } from '../../../constructs/kubernetes/contract/content-names';
import type { KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';
import { ModelService } from '../../../constructs/serving';
import { callerOf, problemsOf, secretOf, stackIn, statementsOf } from './fixture';

const stack = stackIn();
const secret = secretOf(stack);
const openAi = (modelName: string, fallback?: IModelEndpoint) =>
  ExternalModel.openAi({ modelName, model: 'gpt-4.1', secret, fallback });

/** A model whose fallback can be set after it was made, as no class of ours allows. */
function later(modelName: string): IModelEndpoint & { fallback?: IModelEndpoint } {
  return { ...openAi(modelName) };
}

describe('fallbacks', () => {
  test('make a chain, whatever their kind, that a gateway gets whole', () => {
    const last = openAi('last');
    const second = new BedrockModel(stack, 'Second', {
      modelName: 'second',
      profile: InferenceProfile.fromProfileId('us.amazon.nova-pro-v1:0'),
      fallback: last,
      guardrail: { guardrailId: 'abc123', version: '3' },
    });
    const routes = new ModelRoutes([openAi('first', second), last]);
    expect(JSON.parse(routes.configText())).toEqual({
      model_list: [
        {
          model_name: 'first',
          litellm_params: {
            model: 'openai/gpt-4.1',
            api_base: 'https://api.openai.com/v1',
            api_key: 'os.environ/MODEL_KEY_FIRST',
          },
        },
        {
          model_name: 'second',
          litellm_params: {
            model: 'bedrock/converse/us.amazon.nova-pro-v1:0',
            aws_region_name: 'us-east-1',
            guardrailConfig: { guardrailIdentifier: 'abc123', guardrailVersion: '3' },
          },
        },
        {
          model_name: 'last',
          litellm_params: {
            model: 'openai/gpt-4.1',
            api_base: 'https://api.openai.com/v1',
            api_key: 'os.environ/MODEL_KEY_LAST',
          },
        },
      ],
      router_settings: { fallbacks: [{ first: ['second', 'last'] }, { second: ['last'] }] },
    });
    expect(routes.apiKeys).toEqual([
      { variable: 'MODEL_KEY_FIRST', apiKey: { secret, field: undefined } },
      { variable: 'MODEL_KEY_LAST', apiKey: { secret, field: undefined } },
    ]);
    expect(routes.egress.map(({ host }) => host)).toEqual([
      'api.openai.com',
      'bedrock-runtime.us-east-1.amazonaws.com',
    ]);
  });

  test('let the gateway call each of them', () => {
    const own = stackIn();
    const spare = new BedrockModel(own, 'Spare', {
      modelName: 'spare',
      profile: InferenceProfile.inRegion('amazon.nova-pro-v1:0'),
    });
    new ModelRoutes([
      ExternalModel.openAi({ modelName: 'first', model: 'gpt-4.1', secret: secretOf(own), fallback: spare }),
    ]).grantInvoke(callerOf(own));
    expect(statementsOf(own).flatMap(({ Action }) => Action)).toEqual([
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
      'bedrock:InvokeModel',
      'bedrock:InvokeModelWithResponseStream',
    ]);
  });

  test('travel in a ConfigMap that is named by its content and holds no key', () => {
    const config = new ModelRoutes([openAi('first', openAi('last'))]).configText();
    const objects = new ModelRoutesChart(new ChartApp(), 'routes', {
      namespace: 'gateway',
      config,
    }).toJson() as KubernetesObject[];
    const [map] = nameByContent(objects) as unknown as {
      metadata: { name: string };
      immutable: boolean;
      data: Record<string, string>;
    }[];
    expect(map.metadata.name).toMatch(/^model-routes-[0-9a-f]{10}$/);
    expect(map.immutable).toBe(true);
    expect(map.data).toEqual({ 'config.yaml': config });
    expect(config).not.toContain('resolve:');
  });

  test('are refused when a model stands in for itself', () => {
    expect(problemsOf(() => openAi('first', openAi('first')))).toEqual([
      expect.stringMatching(/^fallback: expected another model than "first" itself/) as string,
    ]);
    const own = later('own');
    own.fallback = own;
    expect(problemsOf(() => new ModelRoutes([own]))).toEqual([
      expect.stringMatching(/^fallback: expected another model than "own" itself/) as string,
    ]);
  });

  test('are refused when a chain comes back', () => {
    const [one, two, three] = ['one', 'two', 'three'].map(later);
    one.fallback = two;
    two.fallback = three;
    three.fallback = two;
    expect(problemsOf(() => openAi('first', one))).toEqual([
      'fallback: expected models that differ, got first → one → two → three → two; end the chain before it comes back',
    ]);
    expect(problemsOf(() => new ModelRoutes([one]))).toEqual([
      'fallback: expected models that differ, got one → two → three → two; end the chain before it comes back',
    ]);
  });

  test('are refused when there are more than a gateway asks', () => {
    const six = ['b', 'c', 'd', 'e', 'f'].reduce<IModelEndpoint>(
      (fallback, name) => openAi(name, fallback),
      openAi('a'),
    );
    expect(problemsOf(() => openAi('g', six))).toEqual([
      'fallback: expected at most 5 models in a row, got f → e → d → c → b → a; the gateway asks no more of them',
    ]);
  });

  test('and models of one name are refused', () => {
    expect(problemsOf(() => new ModelRoutes([openAi('chat'), openAi('chat')]))).toEqual([
      expect.stringMatching(/^models: expected one model by the name "chat", got two/) as string,
    ]);
    expect(problemsOf(() => new ModelRoutes([openAi('chat-1'), openAi('chat.1')]))).toEqual([
      expect.stringMatching(/got "chat-1" and "chat.1"; their keys would share a variable/) as string,
    ]);
    expect(problemsOf(() => new ModelRoutes([]))).toEqual([
      expect.stringMatching(/^models: expected at least one/) as string,
    ]);
  });
});

describe('a model on a cluster has the same API', () => {
  const chat = (fallback?: IModelEndpoint) => {
    const own = stackIn();
    const provider = ReleaseProvider.fromReleaseProviderAttributes(own, 'Releases', {
      clusterName: 'test',
      platformServiceToken: 'platform',
      modelServiceToken: 'arn:model',
    });
    return new ModelService(own, 'Chat', {
      provider,
      namespace: 'models',
      modelName: 'chat',
      model: { repository: 'Qwen/Qwen3-8B', revision: 'b968826d9c46dd6066d109eabc6255188de91218' },
      image: 'vllm/vllm-openai:v0.32.0',
      accelerator: Accelerator.G6E_XLARGE,
      replicas: 4,
      fallback,
    });
  };

  test('and another kind stands in for it', () => {
    const model = chat(openAi('spare'));
    const { model_list: models, router_settings: settings } = JSON.parse(new ModelRoutes([model]).configText()) as {
      model_list: unknown[];
      router_settings: unknown;
    };
    expect(models[0]).toEqual({
      model_name: 'chat',
      litellm_params: { model: 'hosted_vllm/chat', api_base: 'http://chat.models.svc:8000/v1' },
    });
    expect(settings).toEqual({ fallbacks: [{ chat: ['spare'] }] });
    expect(model.egress).toEqual([{ host: 'chat.models.svc', port: 8000, reach: 'cluster' }]);
  });

  test('and stands in for others', () => {
    expect(JSON.parse(new ModelRoutes([openAi('first', chat())]).configText())).toMatchObject({
      router_settings: { fallbacks: [{ first: ['chat'] }] },
    });
  });

  test('but its network policy lets callers in, and no right at AWS', () => {
    const own = stackIn();
    expect('grantInvoke' in chat()).toBe(false);
    new ModelRoutes([
      chat(ExternalModel.openAi({ modelName: 'spare', model: 'gpt-4.1', secret: secretOf(own) })),
    ]).grantInvoke(callerOf(own));
    expect(statementsOf(own).flatMap(({ Action }) => Action)).toEqual([
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
    ]);
  });

  test('and cannot stand in for itself', () => {
    expect(problemsOf(() => chat(openAi('chat')))).toEqual([
      expect.stringMatching(/^fallback: expected another model than "chat" itself/) as string,
    ]);
  });
});
