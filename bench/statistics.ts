/** Values of one straight line through points. */
export interface Line {
  /** Per unit of x. */
  readonly slope: number;
  readonly intercept: number;
  /** Share of the variance that the line explains: 1 is exactly linear. */
  readonly r2: number;
}

/** The middle of the samples, or the mean of the two in the middle. */
export function median(samples: readonly number[]): number {
  if (samples.length === 0) throw new Error('samples: expected at least one, got none');
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The line with the least squared distance from the points. */
export function fitLine(points: readonly (readonly [x: number, y: number])[]): Line {
  if (new Set(points.map(([x]) => x)).size < 2)
    throw new Error(`points: expected at least two with different x, got ${JSON.stringify(points)}`);
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const slope = sum(points.map(([x, y]) => (x - meanX) * (y - meanY))) / sum(points.map(([x]) => (x - meanX) ** 2));
  const intercept = meanY - slope * meanX;
  const unexplained = sum(points.map(([x, y]) => (y - intercept - slope * x) ** 2));
  const total = sum(points.map(([, y]) => (y - meanY) ** 2));
  return { slope, intercept, r2: total === 0 ? 1 : 1 - unexplained / total };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
