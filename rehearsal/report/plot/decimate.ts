/** Seconds since the act began, and the value; null is a gap. */
export type Point = readonly [seconds: number, value: number | null];

/** Leaves out what lies within a run of one value; a stepped line looks the same without. */
export function withoutRepeats(points: readonly Point[]): readonly Point[] {
  return points.filter(
    ([, value], i) => i === 0 || i === points.length - 1 || value !== points[i - 1][1] || value !== points[i + 1][1],
  );
}

/** Thins a series to about `limit` points and keeps what a reader would miss: gaps, lowest and highest values. */
export function decimate(points: readonly Point[], limit: number): readonly Point[] {
  if (points.length <= limit) return points;
  const width = Math.ceil((points.length * 2) / limit);
  const kept: Point[] = [];
  for (let start = 0; start < points.length; start += width) {
    const bucket = points.slice(start, start + width);
    const gap = bucket.find(([, value]) => value === null);
    const values = bucket.filter((point): point is [number, number] => point[1] !== null).sort((a, b) => a[1] - b[1]);
    const extremes = [values[0], values.at(-1), gap].filter((point) => point !== undefined);
    kept.push(...[...new Set(extremes)].sort((a, b) => a[0] - b[0]));
  }
  const last = points.at(-1)!;
  return kept.at(-1) === last ? kept : [...kept, last];
}
