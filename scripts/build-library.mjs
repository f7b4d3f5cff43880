// Compiles constructs/ with jsii into dist/.
//
// jsii compiles every TypeScript file below a package, so it runs on a copy of the package that holds no others.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const copy = path.join(root, 'dist-jsii');
fs.rmSync(copy, { recursive: true, force: true });
fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true });
fs.mkdirSync(copy);
fs.cpSync(path.join(root, 'constructs'), path.join(copy, 'constructs'), {
  recursive: true,
  filter: (file) => !file.endsWith('handler-bundle'),
});
fs.symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
for (const file of ['README.md', 'LICENSE', 'package.json'])
  fs.copyFileSync(path.join(root, file), path.join(copy, file));

const jsii = spawnSync(
  path.join(root, 'node_modules/.bin/jsii'),
  [
    ...['--generate-tsconfig', 'tsconfig.jsii.json'],
    // Packages are installed as the lock file has them, not in the least versions that the package takes.
    ...['--silence-warnings=reserved-word', '--silence-warnings=JSII6'],
  ],
  {
    cwd: copy,
    stdio: 'inherit',
    env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: process.versions.node.split('.')[0] },
  },
);
if (jsii.status !== 0) process.exit(jsii.status ?? 1);
fs.renameSync(path.join(copy, 'dist'), path.join(root, 'dist'));
fs.copyFileSync(path.join(copy, '.jsii'), path.join(root, '.jsii'));
// The handler is not part of the API: it is bundled for Lambda beforehand.
// Programs that are read when a chart is rendered; the compiler leaves them where they are.
for (const file of fs
  .readdirSync(path.join(root, 'constructs'), { recursive: true })
  .filter((name) => name.endsWith('.py'))) {
  fs.copyFileSync(path.join(root, 'constructs', file), path.join(root, 'dist', file));
}
fs.cpSync(path.join(root, 'constructs/kubernetes/handler-bundle'), path.join(root, 'dist/kubernetes/handler-bundle'), {
  recursive: true,
});
fs.rmSync(copy, { recursive: true, force: true });
