import { Lazy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Accelerator } from '../../../constructs/gpu/accelerator';
import { ReleaseProvider } from '../../../constructs/kubernetes/release-provider';
import { EngineImage } from '../../../constructs/models/engine-image';
import { LlamaCppEngine } from '../../../constructs/serving/engines/llama-cpp-engine';
import { VllmEngine } from '../../../constructs/serving/engines/vllm-engine';
import { ModelService, type ModelServiceProps } from '../../../constructs/serving/model-service';
import { ModelWeights, WeightsDelivery } from '../../../constructs/weights';
import { type StoredWeights } from '../../../constructs/weights/stored-weights';
import { testApp } from '../../support/app';
import { engineOf, find, IMAGE, modelOptions, render, problemsOf } from './model';

const REVISION = 'b968826d9c46dd6066d109eabc6255188de91218';
const PATH = `Qwen/Qwen3-8B/${REVISION}/0123456789ab`;
const SHA256 = 'ab'.repeat(32);
const IMPORTED = { path: PATH, manifestSha256: SHA256, storageCidrs: ['10.0.0.0/16'] };
const STORED: StoredWeights = { ...IMPORTED, bucketName: 'weights', region: 'us-east-1' };
const DNS = {
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ],
};

const problems = (overrides: Parameters<typeof modelOptions>[0]) => problemsOf(overrides);

describe('a chart with imported weights', () => {
  test('starts the engine on the verified files, offline', () => {
    const objects = render({ weights: STORED });
    const { initContainers = [], volumes = [] } = find(objects, 'Rollout').spec.template.spec;
    expect(initContainers.map(({ name }) => name)).toEqual(['fetch-weights', 'verify-weights']);
    expect(initContainers[1].image).toBe(IMAGE);
    const engine = engineOf(objects);
    expect(engine.args).toContain('/weights/files');
    expect(engine.args!.join(' ')).not.toMatch(/Qwen|--revision/);
    expect(engine.env).toEqual(
      expect.arrayContaining([
        { name: 'HF_HUB_OFFLINE', value: '1' },
        { name: 'TRANSFORMERS_OFFLINE', value: '1' },
      ]),
    );
    expect(engine.volumeMounts).toContainEqual({ name: 'weights', mountPath: '/weights', readOnly: true });
    expect(volumes).toContainEqual({ name: 'weights-program', configMap: { name: 'chat-weights' } });
  });

  test('brings the program that verifies, named by its content, so that an old revision keeps its own', () => {
    const config = find(render({ weights: STORED }), 'ConfigMap', 'chat-weights');
    expect(config.metadata!.annotations).toEqual({ 'llm-platform.dev/content-named': 'true' });
    expect(Object.keys(config.data!)).toEqual(['aws-config', 'verify-weights.py']);
    expect(render().filter(({ kind }) => kind === 'ConfigMap')).toEqual([]);
  });

  test('opens no way to a hub', () => {
    const { egress } = find(render({ weights: STORED }), 'NetworkPolicy').spec;
    expect(egress).toEqual([
      expect.objectContaining(DNS),
      { ports: [{ port: 80, protocol: 'TCP' }], to: [{ ipBlock: { cidr: '169.254.170.23/32' } }] },
      { ports: [{ port: 443, protocol: 'TCP' }], to: [{ ipBlock: { cidr: '10.0.0.0/16' } }] },
    ]);
  });

  test('streams them where that is asked for', () => {
    expect(engineOf(render({ weights: { ...STORED, delivery: WeightsDelivery.STREAM } })).args).toContain(
      `s3://weights/${PATH}/files/`,
    );
  });

  test('refuses a variable of the engine that the pod sets: the API server takes a name once', () => {
    const engine = new VllmEngine({
      image: EngineImage.fromReference(IMAGE),
      environment: { AWS_REGION: 'eu-west-1' },
    });
    expect(problems({ engine, weights: { ...STORED, delivery: WeightsDelivery.STREAM } })).toEqual([
      'engine.environment: expected no variable that the pod sets, got AWS_REGION; leave it out',
    ]);
    expect(problems({ engine })).toEqual([]);
  });

  test('is refused with a way to the hub, a token for it, another revision, and an image that cannot verify', () => {
    expect(
      problems({
        weights: { ...STORED, manifestSha256: 'ab' },
        model: { repository: 'Qwen/Qwen3-8B', revision: 'main' },
        hubTokenSecretName: 'hub',
      }),
    ).toEqual([
      expect.stringMatching(/^weights\.path: expected Qwen\/Qwen3-8B\/main\/<12 hexadecimal digits>, got /),
      'weights.manifestSha256: expected 64 hexadecimal digits, got "ab"; copy what import-weights printed',
      'hubTokenSecretName: expected none beside weights, got one; give the token to import-weights, the engine reaches no hub',
    ]);
    const adapter = (name: string, path: string) => ({
      name,
      path,
      adapterConfig: JSON.stringify({
        base_model_name_or_path: 'Qwen/Qwen3-8B',
        r: 8,
        lora_alpha: 16,
        target_modules: ['q_proj', 'v_proj'],
        peft_type: 'LORA',
      }),
    });
    expect(
      problems({ weights: STORED, adapters: [adapter('law', '/adapters/law'), adapter('sql', 'team/sql')] }),
    ).toEqual([
      'adapters[1].path: expected a directory in the container beside weights, got "team/sql"; the engine reaches no hub',
    ]);
    const engine = new LlamaCppEngine({
      image: EngineImage.fromReference('ghcr.io/ggml-org/llama.cpp:server-b11434'),
      file: 'model.gguf',
    });
    const noPython =
      "weights.verifyImage: expected an image with python3, got none; the engine's own has no Python to verify the weights with, name another";
    expect(problems({ weights: STORED, engine })).toContain(noPython);
    expect(problems({ weights: { ...STORED, verifyImage: 'python:3.13-slim' }, engine })).not.toContain(noPython);
    expect(problems({ weights: { ...STORED, path: Lazy.string({ produce: () => PATH }) } })).toEqual([]);
  });
});

describe('a service with imported weights', () => {
  const env = { account: '111111111111', region: 'us-east-1' };

  function service(overrides: Partial<ModelServiceProps> = {}, region: string | undefined = 'us-east-1'): ModelService {
    const app = testApp();
    const data = new Stack(app, 'Data', { env: { ...env, region } });
    const stack = new Stack(app, 'Serving', { env });
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
      weights: IMPORTED,
      weightsBucket: ModelWeights.fromBucketAttributes(data, 'Weights', { bucketName: 'weights' }),
      ...overrides,
    });
  }

  test('gives its pods, and no others, the right to read them, before they start', () => {
    const stack = Stack.of(service());
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::EKS::PodIdentityAssociation', {
      ClusterName: 'test',
      Namespace: 'models',
      ServiceAccount: 'chat',
      RoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('WeightsReaderRole'), 'Arn'] },
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: ['s3:GetObject', 's3:GetObjectVersion'],
            Resource: `arn:aws:s3:::weights/${PATH}/*`,
          }),
        ]),
      },
    });
    template.hasResource('Custom::KubernetesRelease', {
      DependsOn: Match.arrayWith([
        Match.stringLikeRegexp('WeightsReaderAssociation'),
        Match.stringLikeRegexp('WeightsReaderRoleDefaultPolicy'),
      ]),
    });
    expect(new AwsSolutionsChecks(stack).validateScope(stack).violations).toEqual([]);
    expect(find(service().release.objects, 'Rollout').spec.template.spec.initContainers![0].env).toContainEqual({
      name: 'AWS_REGION',
      value: 'us-east-1',
    });
  });

  test('takes a bucket whose name is known only at deploy time', () => {
    const app = testApp();
    const bucket = new ModelWeights(new Stack(app, 'Data', { env }), 'Weights');
    const stack = new Stack(app, 'Serving', { env });
    const provider = ReleaseProvider.fromReleaseProviderAttributes(stack, 'Releases', {
      clusterName: 'test',
      platformServiceToken: 'platform',
      modelServiceToken: 'arn:model',
    });
    const model = new ModelService(stack, 'Chat', {
      provider,
      namespace: 'models',
      modelName: 'chat',
      model: { repository: 'Qwen/Qwen3-8B', revision: REVISION },
      image: IMAGE,
      accelerator: Accelerator.G6E_XLARGE,
      replicas: 4,
      weights: IMPORTED,
      weightsBucket: bucket,
    });
    expect(JSON.stringify(model.release.objects)).not.toContain('${Token[');
    Template.fromStack(stack).hasResourceProperties('Custom::KubernetesRelease', { Values: Match.anyValue() });
  });

  test('is refused without the bucket, with one in another region, and with images that are not pinned', () => {
    expect(() => service({ weightsBucket: undefined })).toThrow(
      /^Serving\/Chat:\n {2}weightsBucket: expected the bucket of the weights, got none;.*$/,
    );
    expect(() => service({ weights: undefined })).toThrow(/weightsBucket: expected none without weights, got a bucket/);
    expect(() => service({}, 'eu-west-1')).toThrow(
      /^Serving\/Chat:\n {2}weightsBucket: expected a bucket in us-east-1, got one in eu-west-1; .*import them into us-east-1$/,
    );
    const image = `${IMAGE}@sha256:${'ab'.repeat(32)}`;
    expect(() => service({ image, requireDigest: true })).toThrow(
      /^Serving\/Chat:\n {2}weights\.fetchImage: expected a digest, got "public\.ecr\.aws\/aws-cli\/aws-cli:2\.35\.11".*$/,
    );
    expect(
      service({ image, requireDigest: true, weights: { ...IMPORTED, fetchImage: `aws-cli@sha256:${'ab'.repeat(32)}` } })
        .release.releaseName,
    ).toBe('chat');
  });
});
