// Runs a TypeScript program of this project: bundles it in memory, in place of a build step or of translating file after file.
//
// usage: node scripts/start.mjs [--load <package>]… <program>.ts [argument …]
//
// --load names a package that the program needs anyway: it is loaded while the program is bundled, by another process.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';

// The SDK and the CDK command line warn of Node.js 20, in the middle of what a command prints. Programs started from here inherit it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const [node, , ...rest] = process.argv;
const packages = [];
while (rest[0] === '--load') packages.push(rest.splice(0, 2)[1]);
const [program, ...args] = rest;
const file = path.resolve(program);
const require = createRequire(file);

const bundling = build({
  entryPoints: [file],
  bundle: true,
  write: false,
  platform: 'node',
  target: `node${process.versions.node}`,
  format: 'cjs',
  packages: 'external',
  keepNames: true,
  // Stack traces name the lines of the sources.
  sourcemap: 'inline',
  sourcesContent: false,
  outfile: `${file}.js`,
  logLevel: 'warning',
  plugins: [
    {
      name: 'folders',
      setup({ onLoad }) {
        // A file that reads what lies beside it looks there, and not beside the program.
        onLoad({ filter: /\.ts$/ }, ({ path: source }) => {
          const contents = readFileSync(source, 'utf8');
          if (!/\b__(dir|file)name\b/.test(contents)) return undefined;
          return {
            contents: `const __dirname = ${JSON.stringify(path.dirname(source))}, __filename = ${JSON.stringify(source)}; ${contents}`,
            loader: 'ts',
          };
        });
      },
    },
  ],
}).catch(() => process.exit(1)); // esbuild has said why
packages.forEach((name) => require(name));
const {
  outputFiles: [bundle],
} = await bundling;

process.setSourceMapsEnabled(true);
process.argv = [node, file, ...args];
const Module = require('node:module');
const module = new Module(file);
module.filename = file;
module.paths = Module._nodeModulePaths(path.dirname(file));
process.mainModule = module;
module._compile(bundle.text, `${file}.js`);
