import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = resolve(__dirname, '..');

/** A CDK app's process, as the CDK command line starts it. */
export interface AppProcess {
  readonly milliseconds: number;
  /** Of all Node processes that took part. */
  readonly cpuMilliseconds: number;
  /** Everything that was written, bytes. */
  readonly bytes: number;
  readonly templates: readonly SynthesizedTemplate[];
}

/** Size of a template. */
export interface SynthesizedTemplate {
  readonly stack: string;
  readonly resources: number;
  readonly bytes: number;
}

/** How an app is started in another way than this repository's own. */
export interface AppStart {
  /** The command that takes the path of the app. @default - `node scripts/start.mjs` */
  readonly command?: readonly [string, ...string[]];
  /** Working directory. @default - the root of the repository */
  readonly cwd?: string;
  /** More environment variables. @default - none */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Runs an app of this repository with the context of cdk.json and without template validation.
 *
 * @param file path of the app, from the root of the repository
 */
export async function runApp(file: string, start: AppStart = {}): Promise<AppProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const output = join(directory, 'out');
    const cpuFile = join(directory, 'cpu');
    const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: object };
    const started = process.hrtime.bigint();
    const [program, ...args] = start.command ?? [process.execPath, 'scripts/start.mjs'];
    await run(program, [...args, join(ROOT, file)], {
      cwd: start.cwd ?? ROOT,
      env: {
        ...process.env,
        CDK_OUTDIR: output,
        CDK_CONTEXT_JSON: JSON.stringify(context),
        CDK_VALIDATION: 'false',
        NODE_OPTIONS: `--import=${pathToFileURL(join(__dirname, 'apps/count-cpu.mjs')).href}`,
        BENCH_CPU_FILE: cpuFile,
        ...start.environment,
      },
    });
    const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
    const files = readdirSync(output, { recursive: true, encoding: 'utf8' })
      .map((name) => join(output, name))
      .filter((name) => statSync(name).isFile());
    return {
      milliseconds,
      cpuMilliseconds: readFileSync(cpuFile, 'utf8')
        .trim()
        .split('\n')
        .reduce((sum, line) => sum + Number(line) / 1000, 0),
      bytes: files.reduce((sum, name) => sum + statSync(name).size, 0),
      templates: files.filter((name) => name.endsWith('.template.json')).map(templateOf),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function templateOf(file: string): SynthesizedTemplate {
  const { Resources = {} } = JSON.parse(readFileSync(file, 'utf8')) as { Resources?: object };
  return {
    stack: file.slice(file.lastIndexOf('/') + 1).replace('.template.json', ''),
    resources: Object.keys(Resources).length,
    bytes: statSync(file).size,
  };
}
