import { median } from './statistics';

/** Something that was measured, beside what it is compared with. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly value: number;
  /** Single measurements, where the value is their median. */
  readonly samples?: readonly number[];
  readonly baseline?: Baseline;
  /** The value in units of its baseline. */
  readonly ratio?: number;
  readonly target?: Target;
  /** What a reader has to know to judge the value. */
  readonly notes?: string;
}

/** What a value is compared with, measured in the same run. */
export interface Baseline {
  readonly what: string;
  readonly value: number;
  readonly samples?: readonly number[];
}

/** How much is allowed. */
export interface Target {
  readonly of: 'value' | 'ratio';
  readonly atMost: number;
  readonly met: boolean;
}

/** Properties of `figure`: samples or a value, of the figure and of its baseline. */
export interface FigureProps {
  readonly what: string;
  readonly unit: string;
  readonly samples: readonly number[];
  readonly baseline?: { readonly what: string; readonly samples: readonly number[] };
  readonly target?: { readonly of: 'value' | 'ratio'; readonly atMost: number };
  readonly notes?: string;
}

/** A figure from its samples: medians, their ratio, and whether the target was met. */
export function figure({ what, unit, samples, baseline, target, notes }: FigureProps): Figure {
  const value = median(samples);
  const compared = baseline && { what: baseline.what, ...summary(baseline.samples) };
  const ratio = compared && value / compared.value;
  const judged = target && (target.of === 'ratio' ? ratio : value);
  return {
    what,
    unit,
    ...summary(samples),
    ...(compared && { baseline: compared, ratio: rounded(ratio!) }),
    ...(target && { target: { ...target, met: judged !== undefined && judged <= target.atMost } }),
    ...(notes !== undefined && { notes }),
  };
}

function summary(samples: readonly number[]): { value: number; samples?: readonly number[] } {
  return { value: rounded(median(samples)), ...(samples.length > 1 && { samples: samples.map(rounded) }) };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
