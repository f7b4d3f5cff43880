import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessEntry, isSameProcess, killGroup, listProcesses, startOf } from './process-table';

/** The file of a run: who runs, where, and what it has started. */
interface Content {
  readonly pid: number;
  /** Start of the process, so that another one of the same id is not taken for it. */
  readonly started: string;
  readonly runDirectory: string;
  readonly groups: readonly { readonly group: number; readonly started: string }[];
}

/** Ends and removes what killed runs have left. */
export function endKilledRuns(cacheDirectory: string, log: (line: string) => void): void {
  const directory = runsDirectory(cacheDirectory);
  for (const name of existsSync(directory) ? readdirSync(directory) : []) clearUp(join(directory, name), log);
}

/**
 * What a run that is killed leaves for the next one to find: it lives in the user's cache folder as long as the run does.
 */
export class RunRecord {
  private readonly file: string;
  private readonly groups: { group: number; started: string }[] = [];

  constructor(
    cacheDirectory: string,
    private readonly runDirectory: string,
  ) {
    mkdirSync(runsDirectory(cacheDirectory), { recursive: true });
    this.file = join(runsDirectory(cacheDirectory), `${process.pid}-${randomBytes(4).toString('hex')}.json`);
    this.write();
  }

  /** Records a process group right after it was started. */
  add(group: number): void {
    this.groups.push({ group, started: startOf(group) ?? '' });
    this.write();
  }

  close(): void {
    rmSync(this.file, { force: true });
  }

  private write(): void {
    const content: Content = {
      pid: process.pid,
      started: startOf(process.pid) ?? '',
      runDirectory: this.runDirectory,
      groups: this.groups,
    };
    writeFileSync(this.file, JSON.stringify(content));
  }
}

function runsDirectory(cacheDirectory: string): string {
  return join(cacheDirectory, 'runs');
}

function clearUp(file: string, log: (line: string) => void): void {
  let content: Content;
  try {
    content = JSON.parse(readFileSync(file, 'utf8')) as Content;
  } catch {
    return; // being written by a run that starts at this moment
  }
  if (isSameProcess(content.pid, content.started)) return;
  const processes = listProcesses();
  const killed = content.groups.filter(({ group, started }) => {
    const members = processes.filter((entry) => entry.group === group);
    return members.some((entry) => belongs(entry, group, started, content.runDirectory)) && killGroup(group, 'SIGKILL');
  });
  rmSync(content.runDirectory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  rmSync(file, { force: true });
  log(
    `an earlier run (process ${content.pid}) was killed: ended ${killed.length} of its process groups and removed ${content.runDirectory}`,
  );
}

/** A group's number may have been given to somebody else since. */
function belongs(entry: ProcessEntry, group: number, started: string, runDirectory: string): boolean {
  return (entry.pid === group && entry.started === started) || entry.command.includes(runDirectory);
}
