import { join } from 'node:path';
import type { Container } from 'kubernetes-types/core/v1';
import { LOOPBACK } from '../cluster/loopback';
import type { InstalledEngine } from '../engines';
import { ContainerError } from './container-engine';

/** A real engine on this machine, as far as a container needs it. */
export type ProcessProgram = Omit<InstalledEngine, 'packages'>;

/** How the command of a container is run on this machine. */
export interface ProcessCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** What is not as the pod has it, one change per line. */
  readonly changes: readonly string[];
}

export interface ProcessCommandOptions {
  readonly container: Container;
  readonly installed: ProcessProgram;
  readonly port: number;
  /** Folder that stands for the volumes of the pod. */
  readonly directory: string;
}

/** Arguments by which an engine is told its weights; a positional one follows `serve`. */
const WEIGHTS: Readonly<Record<string, string>> = { '--model-url': '--model', '--model': '--model' };

/**
 * The container's own command, arguments and environment. Nothing is replaced but what cannot be the same outside the image:
 * the program's path, the port and its address, the weights, and the paths of volumes.
 *
 * @throws ContainerError on an environment that this cannot give
 */
export function processCommand({ container, installed, port, directory }: ProcessCommandOptions): ProcessCommand {
  const changes: string[] = [];
  const changed = (what: string, from: string, to: string): string => {
    if (from !== to) changes.push(`${what}: ${from} → ${to}`);
    return to;
  };
  const [program = '', ...rest] = [...(container.command ?? []), ...(container.args ?? [])];
  const volumes = volumesOf(container);
  const inVolume = (text: string): string =>
    volumes.some((path) => text === path || text.startsWith(`${path}/`)) ? join(directory, text) : text;

  const given = Object.fromEntries(
    (container.env ?? []).map(({ name, value, valueFrom }) => {
      if (valueFrom !== undefined)
        throw new ContainerError(
          'CreateContainerConfigError',
          `env ${name}: expected a value, got a reference; an engine that runs as a process is given values only`,
        );
      return [name, changed('path', value ?? '', inVolume(value ?? ''))];
    }),
  );
  const args = rest.map((argument, index) => {
    const [flag, value] = split(argument);
    const before = rest[index - 1] ?? '';
    if (value !== undefined) {
      if (flag === '--port') return `${flag}=${changed('port', value, String(port))}`;
      if (flag in WEIGHTS) return `${WEIGHTS[flag]}=${changed('weights', value, installed.model)}`;
      return `${flag}=${changed('path', value, inVolume(value))}`;
    }
    if (before === '--port') return changed('port', argument, String(port));
    if (before === '--host') return changed('address', argument, LOOPBACK);
    if (before === 'serve' || before in WEIGHTS) return changed('weights', argument, installed.model);
    if (argument in WEIGHTS) return changed('weights', argument, WEIGHTS[argument]);
    return changed('path', argument, inVolume(argument));
  });
  const added = [...(rest.includes('--host') ? [] : [`--host=${LOOPBACK}`]), ...installed.addedArguments];
  changed('program', program, installed.program);
  if (added.length > 0) changes.push(`added arguments: ${added.join(' ')}`);
  changes.push(...installed.patches.map((patch) => `package: ${patch}`));
  const variables = Object.entries(installed.environment);
  if (variables.length > 0)
    changes.push(`added environment: ${variables.map(([name, value]) => `${name}=${value}`).join(' ')}`);
  return {
    program: installed.program,
    args: [...args, ...added],
    environment: { PATH: process.env.PATH ?? '', ...given, ...installed.environment },
    changes,
  };
}

function split(argument: string): [flag: string, value?: string] {
  const at = argument.startsWith('--') ? argument.indexOf('=') : -1;
  return at < 0 ? [argument] : [argument.slice(0, at), argument.slice(at + 1)];
}

/** Folders that the image does not have: those of the pod's volumes, but shared memory, which this machine has. */
function volumesOf(container: Container): string[] {
  return (container.volumeMounts ?? []).map(({ mountPath }) => mountPath).filter((path) => path !== '/dev/shm');
}
