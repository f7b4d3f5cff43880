// Installs the packed library in an empty folder and follows docs/guides/use-the-constructs.md to its first synth, with what the guide says alone.
// `npm run build` comes before.
// usage: node scripts/check-package.mjs
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const GUIDE = 'docs/guides/use-the-constructs.md';
const TSX = '4.23.15';
const STACKS = ['llm', 'llm-gpus', 'llm-chat'];

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'check-package-'));
process.on('exit', () => fs.rmSync(work, { recursive: true, force: true }));
const app = path.join(work, 'app');
fs.mkdirSync(app);

const [{ filename, files }] = JSON.parse(
  run(['npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', work], root).stdout,
);
const tarball = path.join(work, filename);
if (!files.some(({ path: file }) => file === 'dist/index.js'))
  fail('dist/index.js: expected it in the package, got none; run npm run build before');

const text = fs.readFileSync(path.join(root, GUIDE), 'utf8');
const fences = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => ({ language, code }));
const first = (language) =>
  fences.find((fence) => fence.language === language)?.code ??
  fail(
    `${GUIDE}: expected a fence of ${language}, got none; the guide is followed by its first ones of sh, ts and json`,
  );
fs.writeFileSync(path.join(app, 'app.ts'), first('ts'));
fs.writeFileSync(path.join(app, 'cdk.json'), first('json'));

const started = performance.now();
for (const line of first('sh').trim().split('\n')) {
  const { stderr } = run(
    line.split(' ').map((word) => (word.endsWith('.tgz') ? tarball : pinned(word))),
    app,
  );
  // npm asks the consumer to allow scripts of a package that has any.
  if (stderr.includes('cdk-llm-platform@')) fail(`${line}: expected nothing about the package, got\n${stderr}`);
}
const installed = performance.now();
run(['npx', 'cdk', 'synth', '--quiet', '--output', 'out'], app);
const synthesized = performance.now();
const stacks = fs
  .readdirSync(path.join(app, 'out'))
  .filter((name) => name.endsWith('.template.json'))
  .map((name) => name.replace('.template.json', ''));
if (STACKS.some((stack) => !stacks.includes(stack)))
  fail(`expected the stacks ${STACKS.join(', ')}, got ${stacks.join(', ')}`);

/** Mistakes of a first hour, and what is said of them. */
for (const [mistake, from, to, said] of [
  [
    'a mistyped option',
    'platform, model, accelerator',
    'platform, model, accelerator, replica: 3',
    "'replica' does not exist",
  ],
  ['a model that is too large', 'Qwen/Qwen3-8B', 'Qwen/Qwen3-32B', 'accelerator: expected at least 63.4 GiB a GPU'],
]) {
  fs.writeFileSync(path.join(app, 'app.ts'), first('ts').replace(from, to));
  const { status, stdout, stderr } = run(['npx', 'cdk', 'synth', '--quiet', '--output', 'wrong'], app, true);
  if (status === 0 || !`${stdout}${stderr}`.includes(said))
    fail(`${mistake}: expected it to be refused with "${said}", got exit code ${status}\n${stdout}${stderr}`);
}

const seconds = (from, to) => `${Math.round((to - from) / 1000)} s`;
const lines = (language) => first(language).trim().split('\n').length;
console.log(
  `${files.length} files packed; ${lines('sh')} commands in ${seconds(started, installed)}, then ${lines('ts')} lines of app.ts and ${lines('json')} of cdk.json are ${STACKS.length} stacks in ${seconds(installed, synthesized)}`,
);

/** The version that this checkout has: what the registry calls latest may change from day to day. */
function pinned(name) {
  if (name === 'tsx') return `tsx@${TSX}`;
  const file = path.join(root, 'node_modules', name, 'package.json');
  return fs.existsSync(file) ? `${name}@${JSON.parse(fs.readFileSync(file, 'utf8')).version}` : name;
}

function run([program, ...args], cwd, mayFail = false) {
  const result = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (result.status !== 0 && !mayFail)
    fail(
      `${[program, ...args].join(' ')}: expected exit code 0, got ${result.status}\n${result.stdout}${result.stderr}`,
    );
  return result;
}

function fail(text) {
  console.error(text);
  process.exit(1);
}
