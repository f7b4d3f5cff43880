/**
 * What a live object has in the places that a release sets; `undefined` where the object, or a place, does not exist.
 *
 * Two moments are the same for the release exactly when these views are equal, whatever controllers have added elsewhere,
 * such as the pod-template hash in the selector of a Service.
 */
export function appliedView(live: unknown, desired: unknown): unknown {
  if (Array.isArray(desired)) {
    // A list that is longer than the release says is a difference by itself.
    const items = Array.isArray(live) ? live : [];
    return {
      length: items.length,
      items: desired.map((item, index) => appliedView(counterpart(items, item, index), item)),
    };
  }
  if (typeof desired !== 'object' || desired === null) return live;
  const map = (live ?? {}) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(desired).map(([key, value]) => [key, appliedView(map[key], value)]));
}

/** The element of a list that stands for another: of the same name, or at the same place where there are no names. */
function counterpart(items: readonly unknown[], wanted: unknown, index: number): unknown {
  const { name } = (wanted ?? {}) as { name?: unknown };
  return name === undefined ? items[index] : items.find((item) => (item as { name?: unknown }).name === name);
}
