// No file of the repository may name this machine: its folders, its own name, or where its package managers fetch from.
// What these are is asked of the machine, so the check means the same wherever it runs.
// usage: node scripts/check-names.mjs
import { spawnSync } from 'node:child_process';
import * as os from 'node:os';
import * as path from 'node:path';

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');

const folders = [root, path.dirname(root), os.homedir()]
  .filter((folder) => folder !== path.parse(folder).root)
  .map((folder) => `${folder}/`);
const hosts = [
  ...hostsIn(output('npm', 'config', 'get', 'registry')),
  ...hostsIn(output('go', 'env', 'GOPROXY')),
  ...hostsIn(output('python3', '-m', 'pip', 'config', 'list')),
  ...hostsIn(
    output(
      'python3',
      '-c',
      'from pip._internal.models.index import PyPI; print(PyPI.url, "https://" + PyPI.file_storage_domain)',
    ),
  ),
];
const machine = os.hostname().length >= 8 ? [os.hostname()] : [];
// A folder counts where its path starts: /src/ is not in lib/src/.
const patterns = [
  ...new Set([
    ...folders.map((folder) => `(^|[^[:alnum:]._~-])${escaped(folder)}`),
    ...[...hosts, ...machine].map(escaped),
  ]),
];
if (hosts.length === 0) fail('expected npm, go or pip to say where they fetch from, got nothing; install one of them');

// Also what is not committed yet; binary files have no names to read.
const found = spawnSync(
  'git',
  ['grep', '--untracked', '-I', '-n', '-i', '-E', ...patterns.flatMap((pattern) => ['-e', pattern])],
  { cwd: root, encoding: 'utf8' },
);
if (found.status === 0) fail(`expected no file to name this machine, got:\n${found.stdout}`);
if (found.status !== 1) fail(`git grep: ${found.stderr}`);
console.log(`no file names one of ${folders.length} folders, ${hosts.length} hosts of registries, or this machine`);

function output(program, ...args) {
  return spawnSync(program, args, { cwd: root, encoding: 'utf8' }).stdout ?? '';
}

function hostsIn(text) {
  return [...text.matchAll(/https?:\/\/([^/\s:,|'"]+)/g)].map(([, host]) => host);
}

function escaped(text) {
  return text.replace(/[.+?*()[\]{}|^$\\]/g, '\\$&');
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
