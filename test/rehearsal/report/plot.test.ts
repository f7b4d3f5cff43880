import { decimate, type Point, withoutRepeats } from '../../../rehearsal/report/plot/decimate';
import { fit, lanes, spread } from '../../../rehearsal/report/plot/placement';
import { COLOR_COUNT, revisionColors } from '../../../rehearsal/report/plot/revision-colors';
import type { ActReport } from '../../../rehearsal/report/types';
import { findings } from './fixture';

describe('thinning a series', () => {
  test('keeps the peak, the gap, the first and the last point, in order', () => {
    const points = Array.from({ length: 1000 }, (_, i): Point => [i, i === 503 ? 9 : i === 700 ? null : 1 + i / 1e6]);
    const thin = decimate(points, 100);
    expect(thin.length).toBeLessThan(120);
    expect(thin).toContainEqual([503, 9]);
    expect(thin).toContainEqual([700, null]);
    expect(thin[0]).toEqual(points[0]);
    expect(thin.at(-1)).toEqual(points.at(-1));
    expect(thin.map(([at]) => at)).toEqual(thin.map(([at]) => at).sort((a, b) => a - b));
  });

  test('leaves a short series as it is', () => {
    const points: Point[] = [
      [0, 1],
      [1, null],
    ];
    expect(decimate(points, 2)).toBe(points);
  });
});

test('a stepped line keeps the ends of each run of one value, and of each gap', () => {
  const points: Point[] = [
    [0, 4],
    [1, 4],
    [2, 4],
    [3, 2],
    [4, null],
    [5, null],
    [6, null],
    [7, 2],
    [8, 2],
    [9, 2],
  ];
  expect(withoutRepeats(points).map(([at]) => at)).toEqual([0, 2, 3, 4, 6, 7, 9]);
});

describe('placing labels', () => {
  test('labels that would overlap go into another lane', () => {
    expect(
      lanes([
        { from: 0, to: 50 },
        { from: 40, to: 90 },
        { from: 60, to: 99 },
        { from: 45, to: 46 },
      ]),
    ).toEqual([0, 1, 0, 2]);
  });

  test('labels beside lines keep their order and their distance within the panel', () => {
    expect(spread([50, 52, 10], 14, 0, 60)).toEqual([46, 60, 10]);
    expect(spread([0, 0, 0], 14, 0, 20)).toEqual([0, 14, 28]);
  });

  test('a label too long for its room is shortened', () => {
    expect(fit('ready revision-with-a-long-name', 61)).toBe('ready rev…');
    expect(fit('ready', 61)).toBe('ready');
  });
});

describe('colors of revisions', () => {
  const template = findings().acts[0];
  const act = (...revisions: string[]): ActReport => ({
    ...template,
    series: revisions.map((revision) => ({ panel: 'p', unit: '', name: 'n', revision, points: [] })),
  });

  test('revisions that meet in an act differ, also when there are more revisions than colors', () => {
    const acts = Array.from({ length: 20 }, (_, i) => act('base', `r${i}`, `r${i + 1}`));
    const colors = revisionColors(acts);
    for (const { series } of acts) {
      expect(new Set(series.map(({ revision }) => colors.get(revision!))).size).toBe(3);
    }
    expect(Math.max(...colors.values())).toBeLessThan(COLOR_COUNT);
  });

  test('more revisions in one act than colors repeat some', () => {
    const revisions = Array.from({ length: COLOR_COUNT + 2 }, (_, i) => `r${i}`);
    expect(new Set(revisionColors([act(...revisions)]).values()).size).toBe(COLOR_COUNT);
  });
});
