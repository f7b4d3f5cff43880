import * as environments from '../environments';
import { runCommand } from '../lib/command-line/run-command';
import { explain } from '../lib/releases/explain';
import { LambdaInvoker } from '../lib/releases/release-operations-client';
import { releasesCommand } from '../lib/releases/releases-command';
import { CloudFormationStacks } from '../lib/releases/stacks';

void runCommand(releasesCommand({
  environments: [environments.staging, environments.production, environments.rehearsal()],
  functions: (region) => new LambdaInvoker(region),
  stacks: (region) => new CloudFormationStacks(region),
  print: (text) => console.log(text),
}), explain);
