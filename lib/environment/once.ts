/** What is known for a key; made the first time that it is asked for. The data of environments never changes. */
export function once<K extends WeakKey, V>(known: WeakMap<K, V>, key: K, make: () => V): V {
  if (!known.has(key)) known.set(key, make());
  return known.get(key)!;
}
