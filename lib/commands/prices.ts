/** Hours of a month: a twelfth of a year. */
const HOURS_A_MONTH = 730;

/**
 * What EKS charges for an instance that Auto Mode manages, as a share of its on-demand price: about 12 %, whatever the instance is
 * bought as.
 *
 * @see https://aws.amazon.com/eks/pricing/
 */
export const AUTO_MODE_FEE = 0.12;

/** A price by the hour and by the month: `4.23 USD/h (3,088 USD a month)`; a range where it follows the load. */
export function describePrice(least: number, most = least): string {
  const range = (text: (amount: number) => string) =>
    least === most ? text(least) : `${text(least)} to ${text(most)}`;
  return `${range((amount) => amount.toFixed(2))} USD/h (${range((amount) => Math.round(amount * HOURS_A_MONTH).toLocaleString('en-US'))} USD a month)`;
}
