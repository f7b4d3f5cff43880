import { type Stack } from 'aws-cdk-lib';
import { production } from '../../environments';
import { KubernetesRelease } from '../../constructs/kubernetes';
import { Controller, ImageSources } from '../../constructs/controllers';
import { imagesOf } from '../../constructs/kubernetes/images-of';
import { imagesOfForeignRegistries, imagesWithoutDigest } from '../../lib/references/images';
import type { EnvironmentConfig } from '../../lib/environment/environment-config';
import { checkEnvironment } from '../../lib/environment/environment-checks';
import { PlatformStage } from '../../lib/stage';
import { PlatformStack } from '../../lib/stacks/platform-stack';
import { testApp } from '../support/app';
import { fullEnvironment } from '../support/full-environment';

const DIGEST = `sha256:${'a'.repeat(64)}`;

interface Images {
  readonly stacks: Stack[];
  readonly controllers: readonly Controller[];
}

function imagesIn(environment: EnvironmentConfig): Images {
  const stacks = new PlatformStage(testApp(), environment.name, { environment }).node.children as Stack[];
  return {
    stacks,
    controllers: stacks.find((stack): stack is PlatformStack => stack instanceof PlatformStack)!.controllers,
  };
}

const allOf = ({ stacks, controllers }: Images): string[] => [
  ...controllers.flatMap(({ facts }) => facts.images.map(({ reference }) => reference)),
  ...stacks.flatMap((stack) => KubernetesRelease.allIn(stack).flatMap(({ objects }) => imagesOf(objects))),
];

test('every image of production has its digest', () => {
  const images = allOf(imagesIn(production));
  expect(images.length).toBeGreaterThan(10);
  expect(images.filter((image) => !/@sha256:[0-9a-f]{64}$/.test(image))).toEqual([]);
});

test('without digests production is refused, by every image at once and how to learn its digest', () => {
  const build = () => new PlatformStage(testApp(), 'production', { environment: { ...production, images: undefined } });
  expect(build).toThrow(
    /images\.digests: expected the digest of quay\.io\/argoproj\/argo-rollouts:v[\d.]+ in the chart argo-rollouts, got none; add what this prints: docker buildx imagetools inspect quay\.io\/argoproj\/argo-rollouts:v[\d.]+ --format '\{\{\.Manifest\.Digest\}\}', or: crane digest /,
  );
  expect(build).toThrow(
    /quay\.io\/prometheus\/prometheus.*in the chart kube-prometheus-stack, got none(.*\n)*.*aws-otel-collector:v[\d.]+ in the release metric-bridge, got none/,
  );
});

test('every image that an environment does not write itself takes a digest and a mirror', () => {
  const written = fullEnvironment.models.map(({ image }) => image);
  const chosen = [...new Set(allOf(imagesIn(fullEnvironment)))].filter((image) => !written.includes(image));
  expect(chosen).toEqual(
    expect.arrayContaining([
      ...Controller.LEADER_WORKER_SET.facts.images.map(({ reference }) => reference),
      expect.stringMatching(/aws-cli/),
      expect.stringMatching(/pause/),
      expect.stringMatching(/kubectl/),
      expect.stringMatching(/aws-otel-collector/),
    ]),
  );
  const names = chosen.map((image) => image.split('@')[0]);
  const environment = {
    ...fullEnvironment,
    images: {
      digests: Object.fromEntries(names.map((image) => [image, DIGEST])),
      mirrors: Object.fromEntries(
        names.map((image) => image.split('/')[0]).map((registry) => [registry, `mirror.example/${registry}`]),
      ),
    },
  };
  const images = imagesIn(environment);
  expect(
    allOf(images).filter((image) => !written.includes(image) && !/^mirror\.example\/.+@sha256:/.test(image)),
  ).toEqual([]);
  expect(imagesWithoutDigest(images).every((problem) => written.some((image) => problem.includes(image)))).toBe(true);
});

test('what is malformed is reported with everything else', () => {
  const problems = checkEnvironment({
    ...production,
    region: 'Virginia',
    images: { digests: { 'argo-rollouts': DIGEST } },
  });
  expect(problems).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^region: /),
      expect.stringMatching(/^images\.digests: expected images as <registry>\/<repository>:<tag>, got "argo-rollouts"/),
    ]),
  );
});

test('images are found wherever a pod stands', () => {
  const container = (image: string) => ({ name: 'a', image });
  expect(
    imagesOf([
      { spec: { template: { spec: { initContainers: [container('a:1')], containers: [container('b:1')] } } } },
      {
        spec: {
          jobTemplate: { spec: { template: { spec: { containers: [container('c:1')] } } } },
          metrics: [{ provider: { job: { spec: { containers: [container('d:1')] } } } }],
        },
      },
    ]),
  ).toEqual(['a:1', 'b:1', 'c:1', 'd:1']);
  expect(new ImageSources().reference('a.example/b:1')).toBe('a.example/b:1');
});

describe('registries that admission allows', () => {
  const admitting = (allowedRegistries: readonly string[]): EnvironmentConfig => ({
    ...production,
    admission: { allowedRegistries },
  });

  test('an image of a model from elsewhere is refused before the API server refuses its pods', () => {
    expect(
      () => new PlatformStage(testApp(), 'production', { environment: admitting(['quay.io', 'docker.io/vllm']) }),
    ).toThrow(
      /admission\.allowedRegistries: expected the registry of 222222222222\.dkr\.ecr\S+ in the release chat, got quay\.io, docker\.io\/vllm; the API server would refuse its pods/,
    );
  });

  test('images of controllers may come from everywhere', () => {
    const environment = admitting(['222222222222.dkr.ecr.us-east-1.amazonaws.com']);
    const { stacks } = imagesIn(environment);
    expect(imagesOfForeignRegistries({ stacks }, environment.admission?.allowedRegistries)).toEqual([]);
    const [platform] = stacks
      .flatMap((stack) => KubernetesRelease.allIn(stack))
      .filter(({ releaseName }) => releaseName === 'platform');
    expect(JSON.stringify(platform.objects)).toContain('llm-platform-workload-images');
  });

  test('an environment whose list is no list of registries is refused', () => {
    expect(checkEnvironment(admitting(['*']))).toEqual([
      expect.stringMatching(/^admission\.allowedRegistries: expected registries, .*, got "\*"/),
    ]);
  });
});
