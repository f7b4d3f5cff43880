// Synthesizes every environment, and the variants of test/support, twice by the CDK command line, strictly and with all validation, and compares every byte.
// The second time there is a cdk.context.json with wrong answers to what a synthesis could look up.
// usage: node scripts/check-synth.mjs <folder that keeps the first assembly>
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const APP = 'node scripts/start.mjs test/support/all-environments.ts';
const WRONG_CONTEXT = Object.fromEntries(
  ['000000000000', '111111111111', '222222222222'].map((account) => [
    `availability-zones:account=${account}:region=us-east-1`,
    ['nowhere-1a', 'nowhere-1b', 'nowhere-1c'],
  ]),
);

const [keep] = process.argv.slice(2);
if (!keep) fail('usage: node scripts/check-synth.mjs <folder that keeps the first assembly>');
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'check-synth-'));
process.on('exit', () => fs.rmSync(work, { recursive: true, force: true }));

if (fs.existsSync(path.join(root, 'cdk.context.json')))
  fail('cdk.context.json: expected none, because a synthesis looks nothing up; remove it');
const first = synthesize('first');
const second = synthesize('second', WRONG_CONTEXT);
const files = [...new Set([...list(first), ...list(second)])].sort();
const different = files.filter((file) => !same(path.join(first, file), path.join(second, file)));
if (different.length > 0)
  fail(
    `expected two syntheses to be the same, got ${different.length} of ${files.length} files that differ:\n  ${different.slice(0, 20).join('\n  ')}`,
  );
fs.rmSync(keep, { recursive: true, force: true });
fs.cpSync(first, keep, { recursive: true });
console.log(
  `${stages(first).join(', ')}: two syntheses, ${files.length} files, all the same; no cdk.context.json was written or read`,
);

/**
 * Runs cdk in a folder of its own, so that nothing is written into the repository. Every stack is named by a pattern: cdk
 * validates only those that were asked for, and without one only those outside of stages, which are none.
 */
function synthesize(name, context) {
  const directory = path.join(work, name);
  const output = path.join(directory, 'out');
  fs.mkdirSync(directory);
  const config = JSON.parse(fs.readFileSync(path.join(root, 'cdk.json'), 'utf8'));
  fs.writeFileSync(
    path.join(directory, 'cdk.json'),
    JSON.stringify({ ...config, app: `cd ${JSON.stringify(root)} && ${APP}` }),
  );
  const contextFile = path.join(directory, 'cdk.context.json');
  if (context) fs.writeFileSync(contextFile, JSON.stringify(context, undefined, 2));
  const before = context && fs.readFileSync(contextFile, 'utf8');
  const env = { ...process.env };
  delete env.CDK_VALIDATION;
  const cdk = spawnSync(
    path.join(root, 'node_modules/.bin/cdk'),
    ['synth', '--quiet', '--strict', '--output', output, '**'],
    {
      cwd: directory,
      env,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  if (cdk.status !== 0) fail(`cdk synth --strict: expected exit code 0, got ${cdk.status}\n${cdk.stdout}${cdk.stderr}`);
  const after = fs.existsSync(contextFile) ? fs.readFileSync(contextFile, 'utf8') : undefined;
  if (after !== before || fs.existsSync(path.join(root, 'cdk.context.json')))
    fail('cdk synth: expected to look nothing up, got a cdk.context.json; write the value into the environment');
  return output;
}

function stages(directory) {
  const { artifacts } = JSON.parse(fs.readFileSync(path.join(directory, 'manifest.json'), 'utf8'));
  return Object.values(artifacts)
    .filter(({ type }) => type === 'cdk:cloud-assembly')
    .map(({ properties }) => properties.directoryName.replace(/^assembly-/, ''));
}

function list(directory) {
  return fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)));
}

function same(left, right) {
  return fs.existsSync(left) && fs.existsSync(right) && fs.readFileSync(left).equals(fs.readFileSync(right));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
