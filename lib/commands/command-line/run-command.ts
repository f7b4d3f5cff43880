import { type Command } from 'commander';

/**
 * Runs a command; a failure is one message on standard error and exit code 1, never a stack trace.
 *
 * @param explain words for errors that are not the person's
 */
export async function runCommand(command: Command, explain: (error: unknown) => string = firstLine): Promise<void> {
  try {
    await command.showHelpAfterError().parseAsync();
  } catch (error) {
    console.error(`${command.name()}: ${explain(error)}`);
    process.exitCode = 1;
  }
}

function firstLine(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
