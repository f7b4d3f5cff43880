import { spawn } from 'node:child_process';
import { chmodSync, closeSync, openSync, renameSync } from 'node:fs';
import { join, posix } from 'node:path';
import { download, downloadText } from './download';
import type { MakingOptions } from './file-lock';
import { inWorkFolder } from './made-once';
import { type Program, type ProgramName, programVersion, saidVersion } from './programs';

/** What to download, and where to. */
export interface ProgramDownloadOptions extends MakingOptions {
  readonly programs: readonly Program[];
  /** Where each comes from; an archive's address ends with `#` and the file in it. */
  readonly addresses: ReadonlyMap<ProgramName, string>;
  /** Each program is moved there under its name once it is complete and has been checked. */
  readonly targetDirectory: string;
}

/**
 * Downloads programs, checks them by the publisher's SHA-256 where there is one and by the version that they say, and says
 * how far it is. What is complete stays there when another one fails; the error names every one that failed.
 */
export async function downloadPrograms(options: ProgramDownloadOptions): Promise<void> {
  const started = Date.now();
  const finished: string[] = [];
  let bytes = 0;
  const say = (): void =>
    options.log(
      `downloading: ${finished.length} of ${options.programs.length} programs${finished.length > 0 ? ` (${finished.join(', ')})` : ''}, ` +
        `${(bytes / 2 ** 20).toFixed(0)} MiB, ${Math.round((Date.now() - started) / 1000)} s`,
    );
  const { targetDirectory: target } = options;
  await inWorkFolder({ target, prefix: '.download-', everyMs: 5_000, say }, async (work) => {
    const ends = await Promise.allSettled(
      options.programs.map(async (program) => {
        const count = (more: number): void => void (bytes += more);
        renameSync(await one(program, work, count, options), join(target, program.name));
        finished.push(program.name);
        say();
      }),
    );
    options.signal?.throwIfAborted();
    const problems = ends.flatMap((end, index) =>
      end.status === 'fulfilled'
        ? []
        : [`${options.programs[index].name}: ${end.reason instanceof Error ? end.reason.message : String(end.reason)}`],
    );
    if (problems.length > 0)
      throw new Error([...problems, remedy(options.programs.length - problems.length)].join('\n'));
  });
}

async function one(
  program: Program,
  work: string,
  onBytes: (count: number) => void,
  options: ProgramDownloadOptions,
): Promise<string> {
  const [address, member] = options.addresses.get(program.name)!.split('#');
  if (!/^https?:/.test(address))
    throw new Error(
      `expected kwokctl to name an address, got ${address}; put the program into the folder of --binaries instead`,
    );
  const downloaded = join(work, `${program.name}.download`);
  const expected = program.checksums && (await publishedDigest(program.checksums, address, options.signal));
  const got = await download({ address, file: downloaded, signal: options.signal, onBytes });
  if (expected === undefined) {
    options.log(
      `${program.name}: its publisher says no checksum; taken as ${new URL(address).host} sent it, SHA-256 ${got}`,
    );
  } else if (expected !== got) {
    throw new Error(`expected ${address} with SHA-256 ${expected}, got ${got}; a proxy or mirror may have changed it`);
  }
  const file = join(work, program.name);
  if (member === undefined) {
    renameSync(downloaded, file);
  } else {
    await unpack(downloaded, member, file);
  }
  chmodSync(file, 0o755);
  const version = await saidVersion(file);
  if (version !== programVersion(program))
    throw new Error(
      `expected version ${programVersion(program)} for ${process.platform} ${process.arch} from ${address}, got ${version ?? 'a file that does not run'}`,
    );
  return file;
}

async function publishedDigest(
  place: NonNullable<Program['checksums']>,
  address: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const name = posix.basename(new URL(address).pathname);
  const where = place === '.sha256' ? `${address}${place}` : new URL(place, address).href;
  const lines = (await downloadText(where, signal))
    .split('\n')
    .map((line) => /^([0-9a-f]{64})(?:\s+\*?(?:\.\/)?(\S+))?\s*$/i.exec(line.trim()));
  const found = lines.find((line) => line && (place === '.sha256' || line[2] === name));
  if (!found) throw new Error(`expected a SHA-256 of ${name} in ${where}, got none`);
  return found[1].toLowerCase();
}

/** Writes one file of an archive, wherever it lies in it; nothing else of the archive reaches the disk. */
async function unpack(archive: string, name: string, file: string): Promise<void> {
  const entries = (await tar(['-tf', archive], 'pipe')).split('\n');
  const entry = entries.find((each) => posix.basename(each) === name && !each.endsWith('/'));
  if (entry === undefined)
    throw new Error(`expected a file ${name} in the archive, got ${entries.filter(Boolean).join(', ') || 'none'}`);
  const target = openSync(file, 'wx');
  try {
    await tar(['-xOf', archive, entry], target);
  } finally {
    closeSync(target);
  }
}

function tar(args: readonly string[], stdout: 'pipe' | number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('tar', args, { stdio: ['ignore', stdout, 'pipe'] });
    let out = '';
    let problem = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => void (out += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => void (problem += text));
    child.once('error', (error) =>
      reject(new Error(`tar: expected it on the PATH to unpack archives, got ${error.message}`)),
    );
    child.once('close', (code) =>
      code === 0
        ? resolve(out)
        : reject(new Error(`tar: expected to read the archive, got ${problem.trim() || `exit code ${code}`}`)),
    );
  });
}

function remedy(kept: number): string {
  const proxy =
    ['HTTPS_PROXY', 'https_proxy'].some((name) => process.env[name]) && process.env.NODE_USE_ENV_PROXY === undefined;
  return [
    'check the connection and run it again',
    ...(kept > 0 ? [`${kept} that are complete are kept`] : []),
    ...(proxy ? ['HTTPS_PROXY is used with NODE_USE_ENV_PROXY=1, by a Node.js that knows this (24, 22.21)'] : []),
    "or name mirrors by kwokctl's variables (KWOK_KUBE_BINARY_PREFIX …), or put the programs into the folder of --binaries",
  ].join('; ');
}
