import { Lazy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import {
  BedrockModel,
  type BedrockModelProps,
  BedrockRuntimeEndpoint,
  InferenceProfile,
} from '../../../constructs/model-providers';
import { testApp } from '../../support/app';
import { callerOf, findings, problemsOf, stackIn, statementsOf, vpcOf } from './fixture';

const PROFILE = 'eu.anthropic.claude-sonnet-4-6';
const MODEL = 'anthropic.claude-sonnet-4-6';
const INVOKE = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'];
const EUROPE = ['eu-central-1', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-3'];

function modelIn(stack: Stack, props: Partial<BedrockModelProps> = {}): BedrockModel {
  return new BedrockModel(stack, 'Spare', {
    modelName: 'spare',
    profile: InferenceProfile.fromProfileId(PROFILE),
    ...props,
  });
}

const arn = (path: string) => `arn:aws:bedrock:${path}`;
const models = (...regions: string[]) => regions.map((region) => arn(`${region}::foundation-model/${MODEL}`));

describe('a geographic profile', () => {
  test('is granted itself, and the model in every destination through itself', () => {
    const stack = stackIn('eu-central-1');
    modelIn(stack).grantInvoke(callerOf(stack));
    const profile = arn(`eu-central-1:111111111111:inference-profile/${PROFILE}`);
    expect(statementsOf(stack)).toEqual([
      { Action: INVOKE, Effect: 'Allow', Resource: profile },
      {
        Action: INVOKE,
        Effect: 'Allow',
        Resource: models(...EUROPE),
        Condition: { StringEquals: { 'bedrock:InferenceProfileArn': profile } },
      },
    ]);
    expect(findings(stack)).toEqual([]);
  });

  test('adds a source that is no destination of others', () => {
    expect(InferenceProfile.fromProfileId(PROFILE).destinationRegions('eu-west-2')).toEqual([
      ...EUROPE.slice(0, 5),
      'eu-west-2',
      'eu-west-3',
    ]);
    expect(modelIn(stackIn('eu-west-2')).destinationRegions).toContain('eu-west-2');
  });

  test('works in a region that is known at deployment only', () => {
    const stack = new Stack(testApp(), 'Anywhere');
    const model = modelIn(stack);
    expect(model.destinationRegions).toHaveLength(EUROPE.length + 1);
    expect(JSON.stringify(stack.resolve(model.egress))).toContain('"Ref":"AWS::URLSuffix"');
    model.grantInvoke(callerOf(stack));
    expect(JSON.stringify(statementsOf(stack))).toContain('"Ref":"AWS::Region"');
  });

  test('is refused where it cannot be called from', () => {
    expect(problemsOf(() => modelIn(stackIn('us-east-1')))).toEqual([
      expect.stringMatching(
        /^profile: expected a region that may call eu\.anthropic\.claude-sonnet-4-6 \(eu-central-1, .*got us-east-1/,
      ) as string,
    ]);
  });
});

test('a global profile is granted in the region that is called, and worldwide', () => {
  const stack = stackIn('eu-west-1');
  modelIn(stack, { profile: InferenceProfile.fromProfileId(`global.${MODEL}`) }).grantInvoke(callerOf(stack));
  const profile = arn(`eu-west-1:111111111111:inference-profile/global.${MODEL}`);
  expect(statementsOf(stack)).toEqual([
    { Action: INVOKE, Effect: 'Allow', Resource: profile },
    {
      Action: INVOKE,
      Effect: 'Allow',
      Resource: models('eu-west-1')[0],
      Condition: { StringEquals: { 'bedrock:InferenceProfileArn': profile } },
    },
    {
      Action: INVOKE,
      Effect: 'Allow',
      Resource: arn(`::foundation-model/${MODEL}`),
      Condition: { StringEquals: { 'bedrock:InferenceProfileArn': profile, 'aws:RequestedRegion': 'unspecified' } },
    },
  ]);
});

test('without a profile the model of the region is granted', () => {
  const stack = stackIn('eu-west-1');
  modelIn(stack, { profile: InferenceProfile.inRegion(MODEL) }).grantInvoke(callerOf(stack));
  expect(statementsOf(stack)).toEqual([{ Action: INVOKE, Effect: 'Allow', Resource: models('eu-west-1')[0] }]);
});

test('cost tags make an application profile, through which alone the model may be called', () => {
  const stack = stackIn('eu-central-1');
  const model = modelIn(stack, { costTags: { team: 'search', project: 'chat' } });
  model.grantInvoke(callerOf(stack));
  const system = arn(`eu-central-1:111111111111:inference-profile/${PROFILE}`);
  Template.fromStack(stack).hasResourceProperties('AWS::Bedrock::ApplicationInferenceProfile', {
    InferenceProfileName: Match.stringLikeRegexp('^[0-9a-f]{8}-spare$'),
    Description: 'Requests of spare',
    ModelSource: { CopyFrom: system },
    Tags: [
      { Key: 'project', Value: 'chat' },
      { Key: 'team', Value: 'search' },
    ],
  });
  const application = stack.resolve(model.applicationProfile!.attrInferenceProfileArn) as unknown;
  expect(statementsOf(stack)).toEqual([
    { Action: INVOKE, Effect: 'Allow', Resource: application },
    {
      Action: INVOKE,
      Effect: 'Allow',
      Resource: models(...EUROPE),
      Condition: { StringEquals: { 'bedrock:InferenceProfileArn': [application, system] } },
    },
  ]);
  expect(stack.resolve(model.route)).toEqual({
    model: `bedrock/converse/${PROFILE}`,
    modelId: application,
    region: 'eu-central-1',
  });
});

test('a guardrail may be applied, and the gateway is told', () => {
  const stack = stackIn('eu-central-1');
  const model = modelIn(stack, { guardrail: { guardrailId: 'abc123', version: '2' } });
  model.grantInvoke(callerOf(stack));
  expect(statementsOf(stack)).toContainEqual({
    Action: 'bedrock:ApplyGuardrail',
    Effect: 'Allow',
    Resource: arn('eu-central-1:111111111111:guardrail/abc123'),
  });
  expect(model.route).toMatchObject({ guardrailIdentifier: 'abc123', guardrailVersion: '2' });
  expect(model.egress).toEqual([{ host: 'bedrock-runtime.eu-central-1.amazonaws.com', port: 443, reach: 'aws' }]);
});

test('a metric is that of the profile', () => {
  expect(modelIn(stackIn('eu-central-1')).metric('InvocationThrottles')).toMatchObject({
    namespace: 'AWS/Bedrock',
    metricName: 'InvocationThrottles',
    dimensions: { ModelId: PROFILE },
  });
});

test('the endpoint of a network lets callers of the account reach these models', () => {
  const stack = stackIn('eu-central-1');
  const model = modelIn(stack);
  new BedrockRuntimeEndpoint(stack, 'Bedrock', { vpc: vpcOf(stack), models: [model] });
  const template = Template.fromStack(stack);
  const profile = arn(`eu-central-1:111111111111:inference-profile/${PROFILE}`);
  template.hasResourceProperties('AWS::EC2::VPCEndpoint', {
    ServiceName: 'com.amazonaws.eu-central-1.bedrock-runtime',
    VpcEndpointType: 'Interface',
    PrivateDnsEnabled: true,
    PolicyDocument: {
      Statement: [
        {
          Sid: 'Profile0',
          Action: INVOKE,
          Effect: 'Allow',
          Principal: { AWS: '*' },
          Resource: profile,
          Condition: { StringEquals: { 'aws:PrincipalAccount': '111111111111' } },
        },
        {
          Sid: 'Models0',
          Action: INVOKE,
          Effect: 'Allow',
          Principal: { AWS: '*' },
          Resource: models(...EUROPE),
          Condition: {
            StringEquals: { 'bedrock:InferenceProfileArn': profile, 'aws:PrincipalAccount': '111111111111' },
          },
        },
      ],
    },
  });
  // Nobody is let in who was not named.
  template.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  expect(
    Object.values(template.findResources('AWS::EC2::SecurityGroup')).map(
      (group) => (group as { Properties: { SecurityGroupIngress?: unknown } }).Properties.SecurityGroupIngress,
    ),
  ).toEqual([undefined]);
  expect(() => new BedrockRuntimeEndpoint(stack, 'None', { vpc: vpcOf(new Stack()), models: [] })).toThrow(
    'models: expected at least one, got none',
  );
});

describe('profiles', () => {
  test('come from a dated source, and each has regions of its own geography', () => {
    expect(InferenceProfile.SOURCE).toMatch(/\d{4}-\d{2}-\d{2}/);
    const prefixes: Record<string, RegExp> = {
      us: /^(us|ca)-/,
      eu: /^eu-/,
      au: /^ap-southeast-/,
      jp: /^ap-northeast-/,
    };
    for (const id of InferenceProfile.knownProfileIds()) {
      const regions = InferenceProfile.fromProfileId(id).destinationRegions(
        { us: 'us-east-1', eu: 'eu-west-1', au: 'ap-southeast-2', jp: 'ap-northeast-1' }[id.slice(0, 2)]!,
      );
      expect(regions.length).toBeGreaterThan(1);
      expect(regions.filter((region) => !prefixes[id.slice(0, 2)].test(region))).toEqual([]);
    }
  });

  test('that are not listed are made by their regions', () => {
    const profile = InferenceProfile.of({
      profileId: 'apac.acme.chat-v1:0',
      destinationRegions: ['ap-south-1', 'ap-southeast-1'],
    });
    expect(profile.foundationModelId).toBe('acme.chat-v1:0');
    expect(profile.destinationRegions('ap-northeast-2')).toEqual(['ap-northeast-2', 'ap-south-1', 'ap-southeast-1']);
    expect(() =>
      InferenceProfile.of({
        profileId: Lazy.string({ produce: () => 'apac.acme.chat' }),
        foundationModelId: 'acme.chat',
        destinationRegions: [Lazy.string({ produce: () => 'ap-south-1' })],
      }),
    ).not.toThrow();
  });

  test.each([
    [
      () => InferenceProfile.fromProfileId('us.anthropic.claude-sonet-4-6'),
      /^profileId: expected a listed inference profile, got "us\.anthropic\.claude-sonet-4-6"; give its destination regions/,
    ],
    [
      () => InferenceProfile.fromProfileId('apac.anthropic.claude-sonnet-4-6'),
      /did you mean us\.anthropic\.claude-sonnet-4-6 or eu\.anthropic/,
    ],
    [
      () => InferenceProfile.of({ profileId: 'global.acme.chat', destinationRegions: [] }),
      /^profileId: expected a geographic profile.*\ndestinationRegions: expected at least one region/,
    ],
    [
      () => InferenceProfile.of({ profileId: 'us.acme.chat', destinationRegions: ['Frankfurt'] }),
      /^destinationRegions: expected regions such as us-east-1, got "Frankfurt"/,
    ],
    [
      () => InferenceProfile.of({ profileId: 'acme', destinationRegions: ['us-east-1'] }),
      /^profileId: expected <geography>\.<provider>\.<model>, got "acme"/,
    ],
    [() => InferenceProfile.inRegion('chat'), /^foundationModelId: expected <provider>\.<model>, got "chat"/],
  ])('are refused: %#', (make, expected) => {
    expect(make).toThrow(expected);
  });
});

test('everything that is wrong is said at once', () => {
  expect(
    problemsOf(() =>
      modelIn(stackIn('us-east-1'), { modelName: 'Spare', guardrail: { guardrailId: 'arn:aws:x', version: 'latest' } }),
    ),
  ).toEqual([
    expect.stringMatching(/^modelName:/),
    expect.stringMatching(/^profile:/),
    expect.stringMatching(/^guardrail\.guardrailId:/),
    expect.stringMatching(/^guardrail\.version:/),
  ] as string[]);
  expect(() =>
    modelIn(stackIn('eu-west-1'), {
      guardrail: { guardrailId: Lazy.string({ produce: () => 'abc' }), version: Lazy.string({ produce: () => '1' }) },
    }),
  ).not.toThrow();
});
