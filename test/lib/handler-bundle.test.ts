import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { checkHandlerBundle } from '../../lib/handler-bundle';

const KUBERNETES = 'constructs/kubernetes';
const SOURCES = [`${KUBERNETES}/names.ts`, 'handler/index.ts', 'handler/apply.ts', 'scripts/bundle.mjs'];

let repository: string;

beforeEach(() => {
  repository = fs.mkdtempSync(path.join(os.tmpdir(), 'handler-bundle-'));
  SOURCES.forEach((file) => write(file, `// ${file}`));
  write('node_modules/@scope/client/package.json', '{ "version": "1.4.0" }');
  const digest = (file: string) =>
    crypto
      .createHash('sha256')
      .update(fs.readFileSync(path.join(repository, file)))
      .digest('hex');
  write(
    `${KUBERNETES}/handler-bundle.json`,
    JSON.stringify({
      files: Object.fromEntries(SOURCES.map((file) => [file, digest(file)])),
      packages: { 'node_modules/@scope/client': '1.4.0' },
    }),
  );
});

afterEach(() => fs.rmSync(repository, { recursive: true, force: true }));

function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(repository, file)), { recursive: true });
  fs.writeFileSync(path.join(repository, file), text);
}

test('a bundle of the present sources is taken, whatever else changes', () => {
  write('handler/not-in-the-bundle.ts', 'new');
  expect(() => checkHandlerBundle(repository)).not.toThrow();
});

test('every change since the bundle was made is named', () => {
  write('handler/apply.ts', 'edited');
  fs.rmSync(path.join(repository, `${KUBERNETES}/names.ts`));
  write('node_modules/@scope/client/package.json', '{ "version": "1.4.1" }');
  expect(() => checkHandlerBundle(repository)).toThrow(
    /^constructs\/kubernetes\/handler-bundle: expected the bundle of the present sources, got one from before a change of constructs\/kubernetes\/names.ts, handler\/apply.ts, node_modules\/@scope\/client; run `npm run bundle`$/,
  );
});

test('a bundle that was never finished does not count', () => {
  fs.rmSync(path.join(repository, `${KUBERNETES}/handler-bundle.json`));
  expect(() => checkHandlerBundle(repository)).toThrow(/got none that is complete; run `npm run bundle`$/);
});

test('where the sources are not, as in the published library, nothing is checked', () => {
  fs.rmSync(path.join(repository, 'handler'), { recursive: true });
  write(`${KUBERNETES}/names.ts`, 'edited');
  expect(() => checkHandlerBundle(repository)).not.toThrow();
});

test('the app asks before it adds anything', () => {
  const calls: string[] = [];
  jest.isolateModules(() => {
    jest.doMock('../../lib/handler-bundle', () => ({ checkHandlerBundle: () => calls.push('checked') }));
    jest.doMock('../../lib/platform-app', () => ({
      addEnvironments: () => calls.push('added'),
      contextFile: () => ({}),
    }));
    jest.requireActual('../../bin/app');
  });
  expect(calls).toEqual(['checked', 'added']);
});
