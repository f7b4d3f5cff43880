import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { goVersion } from '../rehearsal/platform/go-compile';
import { GO_MODULES, pinnedVersion } from '../rehearsal/platform/programs';

const run = promisify(execFile);

/** Where to look for kubectl. */
export interface KubectlOptions {
  /** Path of one that will do, whatever its version. @default - the cache, else it is built */
  readonly file?: string;
  readonly cacheDirectory: string;
  readonly log: (line: string) => void;
}

/** kubectl of the version of the control plane, built from the same Go modules into the user's cache, once. */
export async function locateKubectl({ file, cacheDirectory, log }: KubectlOptions): Promise<string> {
  if (file !== undefined) {
    if (!existsSync(file))
      throw new Error(`kubectl: expected a program, got no file ${file}; name another with --kubectl, or leave it out`);
    return resolve(file);
  }
  const version = pinnedVersion('kube', 'k8s.io/kubernetes');
  const target = join(cacheDirectory, `kubectl-${version}`);
  if (existsSync(target)) return target;
  await goVersion();
  log(`building kubectl ${version}, once; about two minutes on two cores where the control plane was built before`);
  mkdirSync(cacheDirectory, { recursive: true });
  const work = mkdtempSync(join(cacheDirectory, '.kubectl-'));
  try {
    const module = join(GO_MODULES, 'kube');
    // A copy, to which the compiler may add what only kubectl needs: Kubernetes' own modules say which versions.
    for (const name of ['go.mod', 'go.sum']) copyFileSync(join(module, name), join(work, name));
    await run(
      'go',
      [
        'build',
        '-mod=mod',
        `-modfile=${join(work, 'go.mod')}`,
        '-trimpath',
        '-ldflags',
        '-s -w',
        '-o',
        join(work, 'kubectl'),
        'k8s.io/kubernetes/cmd/kubectl',
      ],
      { cwd: module, env: { ...process.env, CGO_ENABLED: '0' } },
    );
    renameSync(join(work, 'kubectl'), target);
    return target;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
