import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { MakingOptions } from './file-lock';
import { type CompilerOptions, compiledName, goCompile } from './go-compile';
import { inWorkFolder } from './made-once';
import { GO_MODULES, PROGRAMS, type Program, versionOf } from './programs';

/** What to build, and where to. */
export interface GoBuildOptions extends MakingOptions, CompilerOptions {
  readonly programs: readonly Program[];
  /** Each program is moved there under its name once it is complete. */
  readonly targetDirectory: string;
}

/** Everything that decides what the compiler makes, as text. */
export function buildRecipe(): string {
  const modules = [...new Set(PROGRAMS.map((program) => program.module))];
  return [
    ...modules.flatMap((module) =>
      ['go.mod', 'go.sum', 'tools.go'].map((file) => readFileSync(join(GO_MODULES, module, file), 'utf8')),
    ),
    ...modules.map((module) => flags(module).join(' ')),
    ...PROGRAMS.flatMap(({ patch }) => patch?.replacements.map(({ to }) => to) ?? []),
  ].join('\n');
}

/** Builds programs from the pinned modules, one module after the other, and says how far it is. */
export async function buildPrograms(options: GoBuildOptions): Promise<void> {
  const started = Date.now();
  const finished: string[] = [];
  const say = (): void =>
    options.log(
      `building: ${finished.length} of ${options.programs.length} programs${finished.length > 0 ? ` (${finished.join(', ')})` : ''}, ${elapsed(started)}`,
    );
  say();
  const { targetDirectory: target } = options;
  await inWorkFolder({ target, prefix: '.build-', everyMs: 30_000, say }, async (work) => {
    const keep = (): void => {
      for (const program of options.programs) {
        // The compiler links into a file of another name and moves it, so that what is there is complete.
        if (!finished.includes(program.name) && existsSync(join(work, compiledName(program)))) {
          finished.push(program.name);
          say();
        }
      }
    };
    const watch = setInterval(keep, 2_000);
    try {
      for (const module of new Set(options.programs.map((program) => program.module))) {
        await goCompile({
          ...options,
          programs: options.programs.filter((program) => program.module === module),
          outputDirectory: work,
          workDirectory: join(work, 'modules'),
          flags: flags(module),
        });
        keep();
      }
    } finally {
      clearInterval(watch);
    }
    for (const program of options.programs) renameSync(join(work, compiledName(program)), join(target, program.name));
  });
  options.log(`built ${options.programs.length} programs in ${elapsed(started)}`);
}

function flags(module: Program['module']): string[] {
  if (module === 'prometheus') {
    const set = { 'github.com/prometheus/common/version.Version': versionOf('prometheus').slice(1) };
    // Static, file and HTTP discovery stay; the clouds' own would triple the time.
    return ['-tags', 'remove_all_sd', '-ldflags', linkerFlags(set)];
  }
  const [major, minor] = versionOf('kube-apiserver').slice(1).split('.');
  return [
    '-ldflags',
    linkerFlags({
      'k8s.io/component-base/version.gitVersion': versionOf('kube-apiserver'),
      'k8s.io/component-base/version.gitMajor': major,
      'k8s.io/component-base/version.gitMinor': minor,
      'k8s.io/component-base/version.gitCommit': '',
      'k8s.io/component-base/version.gitTreeState': 'clean',
      'github.com/argoproj/argo-rollouts/utils/version.version': versionOf('rollouts-controller').slice(1),
    }),
  ];
}

function linkerFlags(variables: Readonly<Record<string, string>>): string {
  return ['-s', '-w', ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
}

function elapsed(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
