import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../../../rehearsal/platform/file-lock';
import { startOf } from '../../../rehearsal/platform/process-table';

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
  const hold = (name: string) => withLock({ path, what: 'the programs', log }, async () => {
    order.push(`${name} in`);
    await new Promise(resolve => setTimeout(resolve, 30));
    order.push(`${name} out`);
  });
  await Promise.all([hold('a'), hold('b')]);
  expect(order.map(each => each.split(' ')[1])).toEqual(['in', 'out', 'in', 'out']);
  expect(said.join()).toContain(`waiting for the programs: process ${process.pid}`);
  expect(existsSync(path)).toBe(false);
});

test('is given back when the work fails', async () => {
  await expect(withLock({ path, what: 'the programs', log }, () => Promise.reject(new Error('no space left')))).rejects.toThrow('no space left');
  expect(existsSync(path)).toBe(false);
});

test('the lock of a process that is gone is taken over, and this is said', async () => {
  await withLock({ path, what: 'x', log }, () => Promise.resolve());
  // This process's number with another start: what a reused number looks like.
  writeFileSync(path, JSON.stringify({ pid: process.pid, started: `${startOf(process.pid)}0` }));
  await withLock({ path, what: 'the programs', log }, () => Promise.resolve());
  expect(said).toEqual([`took over the programs: the lock of process ${process.pid} was left by a run that was killed`]);
});

test('a wait ends with the run', async () => {
  const stop = new AbortController();
  let release = (): void => undefined;
  const held = withLock({ path, what: 'x', log }, () => new Promise<void>(resolve => { release = resolve; }));
  stop.abort(new Error('stopped'));
  await expect(withLock({ path, what: 'x', log, signal: stop.signal }, () => Promise.resolve())).rejects.toThrow('stopped');
  release();
  await held;
});
