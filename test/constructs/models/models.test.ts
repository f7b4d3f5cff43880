import { Lazy } from 'aws-cdk-lib';
import { EngineImage } from '../../../constructs/models/engine-image';
import { ModelSource } from '../../../constructs/models/model-source';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

describe('ModelSource', () => {
  test('a commit is pinned, a branch is not', () => {
    expect(new ModelSource({ repository: 'Qwen/Qwen3-8B', revision: 'b968826d9c46dd6066d109eabc6255188de91218' }).isPinned).toBe(true);
    expect(new ModelSource({ repository: 'Qwen/Qwen3-8B', revision: 'main' }).isPinned).toBe(false);
  });

  test('lists every problem', () => {
    expect(() => new ModelSource({ repository: 'Qwen3-8B', revision: 'a b' })).toThrow(
      /repository: expected <organization>\/<model>, got "Qwen3-8B"; .*\nrevision: expected a commit, tag or branch, got "a b"; /,
    );
  });

  test('takes deploy-time values', () => {
    const source = new ModelSource({ repository: Lazy.string({ produce: () => 'x' }), revision: Lazy.string({ produce: () => 'y' }) });
    expect(source.isPinned).toBe(true);
  });
});

describe('EngineImage', () => {
  test.each([
    ['vllm/vllm-openai:v0.18.1', 'v0.18.1', undefined],
    [`vllm/vllm-openai@${DIGEST}`, undefined, DIGEST],
    [`localhost:5000/vllm:v0.18.1@${DIGEST}`, 'v0.18.1', DIGEST],
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
    expect(() => EngineImage.fromReference('vllm/vllm-openai:v0.18.1').requireDigest()).toThrow('image: expected a digest, got "vllm/vllm-openai:v0.18.1"');
    expect(EngineImage.fromReference(`vllm/vllm-openai@${DIGEST}`).requireDigest().digest).toBe(DIGEST);
  });

  test('a deploy-time value is taken as it is', () => {
    const reference = Lazy.string({ produce: () => 'x' });
    expect(EngineImage.fromReference(reference).requireDigest().reference).toBe(reference);
  });
});
