/** What differs between versions of vLLM in the eyes of whoever calls, scrapes or ends it, as measured on real engines. */
export interface VllmBehavior {
  /** The version that was measured. */
  readonly version: string;
  /** Class under which `http_requests_total` has a request that the engine's own checks refuse with 400 (vllm #44303). */
  readonly refusedCountedAs: '4xx' | '5xx';
  /** Whether a draining server keeps listening: /health answers 200 until the end, new requests get 500. */
  readonly listensWhileDraining: boolean;
  /** From SIGTERM, or from the end of the last request after it, until the process ends, in milliseconds. */
  readonly endMs: number;
  /** Whether it has the metric families that came after 0.18. */
  readonly laterFamilies: boolean;
}

/**
 * Real engines take 1 to 3 s (0.18.1) and 11 to 12 s (0.32.0) to end. The rehearsal's environment cuts the times of a drain
 * to a tenth, and so does the simulation.
 */
const MEASURED: readonly VllmBehavior[] = [
  { version: '0.18.1', refusedCountedAs: '5xx', listensWhileDraining: false, endMs: 100, laterFamilies: false },
  { version: '0.32.0', refusedCountedAs: '4xx', listensWhileDraining: true, endMs: 1100, laterFamilies: true },
];

/**
 * How a version behaves: as the newest that was measured and is not newer than it.
 *
 * @param version such as `0.32.0`; undefined where the image does not give it, which counts as the newest
 */
export function behaviorOf(version: string | undefined): VllmBehavior {
  const known =
    version === undefined ? MEASURED : MEASURED.filter((measured) => compare(measured.version, version) <= 0);
  return known.at(-1) ?? MEASURED[0];
}

function compare(one: string, other: string): number {
  const [left, right] = [one, other].map((version) => version.split('.').map(Number));
  return left.map((part, index) => part - (right[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
