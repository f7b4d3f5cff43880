import { readFileSync } from 'node:fs';
import { type AppProcess, runApp } from './app-process';
import { type BenchOptions } from './bench-command';
import { locateEksBlueprints } from './eks-blueprints';
import { type Figure, figure } from './figure';
import { interleave } from './interleave';

const WHAT = 'app process that synthesizes staging and production';
const ROUNDS = 7;
const BLUEPRINTS = 'bench/apps/eks-blueprints.ts';

/** What the app is compared with, and how much of its wall time is allowed. */
const BASELINES: Readonly<Record<string, { readonly what: string; readonly atMost?: number }>> = {
  empty: { what: 'app process of one empty stack', atMost: 6 },
  blueprints: { what: 'app process of EKS Blueprints with one cluster, by `npx tsx`', atMost: 1 },
  bundled: { what: 'app process of EKS Blueprints with one cluster, started like this app' },
};

/** As the CDK command line starts the app, but for its path. */
function appCommand(): [string, ...string[]] {
  const { app } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { app: string };
  const [program, ...args] = app.split(' ').slice(0, -1);
  return [program, ...args];
}

/**
 * The process that synthesizes staging and production, beside one whose app is a single empty stack, and beside one of EKS Blueprints with
 * one cluster, where that can be installed: as a TypeScript app is usually started (`npx ts-node`, which `cdk init` writes, checks types and
 * takes ten times as long as `npx tsx`), and as this one is.
 */
export async function benchSynth(_options: BenchOptions, log: (line: string) => void): Promise<Figure[]> {
  const packages = await locateEksBlueprints(log).catch((error: Error) => {
    log(`not compared with EKS Blueprints, which could not be installed: ${error.message}`);
    return undefined;
  });
  const measure: Record<string, () => Promise<AppProcess>> = {
    app: () => runApp('bin/app.ts', { command: appCommand() }),
    empty: () => runApp('bench/apps/empty.ts'),
    ...(packages !== undefined && {
      blueprints: () =>
        runApp(BLUEPRINTS, {
          command: ['npx', 'tsx'],
          cwd: packages,
          environment: { BENCH_PACKAGES: packages },
        }),
      bundled: () => runApp(BLUEPRINTS, { environment: { BENCH_PACKAGES: packages } }),
    }),
  };
  const { app, ...baselines } = await interleave(ROUNDS, measure, log);
  return Object.entries(baselines).flatMap(([name, baseline]) => {
    const { what, atMost } = BASELINES[name];
    return [
      figure({
        what: WHAT,
        unit: 'ms',
        samples: app.map(({ milliseconds }) => milliseconds),
        baseline: { what, samples: baseline.map(({ milliseconds }) => milliseconds) },
        ...(atMost !== undefined && { target: { of: 'ratio', atMost } }),
      }),
      figure({
        what: `${WHAT}: time on the processor`,
        unit: 'ms',
        samples: app.map(({ cpuMilliseconds }) => cpuMilliseconds),
        baseline: { what, samples: baseline.map(({ cpuMilliseconds }) => cpuMilliseconds) },
        notes: 'changes little with what else the machine does',
      }),
    ];
  });
}
