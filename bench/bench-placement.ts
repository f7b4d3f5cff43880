import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KnownModels, ModelArchitecture, Placement, type PlacementProps } from '../constructs/placement';
import { type BenchOptions } from './bench-command';
import { type Figure, figure } from './figure';
import { interleave } from './interleave';

const PLACEMENTS = 1000;
const ROUNDS = 7;
const CONTEXTS = [2048, 4096, 8192, 16384, 32768, 65536, 131072];
const CONCURRENCIES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];
const CONFIG_FILE = 'environments/models/qwen2.5-coder-7b-instruct.json';

/** 1,000 questions: the catalog's models with contexts that they know, for few and many sequences, on any instance type. */
export function placementQuestions(): PlacementProps[] {
  const all = KnownModels.all().flatMap((model) =>
    CONTEXTS.filter((maxModelLen) => maxModelLen <= model.maxContextTokens).flatMap((maxModelLen) =>
      CONCURRENCIES.map((concurrency) => ({ model, maxModelLen, concurrency })),
    ),
  );
  // Evenly out of all, so that no model is left out.
  return Array.from({ length: PLACEMENTS }, (_, index) => all[Math.floor((index * all.length) / PLACEMENTS)]);
}

/** Placement of 1,000 models on the cheapest of all instance types. */
export async function benchPlacement(_options: BenchOptions, log: (line: string) => void): Promise<Figure[]> {
  const questions = placementQuestions();
  const text = readFileSync(join(__dirname, '..', CONFIG_FILE), 'utf8');
  let fitting = 0;
  const samples = await interleave(
    ROUNDS,
    {
      place: () =>
        timed(() => {
          fitting = questions.filter(fits).length;
        }),
      read: () =>
        timed(() => {
          for (let count = 0; count < PLACEMENTS; count++) ModelArchitecture.fromConfig(text);
        }),
    },
    log,
  );
  const what = `Placement.plan of ${PLACEMENTS} models: the cheapest of all instance types, or why none`;
  const baseline = `ModelArchitecture.fromConfig of as many config.json files (${CONFIG_FILE}), which a placement starts from`;
  // A synth waits for it: 0.6 ms a model.
  const target = { of: 'value', atMost: 0.6 * PLACEMENTS } as const;
  return [
    figure({
      what,
      unit: 'ms',
      samples: samples.place,
      baseline: { what: baseline, samples: samples.read },
      target,
      notes: `${fitting} fit, ${PLACEMENTS - fitting} end with an error that names what would`,
    }),
    figure({
      what: `${what}; in a process that has placed none before, as a synth is`,
      unit: 'ms',
      samples: samples.place.slice(0, 1),
      baseline: { what: baseline, samples: samples.read.slice(0, 1) },
      target,
    }),
  ];
}

function fits(question: PlacementProps): boolean {
  try {
    Placement.plan(question);
    return true;
  } catch {
    return false;
  }
}

function timed(action: () => void): Promise<number> {
  const started = process.hrtime.bigint();
  action();
  return Promise.resolve(Number(process.hrtime.bigint() - started) / 1e6);
}
