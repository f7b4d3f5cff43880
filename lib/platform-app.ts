import * as fs from 'node:fs';
import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { production, rehearsal, type RehearsalOverrides, staging } from '../environments';
import type { EnvironmentConfig } from './environment/environment-config';
import { selectEnvironments } from './environment/environment-checks';
import { PlatformStage } from './stage';

/** Environments that are synthesized when none is asked for. */
const DEFAULT_ENVIRONMENTS = [staging.name, production.name];

/**
 * Adds a stage to the app for each environment that the context asks for:
 * `environment`, a name or several with commas (all but the rehearsal when absent), and
 * `rehearsal`, a JSON file with what is known only while a rehearsal runs.
 *
 * @param others environments that may be asked for besides those of this repository
 * @throws when an environment does not exist or is wrong; the error lists every problem.
 */
export function addEnvironments(app: App, others: readonly EnvironmentConfig[] = []): PlatformStage[] {
  const known = [staging, production, rehearsal(readOverrides(app.node.tryGetContext('rehearsal'))), ...others];
  const names = String(app.node.tryGetContext('environment') ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '');
  const stages = selectEnvironments(known, names, DEFAULT_ENVIRONMENTS)
    .map((environment) => new PlatformStage(app, environment.name, { environment }));
  // The rules take seconds; tests and benchmarks switch them off like aws-cdk-lib's own.
  if (process.env.CDK_VALIDATION !== 'false') Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return stages;
}

function readOverrides(file: unknown): RehearsalOverrides {
  if (typeof file !== 'string') return {};
  return JSON.parse(fs.readFileSync(file, 'utf8')) as RehearsalOverrides;
}
