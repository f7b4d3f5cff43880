/** A way to write a quantity, and what it is as `resource.Quantity` of k8s.io/apimachinery v0.36.3 writes it. */
export interface Spelling {
  readonly spelled: string;
  readonly canonical: string;
  /**
   * The API server keeps this spelling, although it is not canonical: its parser has a shortcut that takes it for such.
   *
   * @default false
   */
  readonly kept?: boolean;
}

const canonical = (pairs: Readonly<Record<string, string>>): Spelling[] =>
  Object.entries(pairs).map(([spelled, form]) => ({ spelled, canonical: form }));
const kept = (pairs: Readonly<Record<string, string>>): Spelling[] =>
  canonical(pairs).map((spelling) => ({ ...spelling, kept: true }));

/** Spellings of amounts that are not negative. */
export const SPELLINGS: readonly Spelling[] = [
  ...canonical({
    // Zero in all families.
    '0': '0',
    '-0': '0',
    '00': '0',
    '0Gi': '0',
    '0.000m': '0',
    '0e5': '0',
    // Decimal suffixes.
    '2': '2',
    '10': '10',
    '1000m': '1',
    '1001m': '1001m',
    '1500m': '1500m',
    '0.5': '500m',
    '.5': '500m',
    '0.0001': '100u',
    '1.0': '1',
    '1.5': '1500m',
    '1000': '1k',
    '100000': '100k',
    '1048576': '1048576',
    '1000k': '1M',
    '1500k': '1500k',
    '1.5k': '1500',
    '0.001k': '1',
    '1000M': '1G',
    '1024M': '1024M',
    '1E': '1E',
    '1.5E': '1500P',
    '1000n': '1u',
    '1000u': '1m',
    '0.001m': '1u',
    '999999999999999999999': '999999999999999999999',
    // Exponents stay exponents, by threes.
    '1e3': '1e3',
    '1e4': '10e3',
    '1E4': '10e3',
    '12e5': '1200e3',
    '1000e3': '1e6',
    '1.5e3': '1500',
    '1e-1': '100e-3',
    '1.25e-2': '12500e-6',
    '1e19': '10e18',
    // Binary suffixes.
    '1024Ki': '1Mi',
    '1000Ki': '1000Ki',
    '1024Mi': '1Gi',
    '1536Mi': '1536Mi',
    '1048576Ki': '1Gi',
    '1.5Gi': '1536Mi',
    '0.5Gi': '512Mi',
    '.5Gi': '512Mi',
    '7Ei': '7Ei',
    // Binary suffixes on what is no multiple of 1024.
    '0.5Ki': '512',
    '0.1Gi': '107374182400m',
    '1.0001Ki': '1024102400u',
    '0.0001Ki': '102400u',
    '1.953125Ki': '2k',
    // Finer than a nano, and larger than 2^63-1.
    '0.1n': '1n',
    '1.1n': '2n',
    '0.0000000001': '1n',
    '1.23456789012': '1234567891n',
    '1e-10': '1e-9',
    '1e-400': '1e-9',
    '8Ei': '9223372036854775807',
    '9.5Ei': '9223372036854775807',
    '9223372036854775808': '9223372036854775808',
  }),
  ...kept({
    '007': '7',
    '+1': '1',
    '5.': '5',
    '5.Gi': '5Gi',
    '1.500': '1500m',
    '1E3': '1e3',
    '1e+3': '1e3',
    '1e0': '1',
    '1.5e4': '15e3',
  }),
];

/** Spellings of negative amounts. */
export const NEGATIVE_SPELLINGS: readonly Spelling[] = canonical({
  '-1': '-1',
  '-1500m': '-1500m',
  '-1.5': '-1500m',
  '-0.5Gi': '-512Mi',
  '-1.5Gi': '-1536Mi',
  '-0.5Ki': '-512',
  '-0.1n': '-1n',
  '-9Ei': '-9223372036854775807',
});
