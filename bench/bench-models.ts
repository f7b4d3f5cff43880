import { type AppProcess, runApp } from './app-process';
import { type BenchOptions } from './bench-command';
import { type Figure, figure } from './figure';
import { interleave } from './interleave';
import { fitLine, median } from './statistics';
import { templateFigures } from './template-figures';

const SIZES = [1, 50, 100, 200];
const ROUNDS = 3;
/** Least share of the variance that a line has to explain for its slope to say anything. */
const LINEAR = 0.9;
const APPS = { models: 'bench/apps/models.ts', plain: 'bench/apps/plain-stacks.ts' };

type Samples = Readonly<Record<string, readonly AppProcess[]>>;

/** Synthesis of one environment with 1 to 200 models: what each more costs, and how large the largest template becomes. */
export async function benchModels(_options: BenchOptions, log: (line: string) => void): Promise<Figure[]> {
  const measure = Object.fromEntries(
    Object.entries(APPS).flatMap(([name, app]) =>
      SIZES.map((size) => [keyOf(name, size), () => runApp(app, { environment: { BENCH_STACKS: String(size) } })]),
    ),
  );
  const samples = await interleave(ROUNDS, measure, log);
  const templates = samples[keyOf('models', SIZES[SIZES.length - 1])][0].templates;
  return [
    perModel(samples, 'time', 'ms', ({ milliseconds }) => milliseconds, 25),
    perModel(samples, 'time on the processor', 'ms', ({ cpuMilliseconds }) => cpuMilliseconds, 25),
    perModel(samples, 'what is written', 'bytes', ({ bytes }) => bytes),
    ...templateFigures(templates, `${SIZES.at(-1)} models`),
  ];
}

function perModel(
  samples: Samples,
  what: string,
  unit: string,
  valueOf: (app: AppProcess) => number,
  atMost?: number,
): Figure {
  const points = (name: string) =>
    SIZES.map((size) => [size, median(samples[keyOf(name, size)].map(valueOf))] as const);
  const all = points('models');
  const line = fitLine(all);
  // A share of explained variance hides a gentle bend; the cost of the last models against that of the first shows it.
  const bend = fitLine(all.slice(-2)).slope / fitLine(all.slice(0, -1)).slope;
  const result = figure({
    what: `${what} of one model more, with its stack`,
    unit,
    samples: [line.slope],
    baseline: {
      what: 'one stack more with a custom resource and one file as asset, in CDK alone',
      samples: [fitLine(points('plain')).slope],
    },
    ...(atMost !== undefined && { target: { of: 'value', atMost } }),
    notes:
      `medians of ${ROUNDS}: ${all.map(([size, value]) => `${size} models ${Math.round(value)}`).join(', ')}; r² ${line.r2.toFixed(4)}; ` +
      `models ${SIZES.slice(-2).join(' to ')} cost ${bend.toFixed(2)} times those before`,
  });
  if (!result.target || line.r2 >= LINEAR) return result;
  return {
    ...result,
    target: { ...result.target, met: false },
    notes: `${result.notes}; that is no line: the machine was busy with something else, or the cost is not linear`,
  };
}

function keyOf(name: string, size: number): string {
  return `${name} ${size}`;
}
