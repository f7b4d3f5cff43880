import { Duration, Size } from 'aws-cdk-lib';

/** A duration of whole milliseconds: `500ms`, `90s`, `15m`, `1h`. Fractions are allowed. */
export type DurationText = `${number}ms` | `${number}s` | `${number}m` | `${number}h`;

/** A size: `512Mi`, `100Gi`, `1Ti`. Fractions of a MiB are rounded: up where it is what must find room, down where it is the room. */
export type SizeText = `${number}Mi` | `${number}Gi` | `${number}Ti`;

/** What options of the library are as plain, readonly data: the same names, with durations and sizes as text and members of enums by their values. */
export type PlainData<T> = T extends Duration
  ? DurationText
  : T extends Size
    ? SizeText
    : T extends string
      ? `${T}`
      : T extends number | boolean | undefined
        ? T
        : T extends readonly (infer Element)[]
          ? readonly PlainData<Element>[]
          : { readonly [Option in keyof T]: PlainData<T[Option]> };

/** How far a number of milliseconds may be from a whole one: 4.1 * 60 * 1000 is 245999.99999999997. */
const TOLERANCE = 1e-6;

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const MEBIBYTES: Readonly<Record<string, number>> = { Mi: 1, Gi: 1024, Ti: 1024 ** 2 };

/**
 * The duration that a text says; undefined where it says none, which is added to the problems.
 *
 * @param option path of the option
 */
export function durationOf(option: string, text: DurationText | undefined, problems: string[]): Duration | undefined {
  if (text === undefined) return undefined;
  const milliseconds = amountOf(text, MILLISECONDS);
  const whole = milliseconds === undefined ? NaN : Math.round(milliseconds);
  if (milliseconds !== undefined && Math.abs(milliseconds - whole) < TOLERANCE)
    return whole % 1000 === 0 ? Duration.seconds(whole / 1000) : Duration.millis(whole);
  problems.push(`${option}: expected a duration, got ${JSON.stringify(text)}; write it like 500ms, 90s, 15m or 1h`);
  return undefined;
}

/**
 * Options with durations in the place of their texts; those that say none are left out, and added to the problems.
 *
 * @param path path of the options
 * @param durations names of those that are durations
 */
export function withDurations<T extends { readonly [Name in K]?: DurationText }, K extends keyof T & string>(
  path: string,
  options: T,
  durations: readonly K[],
  problems: string[],
): Omit<T, K> & { readonly [Name in K]?: Duration } {
  const entries = Object.entries(options as Record<string, unknown>).map(
    ([name, value]) =>
      [
        name,
        durations.some((duration) => duration === name)
          ? durationOf(`${path}.${name}`, value as DurationText | undefined, problems)
          : value,
      ] as const,
  );
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Omit<T, K> & {
    readonly [Name in K]?: Duration;
  };
}

/** Seconds of a text that has been checked. */
export function secondsOfText(text: DurationText): number {
  return amountOf(text, MILLISECONDS)! / 1000;
}

/** As {@link durationOf}, for the size of what is there, in MiB rounded down. */
export function sizeOf(
  option: string,
  text: SizeText | undefined,
  problems: string[],
  round = Math.floor,
): Size | undefined {
  if (text === undefined) return undefined;
  const mebibytes = amountOf(text, MEBIBYTES);
  if (mebibytes !== undefined) return Size.mebibytes(round(mebibytes));
  problems.push(`${option}: expected a size, got ${JSON.stringify(text)}; write it like 512Mi, 100Gi or 1Ti`);
  return undefined;
}

/** As {@link sizeOf}, for what must find room, rounded up. */
export function neededSizeOf(option: string, text: SizeText | undefined, problems: string[]): Size | undefined {
  return sizeOf(option, text, problems, Math.ceil);
}

function amountOf(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(text) ?? [];
  return unit in units ? Number(amount) * units[unit] : undefined;
}
