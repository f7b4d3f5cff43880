import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Folder of the Go modules that pin the programs. */
export const GO_MODULES = join(__dirname, '..', 'go');

/** Everything of the rehearsal that is written in Go. */
export type ProgramName =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kwok'
  | 'rollouts-controller'
  | 'prometheus';

/** A change to the source of a pinned module, for what no flag of the program changes. */
export interface SourcePatch {
  /** Public module. */
  readonly module: string;
  /** File in it. */
  readonly file: string;
  /** Texts that stand there exactly once each, and what they become. */
  readonly replacements: readonly { readonly from: string; readonly to: string }[];
  /** Folders at its root that the compiler does not need. */
  readonly leaveOut: readonly string[];
}

/** A program that is built from a pinned Go module. */
export interface GoProgram {
  readonly name: string;
  /** Our Go module that pins it: a folder of `rehearsal/go`. */
  readonly module: string;
  readonly package: string;
  /** The public module whose version is the program's. */
  readonly versionedBy: string;
  readonly patch?: SourcePatch;
}

/** A program of the control plane, which need not be built: how it is found or made. */
export interface Program extends GoProgram {
  readonly name: ProgramName;
  readonly module: 'kube' | 'prometheus';
  /** How the ready-made program can be had. */
  readonly published: 'download' | 'image only';
  /**
   * Where the publisher of the download says its SHA-256: in a file beside it with this ending, or in a list of this name
   * in the same folder.
   *
   * @default - nowhere
   */
  readonly checksums?: '.sha256' | 'SHA256SUMS' | 'sha256sums.txt';
}

const kubernetes = (name: 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler'): Program => ({
  name,
  module: 'kube',
  package: `k8s.io/kubernetes/cmd/${name}`,
  versionedBy: 'k8s.io/kubernetes',
  // Kubernetes releases these for Linux only; what kwokctl names elsewhere is built by others, who say no checksum.
  published: 'download',
  checksums: process.platform === 'linux' ? '.sha256' : undefined,
});

export const PROGRAMS: readonly Program[] = [
  {
    name: 'etcd',
    module: 'kube',
    package: 'go.etcd.io/etcd/server/v3',
    versionedBy: 'go.etcd.io/etcd/server/v3',
    published: 'download',
    checksums: 'SHA256SUMS',
  },
  kubernetes('kube-apiserver'),
  kubernetes('kube-controller-manager'),
  kubernetes('kube-scheduler'),
  {
    name: 'kwok',
    module: 'kube',
    package: 'sigs.k8s.io/kwok/cmd/kwok',
    versionedBy: 'sigs.k8s.io/kwok',
    published: 'download',
  },
  {
    name: 'rollouts-controller',
    module: 'kube',
    package: 'github.com/argoproj/argo-rollouts/cmd/rollouts-controller',
    versionedBy: 'github.com/argoproj/argo-rollouts',
    // The one that others build listens on all interfaces and has no flag for it.
    patch: {
      module: 'github.com/argoproj/argo-rollouts',
      file: 'controller/controller.go',
      replacements: [{ from: '"0.0.0.0:%d"', to: '"127.0.0.1:%d"' }],
      leaveOut: ['docs', 'ui', 'test', 'manifests'],
    },
    published: 'image only',
  },
  {
    name: 'prometheus',
    module: 'prometheus',
    package: 'github.com/prometheus/prometheus/cmd/prometheus',
    versionedBy: 'github.com/prometheus/prometheus',
    published: 'download',
    checksums: 'sha256sums.txt',
  },
];

/** Version of a public module that one of our Go modules pins, for example `v1.36.3`. */
export function pinnedVersion(module: string, of: string): string {
  const text = readFileSync(join(GO_MODULES, module, 'go.mod'), 'utf8');
  const line = text
    .split('\n')
    .map((each) => each.trim().split(/\s+/))
    .find((words) => words[0] === of || (words[0] === 'require' && words[1] === of));
  if (!line) throw new Error(`rehearsal/go/${module}/go.mod: expected a version of ${of}, got none; require it there`);
  return line[0] === 'require' ? line[2] : line[1];
}

/** The version that is pinned, as the program says it of itself: `v1.2.3`. */
export function programVersion(program: Program): string {
  const pinned = pinnedVersion(program.module, program.versionedBy);
  // Prometheus 3.15.0 is its Go module v0.315.0.
  const prometheus = program.name === 'prometheus' ? /^v0\.(\d)(\d\d)\.(\d+)$/.exec(pinned) : undefined;
  return prometheus ? `v${prometheus[1]}.${Number(prometheus[2])}.${prometheus[3]}` : pinned;
}

/** The same, by the name of the program. */
export function versionOf(name: ProgramName): string {
  return programVersion(PROGRAMS.find((program) => program.name === name)!);
}

/** The version that a file says of itself, as `v1.2.3`; undefined where it says none or does not run. */
export async function saidVersion(file: string): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(file, ['--version'], { timeout: 60_000 });
    const version = /\bv?(\d+\.\d+\.\d+)\b/.exec(`${stdout}${stderr}`);
    return version ? `v${version[1]}` : undefined;
  } catch {
    return undefined;
  }
}
