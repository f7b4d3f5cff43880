import { readFileSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ModuleSource, RepositoryFile } from './crd-sources';
import { download } from './download';
import { GO_MODULES, pinnedVersion } from './programs';

/** Where the files of public repositories can be read, as `/<owner>/<repository>/<tag>/<path>`. */
const REPOSITORY_FILES = 'https://raw.githubusercontent.com';

/** A file of CRDs, below the server of repositories, and its SHA-256; undefined where that has never been recorded. */
type CrdFile = Pick<RepositoryFile, 'path'> & { readonly sha256?: string };

/**
 * Downloads files from their repositories, checks each against its SHA-256, and puts them into a folder.
 *
 * @throws when one cannot be had; the error names every one.
 */
export async function downloadCrds(
  files: readonly CrdFile[],
  directory: string,
  origin = REPOSITORY_FILES,
): Promise<void> {
  const ends = await Promise.allSettled(
    files.map(async ({ path, sha256 }) => {
      const name = basename(path);
      const address = `${origin}/${path}`;
      const file = join(directory, `${name}.download`);
      const got = await download({ address, file });
      if (got !== sha256)
        throw new Error(
          `${address}: expected SHA-256 ${sha256 ?? 'of rehearsal/go/definitions/SHA256SUMS'}, got ${got}`,
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

/** The files of pinned modules, in the repositories of those. */
export function filesOfModules(sources: readonly ModuleSource[]): CrdFile[] {
  const digests = recordedDigests();
  return sources.flatMap((source) => {
    const folder = `${repository(source.module)}/${pinnedVersion('definitions', source.module)}/${source.folder}`;
    return crdPaths(source).map((path) => ({ path: `${folder}/${basename(path)}`, sha256: digests.get(path) }));
  });
}

/** Kubernetes' own projects have module paths of another host than their repositories. */
function repository(module: string): string {
  return module
    .replace(/^sigs\.k8s\.io\//, 'kubernetes-sigs/')
    .replace(/^github\.com\//, '')
    .replace(/\/v\d+$/, '');
}
