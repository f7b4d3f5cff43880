import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Synth } from '../../../../lib/commands/diff/synth';

const withGit = spawnSync('git', ['--version']).status === 0 ? describe : describe.skip;

withGit('a commit', () => {
  let repository: string;
  const git = (...args: string[]) =>
    spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: repository,
      encoding: 'utf8',
    }).stdout;
  const commit = (app: string) => {
    fs.writeFileSync(path.join(repository, 'app.js'), app);
    git('add', '--all');
    git('commit', '--quiet', '--message', 'app');
  };

  beforeEach(() => {
    repository = fs.mkdtempSync(path.join(os.tmpdir(), 'repository-'));
    git('init', '--quiet');
    fs.mkdirSync(path.join(repository, 'node_modules'));
    fs.writeFileSync(path.join(repository, '.gitignore'), 'node_modules\n');
    fs.writeFileSync(path.join(repository, 'package.json'), '{}');
    fs.writeFileSync(
      path.join(repository, 'cdk.json'),
      JSON.stringify({ app: 'node app.js', context: { flag: true } }),
    );
  });
  afterEach(() => fs.rmSync(repository, { recursive: true }));

  test('is synthesized as it was, with its own context, and leaves nothing behind', async () => {
    commit(
      'const fs = require("fs"); fs.mkdirSync(process.env.CDK_OUTDIR); fs.writeFileSync(process.env.CDK_OUTDIR + "/context", process.env.CDK_CONTEXT_JSON);',
    );
    fs.writeFileSync(path.join(repository, 'app.js'), 'throw new Error("not the commit")');
    const synth = new Synth(repository);
    const output = await synth.commit('HEAD', 'staging');
    expect(JSON.parse(fs.readFileSync(path.join(output, 'context'), 'utf8'))).toEqual({
      flag: true,
      environment: 'staging',
    });
    synth.dispose();
    expect(fs.existsSync(path.dirname(output))).toBe(false);
    expect(git('worktree', 'list').trim().split('\n')).toHaveLength(1);
  });

  test('that cannot be synthesized is told by its message, and leaves nothing behind', async () => {
    commit('throw new Error("environment staging:\\n  models: expected one")');
    const synth = new Synth(repository);
    await expect(synth.both('HEAD', 'staging')).rejects.toThrow(
      'HEAD cannot be synthesized:\n  Error: environment staging:\n    models: expected one',
    );
    synth.dispose();
    expect(git('worktree', 'list').trim().split('\n')).toHaveLength(1);
  });

  test('without an app is refused', async () => {
    git('rm', '--quiet', '--cached', 'cdk.json');
    fs.rmSync(path.join(repository, 'cdk.json'));
    commit('');
    const synth = new Synth(repository);
    await expect(synth.commit('HEAD', 'staging')).rejects.toThrow(
      'expected a commit with a CDK app, got HEAD, which has no cdk.json',
    );
    synth.dispose();
    expect(synth.commitOf('nowhere')).toBeUndefined();
  });
});
