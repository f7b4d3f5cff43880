import * as fs from 'node:fs';
import * as path from 'node:path';
import { deployProblems } from './deploy-flags';

const ROOT = path.resolve(__dirname, '../..');

test('this repository deploys with rollback', () => {
  const workflows = path.join('.github', 'workflows');
  const files = [
    ...fs.readdirSync(path.join(ROOT, workflows)).map((file) => path.join(workflows, file)),
    'package.json',
    'cdk.json',
  ];
  expect(files).toContain(path.join(workflows, 'deploy.yml'));
  expect(
    deployProblems(Object.fromEntries(files.map((file) => [file, fs.readFileSync(path.join(ROOT, file), 'utf8')]))),
  ).toEqual([]);
});

const workflow = (run: string) => JSON.stringify({ jobs: { deploy: { steps: [{ run }] } } });

test.each([
  '--express',
  '--hotswap',
  '--hotswap-fallback',
  '--no-rollback',
  '--rollback=false',
  '--rollback false',
  '--force',
  '-f',
  '-R',
  '--watch',
])('%s is refused, with the reason', (flag) => {
  const [problem, ...more] = deployProblems({
    'deploy.yml': workflow(`npm ci\nnpx cdk deploy 'staging/**' \\\n  ${flag}`),
  });
  expect(problem).toMatch(
    new RegExp(
      `^deploy.yml: jobs.deploy.steps\\[0\\].run: expected no ${flag}, got .npx cdk deploy .*; leave it out, .{20}`,
    ),
  );
  expect(more).toEqual([]);
});

test('scripts and settings are looked at too', () => {
  expect(
    deployProblems({ 'package.json': '{"scripts":{"ship":"cdk deploy --no-rollback"},"description":"--no-rollback"}' }),
  ).toHaveLength(1);
  expect(deployProblems({ 'cdk.json': '{"app":"node app.js","rollback":false,"hotswap":true}' })).toHaveLength(2);
});

test.each([
  'git push --force',
  'npm run rollout -- staging chat status --watch',
  'npx cdk deploy --require-approval never --rollback',
  'npx cdk synth && rm -f out',
  'npx cdk deploy --context hotswap=no',
])('%s is none of it', (run) => {
  expect(deployProblems({ 'deploy.yml': workflow(run) })).toEqual([]);
});
