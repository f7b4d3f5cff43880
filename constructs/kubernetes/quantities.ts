import { type Json, MARKER } from './contract/release-document';

/** Rewrites a value; returns what it does not know as it is. */
type Rewrite = (value: Json) => Json;

const quantity: Rewrite = (value) =>
  typeof value === 'string' || typeof value === 'number' ? canonicalQuantity(value) : value;
const resourceList = each(quantity);
const requirements = fields({ limits: resourceList, requests: resourceList });
const claim = fields({ spec: fields({ resources: requirements }) });
const containers = each(fields({ resources: requirements }));
const podSpec = fields({
  containers,
  initContainers: containers,
  ephemeralContainers: containers,
  resources: requirements,
});

/** Where the kinds of the core API hold quantities, beside what is the same in all kinds. */
const CORE_KINDS: ReadonlyMap<Json | undefined, Rewrite> = new Map([
  ['PersistentVolumeClaim', claim],
  ['PersistentVolume', fields({ spec: fields({ capacity: resourceList }) })],
  ['ResourceQuota', fields({ spec: fields({ hard: resourceList }) })],
  [
    'LimitRange',
    fields({
      spec: fields({
        limits: each(
          fields({
            min: resourceList,
            max: resourceList,
            default: resourceList,
            defaultRequest: resourceList,
            maxLimitRequestRatio: resourceList,
          }),
        ),
      }),
    }),
  ],
]);

/** Fields that mean the same wherever they stand. */
const commonFields = fields({
  volumeClaimTemplate: claim,
  volumeClaimTemplates: each(claim),
  emptyDir: fields({ sizeLimit: quantity }),
});

/**
 * Rewrites the quantities of a Kubernetes object to their canonical form: `1000m` to `1`, `1024Mi` to `1Gi`.
 *
 * Controllers write quantities back in canonical form and thereby take the field, so that the next server-side apply of
 * another spelling conflicts (seen with Argo Rollouts).
 *
 * Only what is a quantity by its schema is touched: the resources of pods and their containers wherever a pod spec stands,
 * those of volume claims, the size of an emptyDir, and the amounts of ResourceQuota, LimitRange and PersistentVolume. A
 * field named `limits` of any other object may hold numbers that must stay numbers.
 */
export function canonicalQuantities(object: Json): Json {
  const kind = isMap(object) && object.apiVersion === 'v1' ? CORE_KINDS.get(object.kind) : undefined;
  return inPodSpecs(kind ? kind(object) : object);
}

function inPodSpecs(node: Json): Json {
  if (Array.isArray(node)) return node.map(inPodSpecs);
  if (!isMap(node)) return node;
  const known = commonFields(Array.isArray(node.containers) ? podSpec(node) : node) as Record<string, Json>;
  return Object.fromEntries(Object.entries(known).map(([key, value]) => [key, inPodSpecs(value)]));
}

/** Rewrites some fields of a map. */
function fields(rewrites: Readonly<Record<string, Rewrite>>): Rewrite {
  const byName = new Map(Object.entries(rewrites));
  return (node) =>
    isMap(node)
      ? Object.fromEntries(Object.entries(node).map(([key, value]) => [key, byName.get(key)?.(value) ?? value]))
      : node;
}

/** Rewrites each element of an array, or each value of a map. */
function each(rewrite: Rewrite): Rewrite {
  return (node) => {
    if (Array.isArray(node)) return node.map(rewrite);
    return isMap(node) ? Object.fromEntries(Object.entries(node).map(([key, value]) => [key, rewrite(value)])) : node;
  };
}

/** What a marker stands for is known only at deploy time, and its own fields are no Kubernetes fields. */
function isMap(node: Json): node is Record<string, Json> {
  return typeof node === 'object' && node !== null && !Array.isArray(node) && !(MARKER in node);
}

const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
/** Decimal exponent of the smallest amount. */
const NANO = -9;
/** The largest amount with a binary suffix. */
const LARGEST = 2n ** 63n - 1n;
// Exponents of more digits overflow in the API server.
const QUANTITY =
  /^(?<sign>[+-]?)(?=\.?\d)(?<whole>\d*)\.?(?<fraction>\d*)(?:(?<binary>[KMGTPE]i)|(?<decimal>[numkMGTPE]?)|[eE](?<power>[+-]?\d{1,9}))$/;

/** `digits` times ten to the power of `exponent`. */
interface Amount {
  readonly digits: bigint;
  readonly exponent: number;
}

/**
 * The canonical form of one quantity: no fraction, and the largest suffix that leaves a whole number.
 *
 * As `resource.Quantity` of k8s.io/apimachinery writes it. An amount keeps its family of suffixes (binary, decimal or
 * exponent), but a binary one that is no multiple of 1024 becomes decimal. What is finer than a nano is rounded up, away
 * from zero; what is above 2^63-1 with a binary suffix is cut down to that.
 *
 * @returns the canonical form; text that is no quantity, or beyond the suffix `E`, as it is
 */
export function canonicalQuantity(quantityText: string | number): string {
  const text = String(quantityText);
  const { sign, whole, fraction, binary, decimal, power } = QUANTITY.exec(text.trim())?.groups ?? {};
  if (sign === undefined) return text;
  const digits = BigInt(whole + fraction) * 1024n ** BigInt(BINARY.indexOf(binary ?? ''));
  if (digits === 0n) return '0';
  const exponent = power === undefined ? NANO + 3 * DECIMAL.indexOf(decimal ?? '') : Number(power);
  const rounded = roundedUp({ digits, exponent: exponent - fraction.length });
  const form = binary === undefined ? decimalForm(rounded, power !== undefined) : binaryForm(rounded);
  return form === undefined ? text : `${sign === '-' ? '-' : ''}${form}`;
}

/** By text, because ten to the power of an exponent that anybody may write would not fit into memory. */
function roundedUp({ digits, exponent }: Amount): Amount {
  const excess = NANO - exponent;
  if (excess <= 0) return { digits, exponent };
  const text = String(digits);
  const rest = /[1-9]/.test(text.slice(-excess)) ? 1n : 0n;
  return { digits: BigInt(text.slice(0, -excess)) + rest, exponent: NANO };
}

function binaryForm({ digits, exponent }: Amount): string | undefined {
  const one = 10n ** BigInt(-exponent);
  const capped = digits < LARGEST * one ? digits : LARGEST * one;
  let count = capped;
  let unit = 0;
  for (; count % (1024n * one) === 0n; count /= 1024n) unit += 1;
  return unit === 0 ? decimalForm({ digits: capped, exponent }) : `${count / one}${BINARY[unit]}`;
}

function decimalForm({ digits, exponent }: Amount, asExponent = false): string | undefined {
  const significant = String(digits).replace(/0+$/, '');
  const whole = exponent + String(digits).length - significant.length;
  const padding = ((whole % 3) + 3) % 3;
  const power = whole - padding;
  const suffix = asExponent ? (power === 0 ? '' : `e${power}`) : DECIMAL[(power - NANO) / 3];
  return suffix === undefined ? undefined : `${significant}${'0'.repeat(padding)}${suffix}`;
}
