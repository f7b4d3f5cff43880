/** Numbers that stand for a deploy-time value lie below this; see `Token.asNumber` of aws-cdk-lib. */
const ENCODED_NUMBERS = -1e280;

/**
 * Whether a value is known only at deploy time.
 *
 * Charts may not import aws-cdk-lib, so this knows how its tokens are spelled.
 */
export function isUnresolved(value: string | number | undefined): boolean {
  return typeof value === 'number'
    ? value < ENCODED_NUMBERS && Number.isFinite(value)
    : value !== undefined && value.includes('${Token[');
}

/**
 * Numbers that are known only at deploy time, one problem each: what is counted with at synth must be known there.
 *
 * @param numbers values by the options, as their user wrote them
 */
export function deployTimeProblems(numbers: Readonly<Record<string, number | undefined>>): string[] {
  return Object.entries(numbers)
    .filter(([, value]) => isUnresolved(value))
    .map(
      ([option]) =>
        `${option}: expected a number that is known at synth, got a deploy-time value; give the number itself`,
    );
}
