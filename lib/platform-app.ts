import * as fs from 'node:fs';
import { type App, Validations } from 'aws-cdk-lib';
import type { EnvironmentConfig } from './environment';
import { selectEnvironments } from './environment/environment-checks';
import { PlatformStage } from './stage';

/**
 * Adds a stage to the app for each environment that the context names as `environment`: one, or several with commas.
 *
 * @param environments those that are synthesized when none is named
 * @param others those that must be named
 * @throws when an environment does not exist or is wrong; the error lists every problem.
 */
export function addEnvironments(
  app: App,
  environments: readonly EnvironmentConfig[],
  others: readonly EnvironmentConfig[] = [],
): PlatformStage[] {
  const names = String(app.node.tryGetContext('environment') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const stages = selectEnvironments(
    [...environments, ...others],
    names,
    environments.map(({ name }) => name),
  ).map((environment) => new PlatformStage(app, environment.name, { environment }));
  if (process.env.CDK_VALIDATION !== 'false') {
    // The rules take seconds, and half of one to load; tests and benchmarks switch them off like aws-cdk-lib's own.
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load them always
    const { AwsSolutionsChecks } = require('cdk-nag') as typeof import('cdk-nag');
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  }
  return stages;
}

/** The JSON file that the context names by this key; nothing where it names none. */
export function contextFile<T extends object>(app: App, key: string): Partial<T> {
  const file: unknown = app.node.tryGetContext(key);
  return typeof file === 'string' ? (JSON.parse(fs.readFileSync(file, 'utf8')) as T) : {};
}
