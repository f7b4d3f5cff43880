import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { KubernetesRelease } from '../../constructs';
import { allFences, fencesOf, type Fence } from './fences';
import { GIVEN } from './given';
import { runExample } from './run-example';
import { typeProblems } from './type-check';

// The types of a whole library are read, on whatever machine this is.
jest.setTimeout(120_000);

const fences = allFences();
const fence = (code: string, given: string[] = []): Fence => ({ document: 'some.md', line: 10, code, given });
const givenNames = Object.keys(GIVEN);

/** Wrong examples, and what must be said of them. */
const wrong = [
  fence(
    "import { ReleaseTier } from 'cdk-llm-platform';\n\nconst tier: ReleaseTier = 7;\nconst id: number = stack.node.id;",
    ['stack'],
  ),
  fence('const two: string = missing;'),
  fence('const right = vpc.vpcId.length;', ['vpc']),
  // Nothing but `any`, which the name of a type that does not exist would be, may stand in the place of this.
  fence(givenNames.map((name) => `const of_${name}: { readonly no: 'such' } = ${name};`).join('\n'), givenNames),
];

/** One program for all of them: reading the types takes most of the time. */
let problems: string[];
beforeAll(() => {
  problems = typeProblems([...fences, ...wrong]);
});
/** What examples print is for their reader. */
beforeEach(() => {
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
});

const nameOf = ({ document, line }: Fence) => `${document}:${line}`;

/** The first example of an area's README. */
function exampleOf(area: string): Fence {
  const found = fences.find(({ document }) => document === `constructs/${area}/README.md`);
  if (!found) throw new Error(`constructs/${area}/README.md: expected an example, got none; add a fence of ts`);
  return found;
}

const kindsOf = (objects: unknown[]) => (objects as { kind: string }[]).map(({ kind }) => kind);

describe('documents', () => {
  test.each([
    'cluster',
    'delivery',
    'edge',
    'gateway',
    'gpu',
    'kubernetes',
    'model-providers',
    'models',
    'network',
    'observability',
    'platform',
    'rollout',
    'secrets',
    'serving',
    'weights',
  ])('constructs/%s has an example', (area) => {
    expect(exampleOf(area).code).toContain("from 'cdk-llm-platform'");
  });

  test('every example has the right types', () => {
    expect(problems.filter((problem) => !problem.startsWith('some.md:'))).toEqual([]);
  });

  const runnable = fences.filter(
    ({ document }) => document.startsWith('constructs/') || document === 'docs/guides/use-the-constructs.md',
  );
  test.each(runnable.map((fence) => [nameOf(fence), fence] as const))('%s can be synthesized', (_, fence) => {
    const stack = runExample(fence);
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('the first example of the guide is a whole app of at most fifteen lines', () => {
    const first = fences.find(({ document }) => document === 'docs/guides/use-the-constructs.md')!;
    expect(first.code.split('\n').length).toBeLessThanOrEqual(15);
    const synth = jest.spyOn(App.prototype, 'synth');
    runExample(first);
    const assembly = synth.mock.results[0].value as ReturnType<App['synth']>;
    synth.mockRestore();
    expect(assembly.manifest.missing ?? []).toEqual([]);
    expect(
      assembly.stacks.map(({ stackName, dependencies }) => [
        stackName,
        dependencies
          .map(({ id }) => id)
          .filter((id) => !id.endsWith('.assets'))
          .sort(),
      ]),
    ).toEqual([
      ['llm', []],
      ['llm-gpus', ['llm']],
      ['llm-chat', ['llm', 'llm-gpus']],
    ]);
    Template.fromJSON(assembly.getStackByName('llm-chat').template as object).hasResourceProperties(
      'Custom::KubernetesRelease',
      { ReleaseName: 'chat', Namespace: 'models' },
    );
  });

  test('the example of ModelService ships a model', () => {
    const stack = runExample(exampleOf('serving'));
    Template.fromStack(stack).hasResourceProperties('Custom::KubernetesRelease', {
      ReleaseName: 'chat',
      Namespace: 'models',
      ServiceToken: 'arn:model',
    });
    const [release] = KubernetesRelease.allIn(stack);
    expect(kindsOf(release.objects)).toEqual(
      expect.arrayContaining(['Rollout', 'Service', 'PodMonitor', 'AnalysisTemplate', 'NetworkPolicy']),
    );
  });

  test('the example of RolloutStrategy steps up and is judged', () => {
    const stack = runExample(exampleOf('rollout'));
    const [release] = KubernetesRelease.allIn(stack);
    const rollout = (
      release.objects as { kind: string; spec: { strategy: { canary: { steps: { setWeight?: number }[] } } } }[]
    ).find(({ kind }) => kind === 'Rollout')!;
    const weights = rollout.spec.strategy.canary.steps.flatMap(({ setWeight }) =>
      setWeight === undefined ? [] : [setWeight],
    );
    expect(weights).toEqual([...weights].sort((one, other) => one - other));
    expect(weights.length).toBeGreaterThan(1);
    expect(kindsOf(release.objects)).toContain('AnalysisTemplate');
  });
});

describe('the check itself', () => {
  test('finds fences with their lines, and leaves other languages alone', () => {
    expect(
      fencesOf('some.md', 'text\n```ts given=stack,vpc\nconst one = 1;\n```\n```sh\nls\n```\n```ts\n\n```\n'),
    ).toEqual([
      { document: 'some.md', line: 3, code: 'const one = 1;', given: ['stack', 'vpc'] },
      { document: 'some.md', line: 9, code: '', given: [] },
    ]);
    expect(() => fencesOf('some.md', '\n```ts\nconst one = 1;\n')).toThrow(
      'some.md:2: expected the fence to be closed',
    );
  });

  test('names the line of the document, and knows the type of everything it gives', () => {
    const found = problems.filter((problem) => problem.startsWith('some.md:'));
    expect(found.slice(0, 3)).toEqual([
      expect.stringMatching(/^some\.md:12: Type '7' is not assignable/) as string,
      "some.md:13: Type 'string' is not assignable to type 'number'.",
      "some.md:10: Cannot find name 'missing'.",
    ]);
    expect(found.slice(3).map((problem) => problem.split(':')[1])).toEqual(
      givenNames.map((_, index) => String(10 + index)),
    );
  });

  test('refuses a name that it cannot give', () => {
    expect(() => typeProblems([fence('', ['nothing'])])).toThrow('some.md:9: given: expected stack, ');
  });
});
