import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { ModuleSource, RepositoryFile } from './crd-sources';
import { download } from './download';
import { GO_MODULES, pinnedVersion } from './programs';

/** Where the files of public repositories can be read, as `/<owner>/<repository>/<tag>/<path>`. */
export const REPOSITORY_FILES = 'https://raw.githubusercontent.com';

/** A file of CRDs, and what it must hold. */
interface CrdFile {
  readonly name: string;
  readonly address: string;
  /** Undefined where it has never been recorded. */
  readonly digest?: string;
}

/**
 * Downloads the files from the repositories of the pinned modules, checks each against the SHA-256 that this repository
 * records, and puts them into a folder.
 *
 * @throws when one cannot be had; the error names every one.
 */
export async function downloadCrds(
  sources: readonly ModuleSource[],
  directory: string,
  origin?: string,
): Promise<void> {
  await downloadFiles(crdFiles(sources, origin ?? REPOSITORY_FILES), directory);
}

/** As {@link downloadCrds}, of projects without a module. */
export async function downloadFromRepositories(
  files: readonly RepositoryFile[],
  directory: string,
  origin = REPOSITORY_FILES,
): Promise<void> {
  await downloadFiles(
    files.map(({ path, sha256 }) => ({ name: path.split('/').pop()!, address: `${origin}/${path}`, digest: sha256 })),
    directory,
  );
}

async function downloadFiles(files: readonly CrdFile[], directory: string): Promise<void> {
  const ends = await Promise.allSettled(
    files.map(async ({ name, address, digest }) => {
      const file = join(directory, `${name}.download`);
      const got = await download({ address, file });
      if (got !== digest)
        throw new Error(
          `${address}: expected SHA-256 ${digest ?? 'of rehearsal/go/definitions/SHA256SUMS'}, got ${got}`,
        );
      renameSync(file, join(directory, name));
    }),
  );
  const problems = ends.flatMap((end) => (end.status === 'fulfilled' ? [] : [(end.reason as Error).message]));
  if (problems.length > 0) throw new Error(problems.map((problem) => `crds: ${problem}`).join('\n'));
}

/** What `SHA256SUMS` calls a file: `<module>@<version>/<path>`. */
export function crdPaths(source: ModuleSource): string[] {
  return source.files.map(
    (file) => `${source.module}@${pinnedVersion('definitions', source.module)}/${source.folder}/${file}`,
  );
}

/** The recorded SHA-256 of every file, by its path. */
export function recordedDigests(): Map<string, string> {
  const lines = readFileSync(join(GO_MODULES, 'definitions', 'SHA256SUMS'), 'utf8')
    .trim()
    .split('\n');
  return new Map(lines.map((line) => line.split(/\s+/)).map(([digest, path]) => [path, digest]));
}

function crdFiles(sources: readonly ModuleSource[], origin: string): CrdFile[] {
  const digests = recordedDigests();
  return sources.flatMap((source) =>
    crdPaths(source).map((path, index) => ({
      name: source.files[index],
      address: `${origin}/${repository(source.module)}/${pinnedVersion('definitions', source.module)}/${source.folder}/${source.files[index]}`,
      digest: digests.get(path),
    })),
  );
}

/** Kubernetes' own projects have module paths of another host than their repositories. */
function repository(module: string): string {
  return module
    .replace(/^sigs\.k8s\.io\//, 'kubernetes-sigs/')
    .replace(/^github\.com\//, '')
    .replace(/\/v\d+$/, '');
}
