import { Lazy, Stack } from 'aws-cdk-lib';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { Accelerator } from '../../../constructs/gpu/accelerator';
import { EngineImage } from '../../../constructs/models/engine-image';
import { modelSourceProblems } from '../../../constructs/models/model-source';
import { VllmEngine } from '../../../constructs/serving/engines/vllm-engine';
import { resolveModel } from '../../../constructs/serving/resolve-model';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

describe('modelSourceProblems', () => {
  test('a branch is refused only where a commit is required', () => {
    const source = (revision: string, requireCommit?: boolean) =>
      modelSourceProblems({ repository: 'Qwen/Qwen3-8B', revision }, requireCommit);
    expect(source('b968826d9c46dd6066d109eabc6255188de91218', true)).toEqual([]);
    expect(source('main')).toEqual([]);
    expect(source('main', true)).toEqual([
      expect.stringMatching(/^revision: expected a commit of 40 hexadecimal digits, got "main"; /),
    ]);
    expect(source('a b', true)).toHaveLength(1);
  });

  test('lists every problem', () => {
    expect(modelSourceProblems({ repository: 'Qwen3-8B', revision: 'a b' })).toEqual([
      expect.stringMatching(/^repository: expected <organization>\/<model>, got "Qwen3-8B"; /),
      expect.stringMatching(/^revision: expected a commit, tag or branch, got "a b"; /),
    ]);
  });

  test('takes deploy-time values', () => {
    const later = { repository: Lazy.string({ produce: () => 'x' }), revision: Lazy.string({ produce: () => 'y' }) };
    expect(modelSourceProblems(later, true)).toEqual([]);
  });
});

describe('EngineImage', () => {
  test.each([
    ['vllm/vllm-openai:v0.32.0', 'v0.32.0', undefined],
    [`vllm/vllm-openai@${DIGEST}`, undefined, DIGEST],
    [`localhost:5000/vllm:v0.32.0@${DIGEST}`, 'v0.32.0', DIGEST],
  ])('%s', (reference, tag, digest) => {
    expect(EngineImage.fromReference(reference)).toMatchObject({ reference, tag, digest });
  });

  test.each([
    ['vllm/vllm-openai', 'expected a tag or a digest, got "vllm/vllm-openai"'],
    ['localhost:5000/vllm', 'expected a tag or a digest'],
    ['vllm/vllm-openai:latest', 'expected a tag that stays'],
    ['vllm/vllm-openai@sha256:abc', 'expected <repository>:<tag>'],
  ])('%s is refused', (reference, message) => {
    expect(() => EngineImage.fromReference(reference)).toThrow(message);
  });

  test('requireDigest refuses a tag', () => {
    expect(() => EngineImage.fromReference('vllm/vllm-openai:v0.32.0').requireDigest()).toThrow(
      'image: expected a digest, got "vllm/vllm-openai:v0.32.0"',
    );
    expect(EngineImage.fromReference(`vllm/vllm-openai@${DIGEST}`).requireDigest().digest).toBe(DIGEST);
  });

  test('an image of Amazon ECR has the version of its tag, or that of its engine', () => {
    const stack = new Stack();
    const repository = Repository.fromRepositoryName(stack, 'Images', 'vllm');
    const tagged = EngineImage.fromEcrRepository(repository, 'v0.32.0');
    expect([tagged.tag, tagged.digest]).toEqual(['v0.32.0', undefined]);
    expect(JSON.stringify(stack.resolve(tagged.reference))).toContain('/vllm:v0.32.0"');
    const pinned = EngineImage.fromEcrRepository(repository, DIGEST);
    expect([pinned.tag, pinned.digest]).toEqual([undefined, DIGEST]);
    expect(JSON.stringify(stack.resolve(pinned.reference))).toContain(`/vllm@${DIGEST}"`);
    const problems = (image: EngineImage, version?: string) =>
      resolveModel({
        modelName: 'chat',
        model: { repository: 'Qwen/Qwen3-8B', revision: 'main' },
        accelerator: Accelerator.G6E_XLARGE,
        engine: new VllmEngine({ image, version }),
      }).problems;
    expect(problems(tagged)).toEqual([]);
    expect(problems(pinned)).toEqual([expect.stringContaining('expected a version of vLLM')]);
    expect(problems(pinned, '0.32.0')).toEqual([]);
    expect(() => EngineImage.fromEcrRepository(repository, 'latest')).toThrow('expected a tag that stays');
  });

  test('requireDigest refuses a tag of Amazon ECR, also where the whole address is known only to the deployment', () => {
    const stack = new Stack();
    const refused = 'image: expected a digest, got a deploy-time value with the tag "v0.32.0"; append @sha256:…';
    for (const repository of [
      new Repository(stack, 'New'),
      Repository.fromRepositoryName(stack, 'Images', 'vllm'),
      Repository.fromRepositoryArn(stack, 'Other', 'arn:aws:ecr:us-east-1:111111111111:repository/vllm'),
    ]) {
      const image = EngineImage.fromEcrRepository(repository, 'v0.32.0');
      expect(() => image.requireDigest()).toThrow(refused);
      const problems = (engine: VllmEngine) =>
        resolveModel({
          modelName: 'chat',
          model: { repository: 'Qwen/Qwen3-8B', revision: 'main' },
          accelerator: Accelerator.G6E_XLARGE,
          engine,
          requireDigest: true,
        }).problems;
      expect(problems(new VllmEngine({ image }))).toEqual([expect.stringContaining(refused)]);
      const pinned = EngineImage.fromEcrRepository(repository, DIGEST);
      expect(problems(new VllmEngine({ image: pinned, version: '0.32.0' }))).toEqual([]);
    }
    expect(
      EngineImage.fromReference(`vllm:${Lazy.string({ produce: () => 'v1' })}`).requireDigest().tag,
    ).toBeUndefined();
  });

  test('an image of Amazon ECR without a version says its tag or digest, which are known', () => {
    const repository = Repository.fromRepositoryName(new Stack(), 'Images', 'vllm');
    const problems = (tagOrDigest: string) =>
      resolveModel({
        modelName: 'chat',
        model: { repository: 'Qwen/Qwen3-8B', revision: 'main' },
        accelerator: Accelerator.G6E_XLARGE,
        engine: new VllmEngine({ image: EngineImage.fromEcrRepository(repository, tagOrDigest) }),
      }).problems;
    const refused = (shown: string) => [
      `engine.version: expected a version of vLLM, got an image without one in its tag (a deploy-time value with the ${shown}); give the engine its version`,
    ];
    expect(problems('build-17')).toEqual(refused('tag "build-17"'));
    expect(problems(DIGEST)).toEqual(refused(`digest ${DIGEST}`));
  });

  test('a deploy-time value is taken as it is', () => {
    const reference = Lazy.string({ produce: () => 'x' });
    expect(EngineImage.fromReference(reference).requireDigest().reference).toBe(reference);
  });
});
