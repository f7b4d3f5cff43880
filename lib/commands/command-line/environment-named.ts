import type { EnvironmentConfig } from '../../environment/environment-config';
import { UserError } from './user-error';

/**
 * The environment of a name.
 *
 * @throws UserError that names those which exist
 */
export function environmentNamed(environments: readonly EnvironmentConfig[], name: string): EnvironmentConfig {
  const found = environments.find((environment) => environment.name === name);
  if (!found)
    throw new UserError(
      `environment: expected ${environments.map((environment) => environment.name).join(', ')}, got ${JSON.stringify(name)}; environments are in environments/`,
    );
  return found;
}
