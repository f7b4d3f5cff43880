import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { goVersion } from './go-build';
import { GO_MODULES } from './programs';

const run = promisify(execFile);
const MODULE = join(GO_MODULES, 'definitions');

/** Files of CustomResourceDefinitions, by the Go module they come with. */
const SOURCES: Readonly<Record<string, { readonly folder: string; readonly files: readonly string[] }>> = {
  'github.com/argoproj/argo-rollouts': {
    folder: 'manifests/crds',
    files: ['analysis-run-crd.yaml', 'analysis-template-crd.yaml', 'cluster-analysis-template-crd.yaml', 'experiment-crd.yaml', 'rollout-crd.yaml'],
  },
  'github.com/prometheus-operator/prometheus-operator': {
    folder: 'example/prometheus-operator-crd',
    files: ['monitoring.coreos.com_podmonitors.yaml', 'monitoring.coreos.com_prometheusrules.yaml', 'monitoring.coreos.com_servicemonitors.yaml'],
  },
};

/** Where to take the definitions from. */
export interface DefinitionsOptions {
  /** Folder of YAML files. @default - environment variable LLM_PLATFORM_CRDS, else the pinned Go modules */
  readonly directory?: string;
  readonly cacheDirectory: string;
}

/**
 * A folder with the CustomResourceDefinitions that models and their rollouts need, as YAML files.
 *
 * From the pinned Go modules they are copied into the user's cache once.
 */
export async function locateDefinitions(options: DefinitionsOptions): Promise<string> {
  const named = options.directory ?? process.env.LLM_PLATFORM_CRDS;
  if (named !== undefined) {
    const directory = resolve(named);
    if (!existsSync(directory) || !readdirSync(directory).some(file => /\.ya?ml$/.test(file))) {
      throw new Error(`definitions: expected a folder with YAML files of CustomResourceDefinitions, got ${directory}; name another or leave it out`);
    }
    return directory;
  }
  const key = createHash('sha256').update(readFileSync(join(MODULE, 'go.sum'))).update(JSON.stringify(SOURCES)).digest('hex').slice(0, 16);
  const target = join(options.cacheDirectory, `definitions-${key}`);
  if (!existsSync(target)) {
    await copyFromModules(options.cacheDirectory, target);
  }
  return target;
}

async function copyFromModules(cacheDirectory: string, target: string): Promise<void> {
  await goVersion();
  const { stdout } = await run('go', ['mod', 'download', '-json'], { cwd: MODULE });
  const modules = JSON.parse(`[${stdout.trim().replace(/\}\s*\{/g, '},{')}]`) as { Path: string; Dir: string }[];
  mkdirSync(cacheDirectory, { recursive: true });
  const work = mkdtempSync(join(cacheDirectory, '.definitions-'));
  try {
    for (const { Path, Dir } of modules) {
      const { folder, files } = SOURCES[Path];
      files.forEach(file => copyFileSync(join(Dir, folder, file), join(work, file)));
    }
    renameSync(work, target);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    // Another run may have put the same files there in the meantime.
    if (!existsSync(target)) {
      throw error;
    }
  }
}
