import * as environments from '../environments';
import { runCommand } from '../lib/command-line/run-command';
import { AwsAccount } from '../lib/preflight/aws-account';
import { preflightCommand } from '../lib/preflight/preflight-command';

void runCommand(preflightCommand({
  environments: [environments.staging, environments.production],
  account: (region) => new AwsAccount(region),
  print: (text) => console.log(text),
}));
