import type { EnvironmentConfig } from '../../environment/environment-config';

/** This command, as it is typed. */
export function command({ name }: Pick<EnvironmentConfig, 'name'>, what?: string): string {
  return ['npm run releases --', name, ...(what === undefined ? [] : [what])].join(' ');
}

/** Text of the handler, which does not know how an environment is called, with this environment's name in its commands. */
export function withOwnName(text: string, environment: Pick<EnvironmentConfig, 'name'>): string {
  return text.replaceAll(command({ name: '<environment>' }), command(environment));
}

/** Commands to copy, a line each. */
export function nextSteps(commands: readonly string[]): string {
  return commands.map((each, index) => `${index === 0 ? 'next' : '    '}  ${each}`).join('\n');
}

/** Brings a stack back. */
export function recoverCommand(
  environment: Pick<EnvironmentConfig, 'name'>,
  stackName: string,
  skip: readonly string[],
): string {
  return command(environment, [`recover ${stackName}`, ...skip.map((id) => `--skip ${id}`)].join(' '));
}
