import * as path from 'node:path';
import * as environments from '../environments';
import { runCommand } from '../lib/commands/command-line/run-command';
import { diffCommand } from '../lib/commands/diff/diff-command';

void runCommand(
  diffCommand({
    environments: [environments.staging, environments.production, environments.rehearsal()],
    repository: path.resolve(__dirname, '..'),
    print: (text) => console.log(text),
  }),
);
