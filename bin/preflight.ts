import * as environments from '../environments';
import { runCommand } from '../lib/commands/command-line/run-command';
import { AwsAccount } from '../lib/commands/preflight/aws-account';
import { GithubApi } from '../lib/commands/preflight/github-reader';
import { preflightCommand } from '../lib/commands/preflight/preflight-command';

const { GITHUB_TOKEN } = process.env;

void runCommand(
  preflightCommand({
    environments: [environments.staging, environments.production],
    account: (region) => new AwsAccount(region),
    github: GITHUB_TOKEN ? new GithubApi(GITHUB_TOKEN) : undefined,
    print: (text) => console.log(text),
  }),
);
