import { Aws, Stack } from 'aws-cdk-lib';
import { App } from 'cdk8s';
import {
  foreignImages,
  type WorkloadAdmission,
  workloadAdmissionProblems,
} from '../../../constructs/platform/workload-admission';
import { WorkloadAdmissionChart } from '../../../constructs/platform/workload-admission-chart';

const problemsOf = (options: WorkloadAdmission) => workloadAdmissionProblems('admission', options);

interface Policy {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown>;
}
const render = (options: WorkloadAdmission) =>
  new WorkloadAdmissionChart(new App(), 'test', options).toJson() as Policy[];

describe('policies', () => {
  test('hold in namespaces of workloads alone, and refuse where they cannot be judged', () => {
    const objects = render({ allowedRegistries: ['quay.io'] });
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'ValidatingAdmissionPolicy llm-platform-workload-images',
      'ValidatingAdmissionPolicyBinding llm-platform-workload-images',
      'ValidatingAdmissionPolicy llm-platform-workload-labels',
      'ValidatingAdmissionPolicyBinding llm-platform-workload-labels',
    ]);
    for (const { kind, metadata, spec } of objects)
      expect(spec).toMatchObject(
        kind === 'ValidatingAdmissionPolicy'
          ? { failurePolicy: 'Fail' }
          : {
              policyName: metadata.name,
              validationActions: ['Deny'],
              matchResources: { namespaceSelector: { matchLabels: { 'llm-platform.dev/tier': 'model' } } },
            },
      );
  });

  test('without registries ask for labels alone', () => {
    expect(render({}).map(({ metadata }) => metadata.name)).toEqual([
      'llm-platform-workload-labels',
      'llm-platform-workload-labels',
    ]);
    expect(JSON.stringify(render({ requiredLabels: ['team'] }))).toContain("['team'].filter");
  });
});

describe('options', () => {
  test('that are right', () => {
    const stack = new Stack();
    expect(
      problemsOf({
        allowedRegistries: [
          'quay.io',
          'docker.io/vllm',
          'localhost/x',
          'registry:5000',
          `${Aws.ACCOUNT_ID}.dkr.ecr.${stack.region}.amazonaws.com`,
        ],
        requiredLabels: ['team', 'app.kubernetes.io/name', Aws.STACK_NAME],
      }),
    ).toEqual([]);
    expect(problemsOf({})).toEqual([]);
  });

  test('that are wrong, all at once', () => {
    expect(
      problemsOf({
        allowedRegistries: ['*', 'vllm', "quay.io/'", 'https://quay.io', 'quay.io/'],
        requiredLabels: ['a b', "x'"],
      }),
    ).toEqual([
      expect.stringMatching(/^admission\.allowedRegistries: expected registries, .*, got "\*"; write them like/),
      expect.stringContaining('got "vllm"'),
      expect.stringContaining(`got "quay.io/'"`),
      expect.stringContaining('got "https://quay.io"'),
      expect.stringContaining('got "quay.io/"'),
      expect.stringMatching(/^admission\.requiredLabels: expected names of labels, got "a b"; write them like/),
      expect.stringContaining(`got "x'"`),
    ]);
    expect(problemsOf({ allowedRegistries: [], requiredLabels: [] })).toEqual([
      expect.stringMatching(/^admission\.allowedRegistries: expected at least one, got none; /),
      expect.stringMatching(/^admission\.requiredLabels: expected at least one, got none; /),
    ]);
  });
});

test('images that a policy would refuse are known before', () => {
  const images = ['quay.io/a/b:1', 'a/b:1', 'busybox', 'quay.io.evil.example/b', Aws.ACCOUNT_ID];
  expect(foreignImages(images, undefined)).toEqual([]);
  expect(foreignImages(images, ['quay.io'])).toEqual(['a/b:1', 'busybox', 'quay.io.evil.example/b']);
  expect(foreignImages(images, ['docker.io/library'])).toEqual(['quay.io/a/b:1', 'a/b:1', 'quay.io.evil.example/b']);
  expect(foreignImages(images, ['docker.io'])).toEqual(['quay.io/a/b:1', 'quay.io.evil.example/b']);
  expect(foreignImages(images, [Aws.ACCOUNT_ID])).toEqual([]);
});
