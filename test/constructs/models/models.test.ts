import { Lazy } from 'aws-cdk-lib';
import { EngineImage } from '../../../constructs/models/engine-image';
import { modelSourceProblems } from '../../../constructs/models/model-source';

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

  test('a deploy-time value is taken as it is', () => {
    const reference = Lazy.string({ produce: () => 'x' });
    expect(EngineImage.fromReference(reference).requireDigest().reference).toBe(reference);
  });
});
