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
