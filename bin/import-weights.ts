import * as environments from '../environments';
import { runCommand } from '../lib/commands/command-line/run-command';
import { importCommand } from '../lib/commands/weights-import/import-command';

void runCommand(
  importCommand({
    environments: [environments.staging, environments.production],
    hubToken: process.env.HF_TOKEN,
    print: (text) => console.log(text),
    log: (line) => console.error(line),
  }),
);
