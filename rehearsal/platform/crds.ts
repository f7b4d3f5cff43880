import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { downloadCrds, filesOfModules } from './crd-download';
import { type CrdSet, MODULE_SOURCES, type ModuleSource, REPOSITORY_SOURCES, type RepositoryFile } from './crd-sources';
import { lackOfGo } from './go-compile';
import { type CacheOptions, digestOf } from './made-once';
import { GO_MODULES } from './programs';

const run = promisify(execFile);
const MODULE = join(GO_MODULES, 'definitions');

/** Names the folder of CRDs that come with no Go module. */
const MORE = 'LLM_PLATFORM_MORE_CRDS';

/** Where to take the CRDs from. */
export interface LocateCrdsOptions extends Pick<CacheOptions, 'cacheDirectory'> {
  /**
   * Folder of YAML files, used as it is.
   *
   * @default - environment variable LLM_PLATFORM_CRDS, else the pinned Go modules, else the projects' repositories
   */
  readonly directory?: string;
  /** Folder that is searched, with its subfolders, for CRDs that come with no Go module. @default - environment variable LLM_PLATFORM_MORE_CRDS, else the projects' repositories */
  readonly moreDirectory?: string;
  /** What is needed. @default ['rollouts'] */
  readonly sets?: readonly CrdSet[];
  /** PATH on which Go is looked for. @default - that of this process */
  readonly path?: string;
  /** Server with the files of public repositories. @default - GitHub's */
  readonly repositoryFiles?: string;
}

/**
 * A folder with CustomResourceDefinitions as YAML files: those that models and their rollouts need, or the sets asked for.
 *
 * From the pinned Go modules they are copied into the user's cache once; where there is no Go, the same files are
 * downloaded there.
 */
export async function locateCrds(options: LocateCrdsOptions): Promise<string> {
  const named = options.directory ?? process.env.LLM_PLATFORM_CRDS;
  if (named !== undefined) {
    const directory = resolve(named);
    if (!existsSync(directory) || !readdirSync(directory).some((file) => /\.ya?ml$/.test(file)))
      throw new Error(
        `crds: expected a folder with YAML files of CustomResourceDefinitions, got ${directory}; name another or leave it out`,
      );
    return directory;
  }
  const sets = [...new Set<CrdSet>(options.sets ?? ['rollouts'])].sort();
  const sources = sets.flatMap((set) => MODULE_SOURCES[set] ?? []);
  const apart = sets.flatMap((set) => REPOSITORY_SOURCES[set] ?? []);
  const more = options.moreDirectory ?? process.env[MORE];
  const files = more === undefined ? [] : filesInFolder(apart, more);
  const key = digestOf([
    readFileSync(join(MODULE, 'go.sum')),
    JSON.stringify([sources, apart]),
    ...files.map((file) => readFileSync(file)),
  ]);
  const target = join(options.cacheDirectory, `definitions-${key}`);
  if (!existsSync(target))
    await copyAll({ sources, files, download: more === undefined ? apart : [] }, target, options);
  return target;
}

/** The files of projects without a module, in a folder or below it. */
function filesInFolder(wanted: readonly RepositoryFile[], folder: string): string[] {
  const there = existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    : [];
  const problems: string[] = [];
  const found = wanted.flatMap(({ project, path }) => {
    const name = basename(path);
    const entry = there.find((each) => each.name === name);
    if (!entry)
      problems.push(
        `crds: expected ${name} of ${project} in the folder that ${MORE} names, got ${folder} without it; take it from the project's release, or leave the variable out`,
      );
    return entry ? [join(entry.parentPath, entry.name)] : [];
  });
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return found;
}

/** What a folder of CRDs is made of. */
interface Contents {
  readonly sources: readonly ModuleSource[];
  /** Files that are copied. */
  readonly files: readonly string[];
  /** Files that are downloaded. */
  readonly download: readonly RepositoryFile[];
}

async function copyAll(
  { sources, files, download }: Contents,
  target: string,
  options: LocateCrdsOptions,
): Promise<void> {
  const { cacheDirectory, path, repositoryFiles } = options;
  mkdirSync(cacheDirectory, { recursive: true });
  const work = mkdtempSync(join(cacheDirectory, '.definitions-'));
  try {
    if (sources.length > 0) {
      const go = await lackOfGo(path);
      await (go === undefined
        ? copyFromModules(sources, work)
        : downloadCrds(filesOfModules(sources), work, repositoryFiles).catch((error: Error) => {
            throw new Error(
              `${error.message}\n${go}, or check the connection, or name a folder with the CRDs by --crds`,
              { cause: error },
            );
          }));
    }
    files.forEach((file) => copyFileSync(file, join(work, basename(file))));
    await downloadCrds(download, work, repositoryFiles).catch((error: Error) => {
      throw new Error(`${error.message}\ncheck the connection, or name a folder with it by ${MORE}`, { cause: error });
    });
    renameSync(work, target);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    // Another run may have put the same files there in the meantime.
    if (!existsSync(target)) throw error;
  }
}

/** Brings these modules into the module cache; others of the list may be far larger than all their CRDs. */
async function copyFromModules(sources: readonly ModuleSource[], work: string): Promise<void> {
  const { stdout } = await run('go', ['mod', 'download', '-json', ...sources.map(({ module }) => module)], {
    cwd: MODULE,
  });
  const modules = JSON.parse(`[${stdout.trim().replace(/\}\s*\{/g, '},{')}]`) as { Path: string; Dir: string }[];
  for (const { module, folder, files } of sources) {
    const { Dir } = modules.find(({ Path }) => Path === module)!;
    files.forEach((name) => copyFileSync(join(Dir, folder, name), join(work, name)));
  }
}
