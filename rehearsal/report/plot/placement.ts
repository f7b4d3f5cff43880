import { shorten } from '../text';

/** Width of a character of the plots' labels, in units of the drawing; a little more than the average. */
const CHARACTER = 6.1;

/** About how wide a label is, in units of the drawing. */
export function textWidth(text: string): number {
  return [...text].length * CHARACTER;
}

/** Shortens a label to a width. */
export function fit(text: string, width: number): string {
  return shorten(text, Math.max(1, Math.floor(width / CHARACTER)));
}

/** Puts spans into as few lanes as possible without overlap; gives the lane of each, in the order given. */
export function lanes(spans: readonly { readonly from: number; readonly to: number }[]): readonly number[] {
  const taken: { from: number; to: number }[][] = [];
  return spans.map((span) => {
    const free = taken.findIndex((lane) => lane.every(({ from, to }) => span.from > to || span.to < from));
    const lane = free === -1 ? taken.length : free;
    (taken[lane] ??= []).push(span);
    return lane;
  });
}

/** Moves positions apart until they are `distance` from one another, within bounds where they fit; keeps their order. */
export function spread(positions: readonly number[], distance: number, low: number, high: number): readonly number[] {
  const order = positions.map((_, i) => i).sort((a, b) => positions[a] - positions[b]);
  const placed = [...positions];
  let floor = low;
  for (const i of order) {
    placed[i] = Math.max(floor, placed[i]);
    floor = placed[i] + distance;
  }
  let ceiling = Math.max(high, low + distance * (positions.length - 1));
  for (const i of [...order].reverse()) {
    placed[i] = Math.min(ceiling, placed[i]);
    ceiling = placed[i] - distance;
  }
  return placed;
}
