import type { ActReport } from '../types';

/** Number of revision colors in the page's style sheet. */
export const COLOR_COUNT = 8;

/**
 * Gives each revision one color for the whole report. Revisions that meet in an act differ as long as there are
 * colors; beyond that the least used color is taken again.
 */
export function revisionColors(acts: readonly ActReport[]): ReadonlyMap<string, number> {
  const colors = new Map<string, number>();
  const uses = new Array<number>(COLOR_COUNT).fill(0);
  const byAct = acts.map((act) => new Set(act.series.flatMap(({ revision }) => revision ?? [])));
  for (const revision of new Set(byAct.flatMap((revisions) => [...revisions]))) {
    const neighbors = byAct.filter((revisions) => revisions.has(revision)).flatMap((revisions) => [...revisions]);
    const taken = new Set(neighbors.map((neighbor) => colors.get(neighbor)));
    const all = uses.map((_, color) => color);
    const free = all.filter((color) => !taken.has(color));
    const candidates = free.length > 0 ? free : all;
    const color = candidates.reduce((best, candidate) => (uses[candidate] < uses[best] ? candidate : best));
    colors.set(revision, color);
    uses[color] += 1;
  }
  return colors;
}
