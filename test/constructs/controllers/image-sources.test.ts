import { Controller, ImageSources } from '../../../constructs/controllers';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;
const ROLLOUTS = 'quay.io/argoproj/argo-rollouts:v1.9.2';
const CACHE = '111111111111.dkr.ecr.us-east-1.amazonaws.com';

describe('ImageSources', () => {
  test.each<[string, ConstructorParameters<typeof ImageSources>[0], string, string]>([
    ['leaves an image alone of which nothing is said', {}, ROLLOUTS, ROLLOUTS],
    ['adds the digest', { digests: { [ROLLOUTS]: DIGEST } }, ROLLOUTS, `${ROLLOUTS}@${DIGEST}`],
    [
      'keeps a digest that is there',
      { digests: { [ROLLOUTS]: DIGEST } },
      `${ROLLOUTS}@${OTHER}`,
      `${ROLLOUTS}@${OTHER}`,
    ],
    [
      'takes the mirror of the registry',
      { mirrors: { 'quay.io': `${CACHE}/quay` } },
      ROLLOUTS,
      `${CACHE}/quay/argoproj/argo-rollouts:v1.9.2`,
    ],
    [
      'takes the mirror that is closest',
      { mirrors: { 'quay.io': 'a.example', 'quay.io/argoproj': 'b.example' } },
      ROLLOUTS,
      'b.example/argo-rollouts:v1.9.2',
    ],
    [
      'takes no registry for another that begins like it',
      { mirrors: { 'quay.i': 'a.example', 'quay.io/argo': 'b.example' } },
      ROLLOUTS,
      ROLLOUTS,
    ],
    [
      'knows the digest of the image in its own registry',
      { mirrors: { 'quay.io': 'a.example' }, digests: { [ROLLOUTS]: DIGEST } },
      ROLLOUTS,
      `a.example/argoproj/argo-rollouts:v1.9.2@${DIGEST}`,
    ],
    [
      'knows the digest of the image in the mirror',
      { mirrors: { 'quay.io': 'a.example' }, digests: { 'a.example/argoproj/argo-rollouts:v1.9.2': DIGEST } },
      ROLLOUTS,
      `a.example/argoproj/argo-rollouts:v1.9.2@${DIGEST}`,
    ],
  ])('%s', (_, props, image, reference) => {
    expect(new ImageSources(props).reference(image)).toBe(reference);
  });

  test('says everything that is wrong at once', () => {
    expect(
      () =>
        new ImageSources({
          digests: { 'argo-rollouts': DIGEST, [ROLLOUTS]: 'aaaa' },
          mirrors: { 'https://quay.io': 'a.example' },
        }),
    ).toThrow(
      [
        'digests: expected images as <registry>/<repository>:<tag>, got "argo-rollouts"; write the registry too, docker.io for those of Docker Hub',
        `digests: expected sha256:<64 hexadecimal digits> of ${ROLLOUTS}, got "aaaa"; docker buildx imagetools inspect ${ROLLOUTS} prints it`,
        'mirrors: expected registries, with or without a path, got "https://quay.io"; write them like quay.io and 111111111111.dkr.ecr.us-east-1.amazonaws.com/quay',
      ].join('\n'),
    );
  });
});

describe('images of a controller', () => {
  test('are in the values of its chart', () => {
    expect(Controller.LEADER_WORKER_SET.facts.values.image).toEqual({
      manager: { pullPolicy: 'IfNotPresent', repository: 'registry.k8s.io/lws/lws', tag: 'v0.10.0' },
    });
    const images = new ImageSources({ digests: { [ROLLOUTS]: DIGEST }, mirrors: { 'quay.io': `${CACHE}/quay` } });
    const { facts } = Controller.ARGO_ROLLOUTS.withImages(images);
    expect(facts.values).toMatchObject({
      controller: {
        replicas: 2,
        image: { registry: CACHE, repository: 'quay/argoproj/argo-rollouts', tag: `v1.9.2@${DIGEST}` },
      },
    });
    expect(facts.images.map(({ reference }) => reference)).toEqual([
      `${CACHE}/quay/argoproj/argo-rollouts:v1.9.2@${DIGEST}`,
    ]);
  });

  test('must name their registry', () => {
    const { facts } = Controller.ARGO_ROLLOUTS;
    expect(() => Controller.of({ ...facts, images: [{ reference: 'busybox:1.37.0', values: 'image' }] })).toThrow(
      'images: expected <registry>/<repository>:<tag>, got "busybox:1.37.0"; write the registry too, docker.io for those of Docker Hub',
    );
  });
});
