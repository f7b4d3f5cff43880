import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { Duration, Lazy, Size, Token } from 'aws-cdk-lib';
import { type ModelOptions } from '../../../constructs/serving/model-options';
import { type ModelTimings } from '../../../constructs/models/model-timings';
import { resolveModel } from '../../../constructs/serving/resolve-model';
import { modelOptions } from './model';

const SERVING = path.join(__dirname, '..', '..', '..', 'constructs', 'serving');

const resolved = (overrides: Partial<ModelOptions> = {}) => resolveModel(modelOptions(overrides)).model;

/** What a file loads when it is loaded: types are not. */
function loaded(file: string): string[] {
  const statements = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type )(?:(?:\{([^}]*)\}|\*(?: as \w+)?) from )?'([^']+)';/gm,
  );
  return [...statements]
    .filter(
      ([, names]) =>
        names === undefined || names.split(',').some((name) => name.trim() !== '' && !name.trim().startsWith('type ')),
    )
    .map(([, , module]) => module);
}

/** Every module that a file loads, directly and by what it loads. */
function closure(file: string, known = new Set<string>()): Set<string> {
  for (const module of loaded(file)) {
    if (!module.startsWith('.')) {
      known.add(module);
      continue;
    }
    const target = path.resolve(path.dirname(file), module);
    const found = existsSync(`${target}.ts`) ? `${target}.ts` : path.join(target, 'index.ts');
    if (known.has(found)) continue;
    known.add(found);
    closure(found, known);
  }
  return known;
}

test.each(['resolve-model.ts', 'model-chart.ts'])('%s loads nothing of AWS, through whatever it imports', (file) => {
  const modules = [...closure(path.join(SERVING, file))];
  expect(modules.filter((module) => /^(aws-cdk-lib|@aws)/.test(module))).toEqual([]);
  expect(modules).toContain('cdk8s');
  expect([...closure(path.join(SERVING, 'model-service.ts'))]).toContain('aws-cdk-lib');
});

test('a model has every default', () => {
  expect(resolved()).toMatchObject({
    startupBudgetSeconds: 1200,
    capacityBudgetSeconds: 900,
    expectedNodeWaitSeconds: 0,
    expectedStartupSeconds: 600,
    probePeriodSeconds: 5,
    scrapeIntervalSeconds: 15,
    preStopSeconds: 15,
    shutdownTimeoutSeconds: 60,
    terminationGracePeriodSeconds: 105,
    deadlineSeconds: 3300,
    gpus: 1,
    nodes: 1,
    cpus: 3,
    memoryMib: 11264,
    sharedMemoryMib: 1024,
    cacheSizeMib: 102400,
    callers: [{}],
    adapters: [],
    imagePullSecrets: [],
    canaryService: 'chat-canary',
    replicaRange: { least: 4, most: 4 },
  });
});

test('times follow from those that are given', () => {
  const { expectedStartupSeconds, terminationGracePeriodSeconds } = resolved({
    timings: {
      startupBudget: Duration.seconds(61),
      preStop: Duration.seconds(3),
      shutdownTimeout: Duration.minutes(2),
    },
  });
  expect({ expectedStartupSeconds, terminationGracePeriodSeconds }).toEqual({
    expectedStartupSeconds: 31,
    terminationGracePeriodSeconds: 153,
  });
});

test('a rollout is planned with the wait for nodes that is expected, whatever its budget', () => {
  const planned = (timings: ModelTimings) =>
    resolved({ timings: { expectedStartup: Duration.minutes(1), ...timings } });
  expect(planned({}).expectedNodeWaitSeconds).toBe(0);
  expect(planned({ capacityBudget: Duration.minutes(15) }).plannedRolloutSeconds).toBe(
    planned({}).plannedRolloutSeconds,
  );
  expect(planned({ expectedNodeWait: Duration.seconds(301) })).toMatchObject({
    expectedNodeWaitSeconds: 301,
    plannedRolloutSeconds: planned({}).plannedRolloutSeconds + 301,
  });
});

test('times and sizes that are known only at deploy time are refused by their names', () => {
  const later = Token.asNumber(Lazy.number({ produce: () => 60 }));
  const { problems } = resolveModel(
    modelOptions({
      timings: { preStop: Duration.minutes(later), shutdownTimeout: Duration.seconds(later) },
      cacheSize: Size.gibibytes(later),
      weightsSize: Size.mebibytes(later),
      resources: { cpus: 4, memory: Size.gibibytes(later) },
      deadline: Duration.minutes(later),
    }),
  );
  expect(problems.map((problem) => problem.replace(/: expected .*, got a deploy-time value; .*/, ''))).toEqual([
    'weightsSize',
    'resources.memory',
    'cacheSize',
    'timings.preStop',
    'timings.shutdownTimeout',
    'deadline',
  ]);
});

test('weights count with the MiB that they begin', () => {
  const { model } = resolveModel(modelOptions({ weightsSize: Size.mebibytes(6000.5) }));
  expect(model.weightsMib).toBe(6001);
});

test('problems hide no values, and values no problems', () => {
  const { model, problems } = resolveModel(
    modelOptions({
      timings: { probePeriod: Duration.millis(1500) },
      cacheSize: Size.mebibytes(512),
      replicas: 0,
      maxModelLen: 0.5,
    }),
  );
  expect(model).toMatchObject({ probePeriodSeconds: 1.5, cacheSizeMib: 512, replicas: 0, startupBudgetSeconds: 1200 });
  expect(problems.map((problem) => problem.split(':')[0])).toEqual([
    'replicas',
    'maxModelLen',
    'cacheSize',
    'timings.probePeriod',
  ]);
});

test.each([1, 2, 4, 5, 8, 13, 40])(
  'with nothing said of it, a rollout of %d replicas fits into the deadline',
  (replicas) => {
    expect(resolveModel(modelOptions({ replicas, rollout: undefined })).problems).toEqual([]);
    const autoscaling = { minReplicas: 1, maxReplicas: replicas };
    expect(resolveModel(modelOptions({ replicas: 1, autoscaling, rollout: undefined })).problems).toEqual([]);
  },
);
