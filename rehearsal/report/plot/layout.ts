/** How a plot is laid out; in units of the drawing, which are CSS pixels at full width. */
export interface PlotLayout {
  readonly name: 'wide' | 'narrow';
  readonly width: number;
  readonly left: number;
  /** At most, where labels stand beside the lines. */
  readonly right: number;
  /** Labels stand beside the lines; otherwise in a legend above the panel. */
  readonly directLabels: boolean;
  /** Points of a series that are drawn; the page stays small with twenty acts of minutes. */
  readonly points: number;
}

/** One drawing for tables and desks, one for telephones: scaled text would be unreadable on one of them. */
export const LAYOUTS: readonly PlotLayout[] = [
  { name: 'wide', width: 1000, left: 46, right: 200, directLabels: true, points: 190 },
  { name: 'narrow', width: 380, left: 40, right: 8, directLabels: false, points: 100 },
];

/** A coordinate, to a tenth of a unit. */
export function coordinate(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}
