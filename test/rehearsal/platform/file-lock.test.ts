import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../../../rehearsal/platform/file-lock';

let directory: string;
let path: string;
let said: string[];
const log = (line: string): void => void said.push(line);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(directory, 'sub', 'programs.lock');
  said = [];
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('two holders take turns', async () => {
  const order: string[] = [];
  const hold = (name: string) =>
    withLock({ path, what: 'the programs', log }, async () => {
      order.push(`${name} in`);
      await new Promise((resolve) => setTimeout(resolve, 30));
      order.push(`${name} out`);
    });
  await Promise.all([hold('a'), hold('b')]);
  expect(order.map((each) => each.split(' ')[1])).toEqual(['in', 'out', 'in', 'out']);
  expect(said.join()).toContain('waiting for the programs: another run is making them');
  expect(existsSync(path)).toBe(false);
});

test('is released when the work fails', async () => {
  await expect(
    withLock({ path, what: 'the programs', log }, () => Promise.reject(new Error('no space left'))),
  ).rejects.toThrow('no space left');
  expect(existsSync(path)).toBe(false);
});

test('the lock of a run that was killed is taken over', async () => {
  mkdirSync(path, { recursive: true });
  const aMinuteAgo = Date.now() / 1000 - 60;
  utimesSync(path, aMinuteAgo, aMinuteAgo);
  await withLock({ path, what: 'the programs', log }, () => Promise.resolve());
  expect(said).toEqual([]);
  expect(existsSync(path)).toBe(false);
});

test('a wait ends with the run', async () => {
  const stop = new AbortController();
  let release = (): void => undefined;
  let held = Promise.resolve();
  await new Promise<void>((begun) => {
    held = withLock(
      { path, what: 'x', log },
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
          begun();
        }),
    );
  });
  const waiting = withLock({ path, what: 'x', log, signal: stop.signal }, () => Promise.resolve());
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  release();
  await held;
});
