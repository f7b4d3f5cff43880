import { type Size } from 'aws-cdk-lib';

/** `SizeRoundingBehavior.FLOOR` and `NONE` of aws-cdk-lib, of which only types are known here. */
const FLOOR = 1;
const NONE = 2;

/** Stands for a size that is known only at deploy time; no size is negative. */
const DEPLOY_TIME = -1;

/** A size in MiB, rounded down: for what is there. What must find room is rounded up, from {@link mebibytes}. */
export function wholeMebibytes(size: Size): number {
  return size.isUnresolved() ? DEPLOY_TIME : size.toMebibytes({ rounding: FLOOR });
}

/** A size in MiB, fractions with it, for checks: what is known only at deploy time has a report by the option's own name. */
export function mebibytes(size: Size): number {
  return size.isUnresolved() ? DEPLOY_TIME : size.toMebibytes({ rounding: NONE });
}

/** A size in MiB, as errors give it. */
export function givenMebibytes(mib: number): string {
  if (mib < 0) return 'a deploy-time value';
  return mib < 1024 ? `${mib} MiB` : `${mib / 1024} GiB`;
}
