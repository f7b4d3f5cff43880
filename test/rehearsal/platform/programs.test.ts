import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { obtainPrograms, planPrograms } from '../../../rehearsal/platform/binaries';
import { PROGRAMS, pinnedVersion, programVersion } from '../../../rehearsal/platform/programs';

let directory: string;
const log = (): void => undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'programs-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function fake(folder: string, name: string, says: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `#!/bin/sh\necho '${says}'\n`);
  chmodSync(join(folder, name), 0o755);
  return join(folder, name);
}

const versions = Object.fromEntries(PROGRAMS.map((program) => [program.name, programVersion(program)]));

test('the pinned versions are those of the modules', () => {
  expect(versions['kube-apiserver']).toBe(pinnedVersion('kube', 'k8s.io/kubernetes'));
  expect(versions['kube-apiserver']).toMatch(/^v1\.36\.\d+$/);
  expect(versions.prometheus).toMatch(/^v3\.\d+\.\d+$/);
  expect(pinnedVersion('definitions', 'github.com/argoproj/argo-rollouts')).toBe(versions['rollouts-controller']);
  expect(() => pinnedVersion('kube', 'example.com/nothing')).toThrow(
    'rehearsal/go/kube/go.mod: expected a version of example.com/nothing, got none',
  );
});

test('a folder gives all programs, whatever they say', async () => {
  PROGRAMS.forEach(({ name }) => fake(directory, name, 'version v9.9.9'));
  const options = { directory, cacheDirectory: directory, log };
  const programs = await obtainPrograms(await planPrograms(options), options);
  expect(programs.kwok).toEqual({ file: join(directory, 'kwok'), version: 'v9.9.9', from: 'folder' });
});

test('a folder that lacks programs is an error that names all of them', async () => {
  PROGRAMS.filter(({ name }) => name !== 'kwok' && name !== 'etcd').forEach(({ name }) => fake(directory, name, 'x'));
  await expect(planPrograms({ directory, cacheDirectory: directory, log, path: '' })).rejects.toThrow(
    /got none for etcd, kwok; add them or leave the folder out$/,
  );
});

describe('without a folder', () => {
  const cacheBin = async () => {
    // The name of the cache's folder does not depend on what it holds.
    PROGRAMS.forEach(({ name }) => fake(join(directory, 'all'), name, 'x'));
    return (await planPrograms({ directory: join(directory, 'all'), cacheDirectory: join(directory, 'cache'), log }))
      .cacheBin;
  };

  test('programs come from the PATH in the pinned version, and else from the cache', async () => {
    const bin = await cacheBin();
    PROGRAMS.forEach(({ name }) => fake(bin, name, 'x'));
    const path = join(directory, 'path');
    fake(path, 'kube-apiserver', `Kubernetes ${versions['kube-apiserver']}`);
    fake(path, 'kube-scheduler', 'Kubernetes v1.20.0');
    fake(path, 'rollouts-controller', `rollouts-controller: ${versions['rollouts-controller']}`);
    const options = { cacheDirectory: join(directory, 'cache'), log, path };
    const programs = await obtainPrograms(await planPrograms(options), options);
    expect(programs['kube-apiserver']).toEqual({
      file: join(path, 'kube-apiserver'),
      version: versions['kube-apiserver'],
      from: 'PATH',
    });
    expect(programs['kube-scheduler']).toEqual({
      file: join(bin, 'kube-scheduler'),
      version: versions['kube-scheduler'],
      from: 'cache',
    });
    // One that others built would listen on all interfaces.
    expect(programs['rollouts-controller'].from).toBe('cache');
  });

  test('no compiler is an error that says what to install, and nothing is written', async () => {
    const path = join(directory, 'empty');
    await expect(planPrograms({ cacheDirectory: join(directory, 'cache'), log, path })).rejects.toThrow(
      /^go: expected Go 1.26 or newer on the PATH, got none; install it from/,
    );
    expect(readdirSync(directory)).toEqual([]);
  });

  test('a compiler that is too old is an error', async () => {
    fake(directory, 'go', 'go1.22.1');
    await expect(planPrograms({ cacheDirectory: join(directory, 'cache'), log, path: directory })).rejects.toThrow(
      /^go: expected Go 1.26 or newer on the PATH, got go1.22.1; install it from/,
    );
  });
});
