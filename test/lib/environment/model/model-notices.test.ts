import { Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { production, staging } from '../../../../environments';
import type { EnvironmentConfig } from '../../../../lib/environment/environment-config';
import { dockerHubImages, modelNotices } from '../../../../lib/environment/model/model-notices';
import { PlatformStage } from '../../../../lib/stage';
import { testApp } from '../../../support/app';

const [chat] = staging.models;
const WEIGHTS = { path: `Qwen/Qwen3-8B/${chat.revision}/0123456789ab`, manifestSha256: 'a'.repeat(64) };

test.each([
  ['vllm/vllm-openai:v0.32.0', true],
  ['ubuntu:24.04', true],
  ['docker.io/vllm/vllm-openai:v0.32.0', true],
  ['registry-1.docker.io/vllm/vllm-openai:v0.32.0', true],
  ['222222222222.dkr.ecr.us-east-1.amazonaws.com/vllm-openai:v0.32.0', false],
  ['ghcr.io/ggml-org/llama.cpp:server', false],
  ['localhost:5000/vllm:1', false],
  ['localhost/vllm:1', false],
])('%s comes from Docker Hub: %s', (image, expected) => {
  expect(dockerHubImages([{ ...chat, image }], staging)).toEqual(expected ? [image] : []);
});

test('images that fetch and verify weights count too, each once', () => {
  const environment: EnvironmentConfig = {
    ...staging,
    weightsBucket: { name: 'weights', storageCidrs: ['10.20.0.0/16'], fetchImage: 'amazon/aws-cli:2.27.0' },
  };
  expect(
    dockerHubImages([{ ...chat, weights: { ...WEIGHTS, verifyImage: 'python:3.13' } }, chat], environment),
  ).toEqual(['amazon/aws-cli:2.27.0', 'python:3.13', 'vllm/vllm-openai:v0.32.0']);
});

test('production that downloads from the hub is told to import, staging is not', () => {
  expect(modelNotices(production.models[0], production)).toEqual([
    expect.stringMatching(/^Qwen\/Qwen3-8B is downloaded from the hub at each start of a pod, .* import it/),
  ]);
  expect(modelNotices({ ...production.models[0], weights: WEIGHTS }, production)).toEqual([]);
  expect(modelNotices(chat, staging)).toEqual([expect.stringMatching(/^vllm\/vllm-openai:v0\.32\.0: Docker Hub lets/)]);
});

test('synth tells', () => {
  const stage = new PlatformStage(testApp(), production.name, {
    environment: { ...production, models: [production.models[0]] },
  });
  const stack = stage.node.findChild('Serving-chat') as Stack;
  Annotations.fromStack(stack).hasInfo(
    '*',
    Match.stringLikeRegexp('is downloaded from the hub at each start of a pod'),
  );
});
