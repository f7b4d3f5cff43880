import { Lazy, Stack } from 'aws-cdk-lib';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import {
  EgressReach,
  ExternalModel,
  type IModelEndpoint,
  ModelEndpointKind,
} from '../../../constructs/model-providers';
import { callerOf, findings, problemsOf, secretOf, stackIn, statementsOf } from './fixture';

let stack: Stack;
let secret: secretsmanager.ISecret;
beforeEach(() => {
  stack = stackIn();
  secret = secretOf(stack);
});

const compatible = (url: string, key: secretsmanager.ISecret | undefined = secret) =>
  ExternalModel.openAiCompatible({ modelName: 'spare', model: 'llama', url, secret: key });
const lazily = (value: string) => Lazy.string({ produce: () => value });

describe('what a gateway gets', () => {
  test.each<[string, () => IModelEndpoint, Partial<IModelEndpoint>]>([
    [
      'OpenAI',
      () => ExternalModel.openAi({ modelName: 'spare', model: 'gpt-4.1', secret }),
      {
        kind: ModelEndpointKind.OPENAI,
        route: { model: 'openai/gpt-4.1', apiBase: 'https://api.openai.com/v1' },
        egress: [{ host: 'api.openai.com', port: 443, reach: EgressReach.INTERNET }],
      },
    ],
    [
      'Anthropic',
      () => ExternalModel.anthropic({ modelName: 'spare', model: 'claude-sonnet-4-5', secret }),
      {
        kind: ModelEndpointKind.ANTHROPIC,
        route: { model: 'anthropic/claude-sonnet-4-5', apiBase: 'https://api.anthropic.com' },
        egress: [{ host: 'api.anthropic.com', port: 443, reach: EgressReach.INTERNET }],
      },
    ],
    [
      'Azure OpenAI',
      () => ExternalModel.azureOpenAi({ modelName: 'spare', model: 'chat-deployment', resourceName: 'acme', secret }),
      {
        kind: ModelEndpointKind.AZURE_OPENAI,
        route: { model: 'azure/chat-deployment', apiBase: 'https://acme.openai.azure.com', apiVersion: 'v1' },
        egress: [{ host: 'acme.openai.azure.com', port: 443, reach: EgressReach.INTERNET }],
      },
    ],
    [
      'Hugging Face',
      () =>
        ExternalModel.huggingFaceEndpoint({
          modelName: 'spare',
          model: 'tgi',
          url: 'https://abc.us-east-1.aws.endpoints.huggingface.cloud/',
          secret,
        }),
      {
        kind: ModelEndpointKind.HUGGING_FACE,
        route: { model: 'openai/tgi', apiBase: 'https://abc.us-east-1.aws.endpoints.huggingface.cloud/v1' },
        egress: [{ host: 'abc.us-east-1.aws.endpoints.huggingface.cloud', port: 443, reach: EgressReach.INTERNET }],
      },
    ],
    [
      'any other',
      () => compatible('https://llm.example.com:8443/v1'),
      {
        kind: ModelEndpointKind.OPENAI_COMPATIBLE,
        route: { model: 'openai/llama', apiBase: 'https://llm.example.com:8443/v1' },
        egress: [{ host: 'llm.example.com', port: 8443, reach: EgressReach.INTERNET }],
      },
    ],
    [
      'a Service without a key',
      () =>
        ExternalModel.openAiCompatible({ modelName: 'spare', model: 'llama', url: 'http://llama.tools.svc:8080/v1' }),
      {
        route: { model: 'hosted_vllm/llama', apiBase: 'http://llama.tools.svc:8080/v1' },
        egress: [{ host: 'llama.tools.svc', port: 8080, reach: EgressReach.CLUSTER }],
        apiKey: undefined,
      },
    ],
    [
      'a loopback address',
      () => ExternalModel.openAiCompatible({ modelName: 'spare', model: 'llama', url: 'http://[::1]/v1' }),
      {
        egress: [{ host: '::1', port: 80, reach: EgressReach.CLUSTER }],
        apiKey: undefined,
      },
    ],
  ])('%s', (_, make, expected) => {
    const model = make();
    expect({ ...model }).toMatchObject({ modelName: 'spare', apiKey: { secret }, ...expected });
  });

  test('the host may be known at deployment only', () => {
    const host = lazily('abc.example.com');
    expect(compatible(`https://${host}/v1`).egress).toEqual([{ host, port: 443, reach: EgressReach.INTERNET }]);
    expect(() =>
      ExternalModel.azureOpenAi({
        modelName: 'spare',
        model: lazily('m'),
        resourceName: lazily('acme'),
        apiVersion: lazily('v1'),
        secret,
      }),
    ).not.toThrow();
  });
});

describe('who may call', () => {
  test('whoever may read the key, and only that secret', () => {
    ExternalModel.openAi({ modelName: 'spare', model: 'gpt-4.1', secret }).apiKey?.secret.grantRead(callerOf(stack));
    expect(statementsOf(stack)).toEqual([
      {
        Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
        Effect: 'Allow',
        Resource: 'arn:aws:secretsmanager:us-east-1:111111111111:secret:provider-AbCdEf',
      },
    ]);
    expect(findings(stack)).toEqual([]);
  });

  test('without a key the network decides', () => {
    const model = ExternalModel.openAiCompatible({
      modelName: 'spare',
      model: 'llama',
      url: 'http://llama.tools.svc/v1',
    });
    expect(model.apiKey).toBeUndefined();
    expect('grantInvoke' in model).toBe(false);
  });
});

describe('refuses', () => {
  test.each([
    ['http', () => compatible('http://llm.example.com/v1'), /^url: expected https, got http:\/\/llm\.example\.com/],
    ['http to a host that only looks local', () => compatible('http://svc.example.com/v1'), /^url: expected https/],
    ['another scheme', () => compatible('ftp://llm.example.com/v1'), /^url: expected https, got ftp/],
    ['a wildcard', () => compatible('https://*.example.com/v1'), /^url: expected one host, got "\*\.example\.com"/],
    ['no address', () => compatible('llm.example.com'), /^url: expected an address such as/],
    ['an illegal host', () => compatible('https://llm_example.com/v1'), /^url: expected the name of a host/],
    ['a port that is none', () => compatible('https://llm.example.com:99999/v1'), /^url: expected a port/],
    [
      'a query',
      () => compatible('https://llm.example.com/v1?key=abc'),
      /^url: expected an address without a query, got one that ends with \?…/,
    ],
    [
      'an address that is a deploy-time value',
      () => compatible(lazily('https://llm.example.com')),
      /^url: expected an address whose scheme is known at synth/,
    ],
    [
      'no secret',
      () => ExternalModel.openAiCompatible({ modelName: 'spare', model: 'llama', url: 'https://llm.example.com/v1' }),
      /^secret: expected a secret/,
    ],
    [
      'no secret from JavaScript',
      () => ExternalModel.openAi({ modelName: 'spare', model: 'gpt-4.1' } as never),
      /^secret: expected a secret/,
    ],
    [
      'an empty field',
      () => ExternalModel.openAi({ modelName: 'spare', model: 'gpt-4.1', secret, secretField: '' }),
      /^secretField: expected a field/,
    ],
    [
      'a model with spaces',
      () => ExternalModel.openAi({ modelName: 'spare', model: 'gpt 4', secret }),
      /^model: expected the provider's name/,
    ],
    [
      'a name in capitals',
      () => ExternalModel.openAi({ modelName: 'Spare', model: 'gpt-4.1', secret }),
      /^modelName: expected lower-case/,
    ],
    [
      'a name that is a deploy-time value',
      () => ExternalModel.openAi({ modelName: lazily('spare'), model: 'gpt-4.1', secret }),
      /^modelName: expected a name that is known at synth/,
    ],
    [
      'a host as the name of a resource',
      () =>
        ExternalModel.azureOpenAi({ modelName: 'spare', model: 'm', resourceName: 'acme.openai.azure.com', secret }),
      /^resourceName: expected the first label/,
    ],
    [
      'a version that is none',
      () =>
        ExternalModel.azureOpenAi({
          modelName: 'spare',
          model: 'm',
          resourceName: 'acme',
          apiVersion: 'latest',
          secret,
        }),
      /^apiVersion: expected v1 or a date/,
    ],
    [
      'an endpoint elsewhere',
      () =>
        ExternalModel.huggingFaceEndpoint({
          modelName: 'spare',
          model: 'tgi',
          url: 'https://endpoints.huggingface.cloud.example.com',
          secret,
        }),
      /^url: expected a host under/,
    ],
  ])('%s', (_, make, expected) => {
    expect(problemsOf(make)).toEqual([expect.stringMatching(expected) as string]);
  });

  test('a password in an address, without printing it', () => {
    const problems = problemsOf(() => compatible('https://me:hunter2@llm.example.com/v1'));
    expect(problems).toEqual([expect.stringMatching(/^url: expected no user or password/) as string]);
    expect(problems.join()).not.toContain('hunter2');
  });

  test('everything at once', () => {
    expect(
      problemsOf(() => ExternalModel.openAiCompatible({ modelName: 'Spare', model: '', url: 'http://*.example.com' })),
    ).toHaveLength(5);
  });
});
