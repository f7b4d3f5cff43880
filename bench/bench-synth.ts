import { runApp } from './app-process';
import { type BenchOptions } from './bench-command';
import { type Figure, figure } from './figure';
import { interleave } from './interleave';

/** The process that synthesizes staging and production, beside one whose app is a single empty stack. */
export async function benchSynth(_options: BenchOptions, log: (line: string) => void): Promise<Figure[]> {
  const samples = await interleave(
    5,
    { app: () => runApp('bin/app.ts'), empty: () => runApp('bench/apps/empty.ts') },
    log,
  );
  const what = 'app process that synthesizes staging and production';
  const baseline = 'app process of one empty stack';
  return [
    figure({
      what,
      unit: 'ms',
      samples: samples.app.map(({ milliseconds }) => milliseconds),
      baseline: { what: baseline, samples: samples.empty.map(({ milliseconds }) => milliseconds) },
      target: { of: 'ratio', atMost: 6 },
    }),
    figure({
      what: `${what}: time on the processor`,
      unit: 'ms',
      samples: samples.app.map(({ cpuMilliseconds }) => cpuMilliseconds),
      baseline: { what: baseline, samples: samples.empty.map(({ cpuMilliseconds }) => cpuMilliseconds) },
      notes: 'changes little with what else the machine does',
    }),
  ];
}
