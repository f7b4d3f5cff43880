import { UserError } from '../command-line/user-error';
import type { EnvironmentConfig } from '../../environment/environment-config';
import { command, recoverCommand } from './commands';

/** `<namespace>/<name>` as Kubernetes allows them. */
const RELEASE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?\/[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/;

/** The stack as CloudFormation names it: `staging-Serving-chat`, also where `cdk` says `staging/Serving-chat`. */
export function stackNameOf(name: string): string {
  return name.replace('/', '-');
}

/** Where a name is used. */
export interface NameContext {
  /** The environment that the command is for. */
  readonly environment: EnvironmentConfig;
  readonly environments: readonly EnvironmentConfig[];
  /** Resources to skip, of recover. */
  readonly skip: readonly string[];
}

/**
 * Judges a name by its shape, before anybody is asked.
 *
 * @throws UserError when it is no release or no stack, or a stack of another environment, with what to type in its place
 */
export function refuseWrongName(verb: 'drift' | 'reapply' | 'recover', name: string, context: NameContext): void {
  if (verb === 'recover') refuseOtherStack(name, context);
  else refuseNoRelease(verb, name, context);
}

function refuseOtherStack(name: string, { environment, environments, skip }: NameContext): void {
  const owner = environmentOf(name, environments);
  if (owner === environment) return;
  const example = `a stack of ${environment.name} as in ${environment.name}-Serving-chat`;
  if (owner)
    throw new UserError(
      `recover: expected ${example}, got one of ${owner.name}; \`${recoverCommand(owner, stackNameOf(name), skip)}\` is for that`,
    );
  if (RELEASE.test(name))
    throw new UserError(
      `recover: expected ${example}, got the release ${name}; \`${command(environment, `reapply ${name}`)}\` puts a release back`,
    );
  throw new UserError(
    `recover: expected ${example}, got ${JSON.stringify(name)}; \`npx cdk list\` names those of the app`,
  );
}

function refuseNoRelease(verb: string, name: string, { environment, environments }: NameContext): void {
  if (RELEASE.test(name)) return;
  const owner = environmentOf(name, environments);
  if (owner)
    throw new UserError(
      `${verb}: expected a release as in models/chat, got the stack ${name}; \`${command(owner)}\` lists releases with their stacks, \`${recoverCommand(owner, stackNameOf(name), [])}\` is for a stuck stack`,
    );
  throw new UserError(
    `${verb}: expected a release as in models/chat, got ${JSON.stringify(name)}; \`${command(environment)}\` lists them`,
  );
}

/** The environment of a stack: its name comes first; where one environment's name begins with another's, the longer one counts. */
function environmentOf(stack: string, environments: readonly EnvironmentConfig[]): EnvironmentConfig | undefined {
  return environments
    .filter(({ name }) => stackNameOf(stack).startsWith(`${name}-`))
    .sort((a, b) => b.name.length - a.name.length)[0];
}
