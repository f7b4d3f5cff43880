import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cacheDirectory } from '../../rehearsal/platform/cache';
import { goVersion } from '../../rehearsal/platform/go-compile';
import { makeOnce } from '../../rehearsal/platform/made-once';
import { runProgram } from '../../rehearsal/platform/run-program';

const MODULE = join(__dirname, 'go');
const PROGRAM = 'waf';
const FLAGS = ['-trimpath', '-ldflags', '-s -w'];

/** A firewall that runs on this machine. */
export interface Engine {
  /** Sends a request to it, and says the status of the answer. */
  status(request: WireRequest): Promise<number>;
  /** Rules that have matched since the last time that this was asked. */
  matched(): string[];
  stop(): Promise<void>;
}

/** A request as it goes over the wire: nothing of its target is put in order. */
export interface WireRequest {
  readonly method: 'GET' | 'POST';
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The firewall's program, which is built once for each content of its module and compiler; throws what is missing. */
export async function engineProgram(log: (line: string) => void): Promise<string> {
  const version = await goVersion();
  const files = ['go.mod', 'go.sum', 'main.go'].map((file) => readFileSync(join(MODULE, file)));
  const folder = await makeOnce({
    cacheDirectory: cacheDirectory(),
    name: PROGRAM,
    content: [...files, version, process.platform, process.arch, ...FLAGS],
    what: 'the firewall of the tests',
    log,
    make: async (made) => {
      const { exitCode, how, output } = await runProgram('go', ['build', ...FLAGS, '-o', join(made, PROGRAM), '.'], {
        cwd: MODULE,
        env: { ...process.env, CGO_ENABLED: '0' },
      });
      if (exitCode !== 0)
        throw new Error(`go build in test/waf/go: expected ${PROGRAM}, got:\n${output.slice(-4_000).trim()}\n${how}`);
    },
  });
  return join(folder, PROGRAM);
}

/** Starts the firewall with a configuration, on a free port of loopback. */
export async function startEngine(program: string, configuration: string): Promise<Engine> {
  const work = mkdtempSync(join(tmpdir(), 'llm-platform-waf-'));
  const file = join(work, 'directives.conf');
  writeFileSync(file, configuration);
  // It ends with its standard input, and so with this process, however that ends.
  const child = spawn(program, [file], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const lines: string[] = [];
  const address = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => reject(new Error(`waf: expected it to listen, got ${errors.trim() || 'its end'}`)));
    createInterface(child.stdout).on('line', (line) => {
      if (line.startsWith('rule ')) lines.push(line);
      else resolve(line);
    });
  });
  const [host, port] = address.split(':');
  return {
    status: (request) => send(host, Number(port), request),
    matched: () => lines.splice(0),
    stop: async () => {
      child.stdin.end();
      await ended;
      rmSync(work, { recursive: true });
    },
  };
}

function send(host: string, port: number, { method, target, headers, body }: WireRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host,
        port,
        method,
        path: target,
        agent: false,
        headers: {
          // A number in its place is a finding of its own.
          host: 'llm.example.com',
          accept: 'application/json',
          'user-agent': 'openai-python/2.1.0',
          authorization: 'Bearer sk-test',
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
          ...headers,
        },
      },
      (response) => {
        response.resume().once('end', () => resolve(response.statusCode!));
      },
    );
    request.once('error', reject);
    request.end(body);
  });
}
