import { imageReferenceProblems } from '../../../constructs/models/engine-image';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

test.each([
  'my_org/vllm-openai:v0.32.0',
  'a__b/c--d/e.f:1',
  'vllm_openai:v1',
  'localhost/vllm:v1',
  'localhost:5000/vllm:v1',
  'registry:5000/my_org/vllm:v1',
  'registry.example.com/my_org/vllm:v1',
  '111111111111.dkr.ecr.us-east-1.amazonaws.com/a/b:v1',
  'vllm/vllm-openai:v0.32.0',
  `ghcr.io/a/b:v1@${DIGEST}`,
  `a/b@${DIGEST}`,
])('%s is a reference', (reference) => {
  expect(imageReferenceProblems(reference)).toEqual([]);
});

test.each([
  'My/vllm:v1',
  'my_registry.example.com:5000/vllm:v1',
  'a___b/c:v1',
  '_a/b:v1',
  'a_/b:v1',
  'a//b:v1',
  'a..b/c:v1',
  '-a/b:v1',
  'https://a/b:v1',
])('%s is none', (reference) => {
  expect(imageReferenceProblems(reference)).toEqual([expect.stringMatching(/^image: expected <repository>:<tag> or /)]);
});
