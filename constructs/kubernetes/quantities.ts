import { type Json } from './release-document';

const QUANTITY_FIELDS = new Set(['limits', 'requests', 'capacity', 'hard']);
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * Rewrites Kubernetes quantities to their canonical form: `1000m` to `1`, `1024Mi` to `1Gi`.
 *
 * Controllers write quantities back in canonical form and thereby take the field, so that the next server-side apply of
 * another spelling conflicts (seen with Argo Rollouts).
 */
export function canonicalQuantities(node: Json): Json {
  if (Array.isArray(node)) return node.map(canonicalQuantities);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => {
    if (QUANTITY_FIELDS.has(key) && isTextMap(value)) {
      return [key, Object.fromEntries(Object.entries(value).map(([resource, amount]) => [resource, canonicalQuantity(amount)]))];
    }
    if (key === 'sizeLimit' && (typeof value === 'string' || typeof value === 'number')) return [key, canonicalQuantity(value)];
    return [key, canonicalQuantities(value)];
  }));
}

function isTextMap(value: Json): value is Record<string, string | number> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    && Object.values(value).every((amount) => typeof amount === 'string' || typeof amount === 'number');
}

/** The canonical form of one quantity; text that is not a quantity is returned as it is. */
export function canonicalQuantity(amount: string | number): string {
  const text = String(amount).trim();
  const milli = /^(\d+)m$/.exec(text);
  if (milli) return Number(milli[1]) % 1000 === 0 ? String(Number(milli[1]) / 1000) : `${Number(milli[1])}m`;
  const decimal = /^(\d*)\.(\d{1,3})$/.exec(text);
  if (decimal) return canonicalQuantity(`${Math.round(Number(text) * 1000)}m`);
  const binary = /^(\d+)(Ki|Mi|Gi|Ti|Pi|Ei)$/.exec(text);
  if (binary) {
    let size = BigInt(binary[1]);
    let unit = BINARY.indexOf(binary[2]);
    while (size !== 0n && size % 1024n === 0n && unit < BINARY.length - 1) {
      size /= 1024n;
      unit += 1;
    }
    return `${size}${BINARY[unit]}`;
  }
  return text;
}
