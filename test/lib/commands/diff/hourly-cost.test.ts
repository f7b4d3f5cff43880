import { Duration } from 'aws-cdk-lib';
import { type ApiObjectProps } from 'cdk8s';
import { Accelerator } from '../../../../constructs/gpu/accelerator';
import { readAssembly } from '../../../../lib/commands/diff/assembly';
import { diffText } from '../../../../lib/commands/diff/diff-text';
import { diffEnvironment } from '../../../../lib/commands/diff/environment-diff';
import { hourlyCostOf } from '../../../../lib/commands/diff/hourly-cost';
import { type ModelOptions } from '../../../../constructs/serving/model-options';
import { render } from '../../../constructs/serving/model';
import { assembly, removeAssemblies } from './assemblies';

afterAll(removeAssemblies);

function plan(before: Partial<ModelOptions>, after: Partial<ModelOptions>, hasNodes = true): string {
  const of = (overrides: Partial<ModelOptions>) =>
    readAssembly(
      assembly({ chat: () => render(overrides) as unknown as (ApiObjectProps & Record<string, unknown>)[] }),
      'test',
    );
  const text = diffText(
    diffEnvironment('test', 'HEAD', of(before), of(after), {
      rolloutSeconds: () => 1500,
      placement: () => undefined,
      gateQuality: () => undefined,
      hasNodes: () => hasNodes,
    }),
  );
  return text.split('Rollouts\n')[1].trim();
}

// On-demand prices of the table of `Accelerator`: g6.xlarge 0.8048, g6e.xlarge 1.861, g6.12xlarge 4.6016 USD/h for four GPUs.
describe('npm run diff', () => {
  test('a larger accelerator is a canary like any other change, and the plan says what it costs', () => {
    expect(
      plan(
        { accelerator: Accelerator.fromInstanceType('g6.xlarge') },
        { accelerator: Accelerator.fromInstanceType('g6e.xlarge') },
      ),
    ).toMatch(
      /^models\/chat: pods change: canary 25 % → hold 240s → verdict → 50 % → hold 180s → verdict → 100 % → bake; planned 25 min, given up after 55 min; 3\.22 USD\/h \(2,350 USD a month\) → 7\.44 USD\/h \(5,434 USD a month\) on demand$/,
    );
  });

  test('says when the nodes of the old revision would go before it is replaced', () => {
    const warning =
      "! its nodes (g6.xlarge) go before it moves: set previousInstanceType: 'g6.xlarge' until it has moved";
    expect(
      plan(
        { accelerator: Accelerator.fromInstanceType('g6.xlarge') },
        { accelerator: Accelerator.fromInstanceType('g6e.xlarge') },
        false,
      ),
    ).toContain(warning);
    expect(
      plan(
        { accelerator: Accelerator.fromInstanceType('g6.xlarge') },
        { accelerator: Accelerator.fromInstanceType('g6e.xlarge') },
      ),
    ).not.toContain('!');
    expect(
      plan({}, { model: { repository: 'Qwen/Qwen3-8B', revision: 'c968826d9c46dd6066d109eabc6255188de91218' } }, false),
    ).not.toContain('!');
  });

  test('another image costs nothing more, and nothing is said', () => {
    expect(
      plan({}, { model: { repository: 'Qwen/Qwen3-8B', revision: 'c968826d9c46dd6066d109eabc6255188de91218' } }),
    ).not.toContain('USD');
  });

  test('a model that begins to follow its load has a range', () => {
    expect(plan({}, { autoscaling: { minReplicas: 2, maxReplicas: 8 } })).toBe(
      'models/chat: no canary: pods unchanged; its new steps count from the next revision on; 3.22 USD/h (2,350 USD a month) → 1.61 to 6.44 USD/h (1,175 to 4,700 USD a month) on demand',
    );
  });
});

test('replicas that follow the load stay what they are, whatever the release names', () => {
  const autoscaling = { minReplicas: 2, maxReplicas: 8 };
  expect(plan({ autoscaling }, { autoscaling, replicas: 6 })).toBe(
    'models/chat: no canary: pods unchanged; its replicas stay, they follow the load',
  );
  const timings = { expectedStartup: Duration.minutes(1) };
  expect(plan({ timings }, { timings, replicas: 6 })).toContain('scaled from 4 to 6 replicas');
});

describe('the cost of a workload', () => {
  const pod = (instanceType: string, gpus: string) => ({
    nodeSelector: { 'llm-platform.dev/accelerator': instanceType },
    containers: [{ resources: { limits: { 'nvidia.com/gpu': gpus } } }],
  });
  const workload = (kind: string, spec: object) => ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'chat', namespace: 'models' },
    spec,
  });

  test('is its share of the devices of an instance', () => {
    expect(
      hourlyCostOf(workload('Rollout', { replicas: 3, template: { spec: pod('g6.12xlarge', '2') } }), [])?.most,
    ).toBeCloseTo((3 * 4.6016) / 2, 6);
  });

  test('counts every pod of a group', () => {
    const spec = { replicas: 2, leaderWorkerTemplate: { size: 3, workerTemplate: { spec: pod('g6.12xlarge', '4') } } };
    expect(hourlyCostOf(workload('LeaderWorkerSet', spec), [])?.most).toBeCloseTo(6 * 4.6016, 6);
  });

  test.each<[string, object]>([
    ['an instance type that is not listed', { replicas: 1, template: { spec: pod('x9.large', '1') } }],
    [
      'replicas that only a deployment knows',
      { replicas: { $deployTime: 'value' }, template: { spec: pod('g6.xlarge', '1') } },
    ],
    ['no device', { replicas: 1, template: { spec: pod('g6.xlarge', '0') } }],
  ])('is not known with %s', (_, spec) => {
    expect(hourlyCostOf(workload('Rollout', spec), [])).toBeUndefined();
  });
});
