import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '..', '..', '..');

const sources = [
  'constructs/models',
  'constructs/placement',
  'constructs/serving',
  'constructs/rollout',
  'constructs/autoscaling',
  'constructs/routing',
  'lib',
].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.posix.join(folder, file)),
);

const filesWith = (pattern: RegExp) =>
  sources.filter((file) => pattern.test(readFileSync(path.join(ROOT, file), 'utf8'))).sort();

test.each([
  // Where it is declared, where it is resolved, and what an environment knows of a cold start.
  [
    'startupBudget',
    ['constructs/models/model-timings.ts'],
    [
      'constructs/models/model-timings.ts',
      'constructs/models/resolved-timings.ts',
      'lib/environment/model/model-options.ts',
    ],
  ],
  // For model, engine and placement together, and as a result; who resolves it hands it from one to the other.
  [
    'maxModelLen',
    ['constructs/models/context-options.ts', 'constructs/placement/placement-plan.ts'],
    [
      'constructs/models/context-options.ts',
      'constructs/placement/placement-plan.ts',
      'constructs/placement/placement.ts',
      'constructs/serving/model-fit.ts',
      'constructs/serving/resolve-model.ts',
      'lib/environment/model/model-options.ts',
      'lib/environment/model/model-placement.ts',
    ],
  ],
])('%s has one name from an environment to the pod', (option, declared, named) => {
  expect(filesWith(new RegExp(`readonly ${option}\\??:`))).toEqual(declared);
  expect(filesWith(new RegExp(`(^|[ {])${option}\\??: `, 'm'))).toEqual(named);
});
