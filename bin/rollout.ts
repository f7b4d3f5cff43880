import * as environments from '../environments';
import { connect, explain } from '../lib/commands/cluster-access/connect';
import { runCommand } from '../lib/commands/command-line/run-command';
import { rolloutCommand } from '../lib/commands/rollout/rollout-command';

void runCommand(
  rolloutCommand({
    environments: [environments.staging, environments.production, environments.rehearsal()],
    connect,
    print: (text) => console.log(text),
  }),
  explain,
);
