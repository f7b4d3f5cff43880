import * as environments from '../environments';
import { runCommand } from '../lib/commands/command-line/run-command';
import { accountOfIdentity } from '../lib/commands/releases/aws-identity';
import { explain } from '../lib/commands/releases/explain';
import { widthOf } from '../lib/commands/releases/fit';
import { LambdaInvoker } from '../lib/commands/releases/release-operations-client';
import { releasesCommand } from '../lib/commands/releases/releases-command';
import { CloudFormationStacks } from '../lib/commands/releases/stacks';

void runCommand(
  releasesCommand({
    environments: [environments.staging, environments.production, environments.rehearsal()],
    accountOf: accountOfIdentity,
    functions: (region) => new LambdaInvoker(region),
    stacks: (region) => new CloudFormationStacks(region),
    print: (text) => console.log(text),
    width: widthOf(process.stdout),
  }),
  explain,
);
