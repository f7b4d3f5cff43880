// Bundles the release handler for Lambda, and writes beside it what it was made of, so that a stale one can be told
// without bundling again.
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const folder = path.join(root, 'constructs/kubernetes');
const record = path.join(folder, 'handler-bundle.json');

// Without a record no bundle counts, so a run that is interrupted leaves none that does.
fs.rmSync(record, { force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['handler/index.ts'],
  outfile: 'constructs/kubernetes/handler-bundle/index.js',
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  // For a folder whose node_modules is a link: the bundle names its files, and names them by their links then.
  preserveSymlinks: process.argv.includes('--preserve-symlinks'),
}).catch(() => process.exit(1)); // esbuild has said why

const inputs = Object.keys(metafile.inputs).filter((file) => fs.existsSync(path.join(root, file)));
const ofPackages = inputs.filter((file) => file.includes('node_modules/'));
const own = [
  ...inputs.filter((file) => !ofPackages.includes(file)),
  path.relative(root, new URL(import.meta.url).pathname),
];
const packages = [...new Set([...ofPackages.map(packageOf), 'node_modules/esbuild'])];
fs.writeFileSync(
  record,
  `${JSON.stringify(
    {
      files: table(own, (file) =>
        crypto
          .createHash('sha256')
          .update(fs.readFileSync(path.join(root, file)))
          .digest('hex'),
      ),
      packages: table(
        packages,
        (name) => JSON.parse(fs.readFileSync(path.join(root, name, 'package.json'), 'utf8')).version,
      ),
    },
    undefined,
    1,
  )}\n`,
);

function table(names, value) {
  return Object.fromEntries(names.toSorted().map((name) => [name, value(name)]));
}

function packageOf(file) {
  return /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file)[0];
}
