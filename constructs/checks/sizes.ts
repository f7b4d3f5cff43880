import { type Size } from 'aws-cdk-lib';

/** `SizeRoundingBehavior.FLOOR` and `NONE` of aws-cdk-lib, of which only types are known here. */
const FLOOR = 1;
const NONE = 2;

/** A size in MiB, rounded down. */
export function wholeMebibytes(size: Size): number {
  return size.toMebibytes({ rounding: FLOOR });
}

/** A size in MiB, fractions with it. */
export function mebibytes(size: Size): number {
  return size.toMebibytes({ rounding: NONE });
}

/** A size in MiB, where it has to be known at synth: negative where it is not. */
export function knownMebibytes(size: Size): number {
  return size.isUnresolved() ? -1 : mebibytes(size);
}

/** A size as errors give it: GiB, or MiB below one. */
export function givenSize(size: Size): string {
  const mib = knownMebibytes(size);
  if (mib < 0) return 'a deploy-time value';
  return mib < 1024 ? `${mib} MiB` : `${mib / 1024} GiB`;
}
