import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** One process of this machine. */
export interface ProcessEntry {
  readonly pid: number;
  /** Process group: the process that leads it is the one that was started detached. */
  readonly group: number;
  /** Differs between two processes that had the same id one after the other. */
  readonly started: string;
  /** Command line, arguments separated by one blank. */
  readonly command: string;
}

/** All processes that this user may look at. */
export function listProcesses(): ProcessEntry[] {
  return process.platform === 'linux' ? listFromProc() : listFromPs();
}

/** Whether the process with this id is the one that was recorded with `started`. */
export function isSameProcess(pid: number, started: string): boolean {
  return startOf(pid) === started;
}

/** When the process with this id started, in a form that only serves comparison; undefined when there is none. */
export function startOf(pid: number): string | undefined {
  return process.platform === 'linux'
    ? procEntry(pid)?.started
    : listFromPs().find((entry) => entry.pid === pid)?.started;
}

/** Ends every process of the group at once; false when there was none. */
export function killGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function listFromProc(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => procEntry(Number(name)))
    .filter((entry) => entry !== undefined);
}

function procEntry(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold blanks and brackets itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0/g, ' ').trim();
    return { pid, group: Number(fields[2]), started: fields[19], command };
  } catch {
    return undefined; // it ended while it was being read
  }
}

function listFromPs(): ProcessEntry[] {
  const lines = execFileSync('ps', ['-axwwo', 'pid=,pgid=,stat=,lstart=,command='], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  }).split('\n');
  return lines.flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)$/.exec(line);
    return match && !match[3].startsWith('Z')
      ? [{ pid: Number(match[1]), group: Number(match[2]), started: match[4], command: match[5] }]
      : [];
  });
}

/** Kills the members of the group whose command line matches; returns how many there were. */
export function killMatching(group: number, matches: (command: string) => boolean): number {
  const found = listProcesses().filter((entry) => entry.group === group && matches(entry.command));
  for (const entry of found) process.kill(entry.pid, 'SIGKILL');
  return found.length;
}
