import { secondsBetween } from '../format';
import { type ActReport, type EventMarker, PANELS, type SeriesReport } from '../types';
import { type Point, withoutRepeats } from './decimate';

/** A line of a panel. */
export interface PanelSeries {
  readonly label: string;
  /** Class of the style sheet that colors it. */
  readonly color: string;
  /** Which of the lines of one color in the panel it is; they differ in their strokes. */
  readonly stroke: number;
  readonly points: readonly Point[];
}

/** Series that share an axis. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  /** Weights and replicas keep their value until the next one. */
  readonly stepped: boolean;
  readonly series: readonly PanelSeries[];
  readonly limits: readonly number[];
}

export interface PlotMarker extends EventMarker {
  /** Since the act began. */
  readonly seconds: number;
}

/** What one act shows on a shared time axis. */
export interface PlotData {
  /** Length of the time axis. */
  readonly seconds: number;
  readonly panels: readonly Panel[];
  readonly markers: readonly PlotMarker[];
}

const STEPPED: readonly string[] = [PANELS.weight, PANELS.replicas];

/** Groups the series of an act into panels; what lies outside the act's time, or was never measured, is left out. */
export function plotData(act: ActReport, colors: ReadonlyMap<string, number>): PlotData {
  const seconds = Math.max(1, secondsBetween(act.startedAt, act.finishedAt) || 1);
  const within = (at: number) => at >= -1 && at <= seconds + 1;
  const panels = [...new Set(act.series.map(({ panel }) => panel))].map((title): Panel => {
    const members = act.series.filter(({ panel }) => panel === title);
    const stepped = STEPPED.includes(title);
    const strokes = new Map<string, number>();
    const series = members.map((member): PanelSeries => {
      const color = colorClass(member, colors);
      const stroke = strokes.get(color) ?? 0;
      strokes.set(color, stroke + 1);
      const points = member.points
        .map(
          ([at, value]): Point => [
            secondsBetween(act.startedAt, at),
            value !== null && Number.isFinite(value) ? value : null,
          ],
        )
        .filter(([at]) => within(at));
      return { label: label(member), color, stroke, points: stepped ? withoutRepeats(points) : points };
    });
    return {
      title,
      unit: members[0]?.unit ?? '',
      stepped,
      series: series.filter(({ points }) => points.some(([, value]) => value !== null)),
      limits: [...new Set(members.flatMap(({ limit }) => limit ?? []))].filter(Number.isFinite),
    };
  });
  const markers = act.events.flatMap(({ at, marker }) =>
    marker === undefined ? [] : [{ ...marker, seconds: secondsBetween(act.startedAt, at) }],
  );
  return {
    seconds,
    panels: panels.filter(({ series }) => series.length > 0),
    markers: markers.filter((marker) => within(marker.seconds)).sort((a, b) => a.seconds - b.seconds),
  };
}

function label({ name, revision }: SeriesReport): string {
  return revision === undefined || name.includes(revision) ? name : `${name} ${revision}`;
}

function colorClass({ revision }: SeriesReport, colors: ReadonlyMap<string, number>): string {
  const color = revision === undefined ? undefined : colors.get(revision);
  return color === undefined ? 'plain' : `rev${color}`;
}
