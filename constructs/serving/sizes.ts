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
