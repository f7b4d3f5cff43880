import * as environments from '../environments';
import { runCommand } from '../lib/command-line/run-command';
import { AwsAccount } from '../lib/preflight/aws-account';
import { GithubApi } from '../lib/preflight/github-reader';
import { preflightCommand } from '../lib/preflight/preflight-command';

const { GITHUB_TOKEN } = process.env;

void runCommand(preflightCommand({
  environments: [environments.staging, environments.production],
  account: (region) => new AwsAccount(region),
  github: GITHUB_TOKEN ? new GithubApi(GITHUB_TOKEN) : undefined,
  print: (text) => console.log(text),
}));
