import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emulatorVersion } from '../../../rehearsal/platform/emulator';
import { pythonVersion } from '../../../rehearsal/platform/virtual-environment';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'python-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('no Python is an error that says what to install', async () => {
  await expect(pythonVersion(join(directory, 'python3'))).rejects.toThrow(
    /^python: expected Python 3.10 or newer as .*\/python3, got none; install it \(Debian/,
  );
});

test('a Python that is too old is an error', async () => {
  const python = join(directory, 'python3');
  writeFileSync(python, '#!/bin/sh\necho 3.9\n');
  chmodSync(python, 0o755);
  await expect(pythonVersion(python)).rejects.toThrow(
    /^python: expected Python 3.10 or newer as .*, got 3.9; install it/,
  );
});

test('every package of the emulator is pinned with hashes, and no index is named', () => {
  const text = readFileSync(join(__dirname, '../../../rehearsal/emulator/requirements.txt'), 'utf8');
  const packages = text.split(/\n(?=\S)/);
  expect(packages.length).toBeGreaterThan(10);
  packages.forEach((each) => expect(each).toMatch(/^[a-z0-9._-]+==\S+[^\n]*(\\\n\s+--hash=sha256:[0-9a-f]{64}\s*)+$/i));
  expect(emulatorVersion()).toMatch(/^\d+\.\d+\.\d+$/);
});
