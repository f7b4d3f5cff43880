import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROGRAMS, type Program, type ProgramName, pinnedVersion, versionOf } from './programs';

const run = promisify(execFile);

/** Version of kwokctl that is known to understand what it is asked here. */
export const KWOKCTL_VERSION = pinnedVersion('kube', 'sigs.k8s.io/kwok');

/**
 * Where kwokctl would download the pinned programs from, by name; an archive's address ends with `#` and the file in it.
 *
 * Its variables KWOK_KUBE_BINARY_PREFIX, KWOK_ETCD_BINARY_PREFIX, KWOK_PROMETHEUS_BINARY_PREFIX and KWOK_BINARY_PREFIX
 * name mirrors. Its own configuration file is not read, because that may belong to another version.
 */
export async function downloadAddresses(kwokctl: string): Promise<Map<ProgramName, string>> {
  // It takes the settings of a cluster that exists in its folder, so it gets an empty one.
  const folder = mkdtempSync(join(tmpdir(), 'cdk-llm-platform-kwokctl-'));
  try {
    const { stdout } = await run(kwokctl, ['get', 'artifacts', '--runtime', 'binary', '--filter', 'binary'], {
      timeout: 60_000,
      env: {
        ...process.env,
        KWOK_WORKDIR: folder,
        KWOK_VERSION: versionOf('kwok'),
        KWOK_KUBE_VERSION: versionOf('kube-apiserver'),
        KWOK_ETCD_VERSION: versionOf('etcd'),
        KWOK_PROMETHEUS_VERSION: versionOf('prometheus'),
      },
    });
    const addresses = stdout.split(/\s*\n\s*/).filter(Boolean);
    return new Map(
      PROGRAMS.flatMap((program) => {
        const address = addresses.find((each) => isOf(program, each));
        return address === undefined ? [] : [[program.name, address] as const];
      }),
    );
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr || error).trim();
    throw new Error(
      `kwokctl: expected ${kwokctl} to list its binaries, got ${said}; install kwokctl ${KWOKCTL_VERSION}`,
      { cause: error },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Kwok's own programs carry the platform in their names. */
function isOf(program: Program, address: string): boolean {
  const file = address.split(/[/#]/).at(-1);
  return file === program.name || (file !== undefined && file.startsWith(`${program.name}-${process.platform}-`));
}
