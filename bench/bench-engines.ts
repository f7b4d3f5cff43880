import { type AppProcess, runApp } from './app-process';
import { type BenchOptions } from './bench-command';
import { type Figure, figure } from './figure';
import { interleave } from './interleave';
import { median } from './statistics';
import { templateFigures } from './template-figures';

/** Both are multiples of the number of engines, so that each has its share. */
const FEW = 5;
const MANY = 200;
const ROUNDS = 3;

type Samples = Readonly<Record<string, readonly AppProcess[]>>;

/** Synthesis of an environment with 200 models on all engines, beside 200 on vLLM: what each model more costs, and the largest templates. */
export async function benchEngines(_options: BenchOptions, log: (line: string) => void): Promise<Figure[]> {
  const measure = Object.fromEntries(
    ['mixed', 'vllm'].flatMap((engines) =>
      [FEW, MANY].map((count) => [
        keyOf(engines, count),
        () => runApp('bench/apps/engines.ts', { environment: { BENCH_STACKS: String(count), BENCH_ENGINES: engines } }),
      ]),
    ),
  );
  const samples = await interleave(ROUNDS, measure, log);
  return [
    perModel(samples, 'time', 'ms', ({ milliseconds }) => milliseconds, 25),
    perModel(samples, 'time on the processor', 'ms', ({ cpuMilliseconds }) => cpuMilliseconds, 25),
    perModel(samples, 'what is written', 'bytes', ({ bytes }) => bytes),
    ...templateFigures(samples[keyOf('mixed', MANY)][0].templates, `${MANY} models of mixed engines`),
  ];
}

function perModel(
  samples: Samples,
  what: string,
  unit: string,
  valueOf: (app: AppProcess) => number,
  atMost?: number,
): Figure {
  const at = (engines: string, count: number) => median(samples[keyOf(engines, count)].map(valueOf));
  const slope = (engines: string) => (at(engines, MANY) - at(engines, FEW)) / (MANY - FEW);
  return figure({
    what: `${what} of one model more, of mixed engines`,
    unit,
    samples: [slope('mixed')],
    baseline: { what: 'one model more on vLLM', samples: [slope('vllm')] },
    ...(atMost !== undefined && { target: { of: 'value', atMost } }),
    notes: `medians of ${ROUNDS}: ${Object.keys(samples)
      .map((key) => `${key} models ${Math.round(median(samples[key].map(valueOf)))}`)
      .join(', ')}`,
  });
}

function keyOf(engines: string, count: number): string {
  return `${engines} ${count}`;
}
