import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ProgramOptions, runProgram } from './run-program';

/** Root of this project, where cdk.json is. */
export const PROJECT = join(__dirname, '..', '..');

/** How a run of a command ended. */
export interface CommandResult {
  /** -1 when it was ended by a signal. */
  readonly exitCode: number;
  /** All that it wrote, standard output and standard error in the order in which it came. */
  readonly output: string;
  readonly milliseconds: number;
}

/** One run of a command, in the root of this project by default, whose cdk.json names the app. The signal interrupts it, as Ctrl-C would. */
export type CommandOptions = Pick<ProgramOptions, 'cwd' | 'signal' | 'onStart'>;

/** The environment in which the CDK CLI, the SDK and the app see the emulator and nothing of the user's own account. */
export function cdkEnvironment(
  runDirectory: string,
  endpoint: string,
  account: string,
  region: string,
): Record<string, string> {
  const nowhere = join(runDirectory, 'cdk-cli');
  mkdirSync(nowhere, { recursive: true });
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_CONFIG_FILE: join(nowhere, 'aws-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(nowhere, 'aws-credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    CDK_DEFAULT_ACCOUNT: account,
    CDK_DEFAULT_REGION: region,
    CDK_HOME: nowhere,
    CDK_DISABLE_VERSION_CHECK: '1',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    // Two seconds and 300 MB a synthesis; CI does it once, on its own.
    CDK_VALIDATION: 'false',
    npm_config_cache: nowhere,
    npm_config_update_notifier: 'false',
  };
}

/** What Node.js is given to run the real CDK CLI of this project. */
export function cdkCommand(args: readonly string[]): string[] {
  return [require.resolve('aws-cdk/bin/cdk'), ...args, '--no-notices'];
}

/** What Node.js is given to run a command of this project, as `npm run <name>` does. */
export function commandOfProject(name: string, args: readonly string[]): string[] {
  return [join(PROJECT, 'scripts', 'start.mjs'), join(PROJECT, 'bin', `${name}.ts`), ...args];
}

/** Runs Node.js; never rejects because of what it answers. */
export async function runNode(
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
  options: CommandOptions,
): Promise<CommandResult> {
  const started = Date.now();
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|CDK_)/.test(name)));
  const { exitCode, output } = await runProgram(process.execPath, argv, {
    cwd: PROJECT,
    ...options,
    env: { ...own, ...environment, CI: 'true', NO_COLOR: '1', FORCE_COLOR: '0' },
    endBy: 'SIGINT',
  });
  return { exitCode: exitCode ?? -1, output, milliseconds: Date.now() - started };
}
