import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';

/** What installs the tool. Version 1.1.1 needs pyOpenSSL and does not say so. */
const INSTALL = 'pip install model-signing==1.1.1 pyopenssl==26.4.0';

const COMMAND = 'model_signing';

/** How a run of the tool ended. */
type Ended = { readonly output: string } | { readonly failure: string };

/** The command `model_signing` of OpenSSF model signing. */
export class ModelSigning {
  private readonly command: string;

  /** @param folder with the command; without one it is looked for on the PATH */
  constructor(private readonly folder?: string) {
    this.command = folder === undefined ? COMMAND : path.resolve(folder, COMMAND);
  }

  /**
   * Says its version.
   *
   * @throws when it cannot be run, with how to install it
   */
  async version(): Promise<string> {
    const ended = await this.run(['--version']);
    if ('output' in ended) return ended.output.trim();
    throw new Error(
      `${COMMAND}: expected the command of OpenSSF model signing ${this.folder === undefined ? 'on the PATH' : `in ${this.folder}`}, got ${ended.failure}; ` +
        `install it in a virtual environment with "${INSTALL}", and name the folder of its commands with --model-signing`,
    );
  }

  /**
   * Verifies a signature, and every file of a folder by it.
   *
   * @param method arguments that say whose signature it must be
   * @returns what it found wrong, on one line; undefined when all is right
   */
  async verify(method: readonly string[], signature: string, folder: string): Promise<string | undefined> {
    const ended = await this.run(['verify', ...method, `--signature=${signature}`, folder]);
    return 'failure' in ended ? ended.failure : undefined;
  }

  private async run(args: readonly string[]): Promise<Ended> {
    try {
      const { stdout } = await promisify(execFile)(this.command, args, { maxBuffer: 64 * 1024 * 1024 });
      return { output: stdout };
    } catch (error) {
      const { code, stderr = '' } = error as { code?: string | number | null; stderr?: string };
      return { failure: typeof code === 'string' ? code : told(stderr) };
    }
  }
}

/** The one line that matters of what the tool wrote: its own last word, or the end of a stack trace. */
function told(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const own = lines.find((line) => line.startsWith('Verification failed'));
  const line = own?.replace(/^Verification failed with error: ?/, '') ?? lines.at(-1) ?? '';
  // Digests are printed as Python holds them, in one of two kinds of quotes: nobody can compare them with anything.
  const plain = line
    .replace(/: Expected \\?'Digest\(.*?(?=["'], ["']Hash mismatch for |["']\]$)/g, '')
    .replaceAll("\\'", "'")
    .replaceAll('"', '')
    .trim();
  // An invalid signature has no message there.
  return plain === '' ? 'an invalid signature' : `"${plain.length > 300 ? `${plain.slice(0, 300)}…` : plain}"`;
}
