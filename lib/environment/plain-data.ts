import { Duration, Size } from 'aws-cdk-lib';

/** A duration of whole seconds: `90s`, `15m`, `1h`. Fractions of minutes and hours are allowed. */
export type DurationText = `${number}s` | `${number}m` | `${number}h`;

/** A size: `512Mi`, `100Gi`, `1Ti`; fractions are rounded down to whole MiB. */
export type SizeText = `${number}Mi` | `${number}Gi` | `${number}Ti`;

/** What options of the library are as plain, readonly data: the same names, with durations and sizes as text and members of enums by their values. */
export type PlainData<T> =
  T extends Duration ? DurationText
    : T extends Size ? SizeText
      : T extends string ? `${T}`
        : T extends number | boolean | undefined ? T
          : T extends readonly (infer Element)[] ? readonly PlainData<Element>[]
            : { readonly [Option in keyof T]: PlainData<T[Option]> };

/** How far a number of seconds may be from a whole one: 4.1 * 60 is 245.99999999999997. */
const TOLERANCE = 1e-6;

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
const MEBIBYTES: Readonly<Record<string, number>> = { Mi: 1, Gi: 1024, Ti: 1024 ** 2 };

/**
 * The duration that a text says; undefined where it says none, which is added to the problems.
 *
 * @param option path of the option
 */
export function durationOf(option: string, text: DurationText | undefined, problems: string[]): Duration | undefined {
  if (text === undefined) return undefined;
  const seconds = amountOf(text, SECONDS);
  if (seconds !== undefined && Math.abs(seconds - Math.round(seconds)) < TOLERANCE) return Duration.seconds(Math.round(seconds));
  problems.push(`${option}: expected a duration of whole seconds, got ${JSON.stringify(text)}; write it like 90s, 15m or 1h`);
  return undefined;
}

/** As {@link durationOf}, for a size. */
export function sizeOf(option: string, text: SizeText | undefined, problems: string[]): Size | undefined {
  if (text === undefined) return undefined;
  const mebibytes = amountOf(text, MEBIBYTES);
  if (mebibytes !== undefined) return Size.mebibytes(Math.floor(mebibytes));
  problems.push(`${option}: expected a size, got ${JSON.stringify(text)}; write it like 512Mi, 100Gi or 1Ti`);
  return undefined;
}

function amountOf(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(text) ?? [];
  return unit in units ? Number(amount) * units[unit] : undefined;
}
