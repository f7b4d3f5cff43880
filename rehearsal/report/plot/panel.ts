import { scaleLinear } from 'victory-vendor/d3-scale';
import { curveLinear, curveStepAfter, line as pathOf } from 'victory-vendor/d3-shape';
import { formatNumber } from '../format';
import { html, type Markup } from '../markup';
import { decimate, type Point } from './decimate';
import { coordinate, type PlotLayout } from './layout';
import type { Panel, PanelSeries } from './panels';
import { fit, spread, textWidth } from './placement';

/** Where a panel lies in the drawing. */
export interface PanelFrame {
  readonly top: number;
  readonly height: number;
  readonly x: (seconds: number) => number;
  readonly x0: number;
  readonly x1: number;
}

const TITLE = 42;
const LEGEND = 15;
const LABEL = 14;
const BODY = 92;
/** From the end of the axis to the label's text; the stroke is between them. */
const LABEL_LEFT = 27;
/** Up to this many measurements, each gets a dot. */
const DOTS = 40;

/** Height with title and legend: as much as the labels beside the lines need. */
export function panelHeight(panel: Panel, layout: PlotLayout): number {
  const labels = panel.series.length + panel.limits.length;
  return layout.directLabels
    ? TITLE + Math.max(BODY, labels * LABEL)
    : TITLE + legendRows(panel, layout.width).length * LEGEND + BODY;
}

/** Draws a panel: title and unit, axis, limits, lines, and labels or a legend. */
export function drawPanel(panel: Panel, frame: PanelFrame, layout: PlotLayout): Markup {
  const rows = layout.directLabels ? [] : legendRows(panel, layout.width);
  const top = frame.top + TITLE + rows.length * LEGEND;
  const bottom = frame.top + frame.height;
  const y = scaleLinear(domain(panel), [bottom, top]);
  const ticks = y.ticks(3).filter((tick) => panel.unit !== 'pods' || Number.isInteger(tick));
  const thin = panel.series.map((series) => ({ series, points: decimate(series.points, layout.points) }));
  return html`<g class="panel"><text class="title" x="0" y="${frame.top + 28}">${panel.title}<tspan class="unit" dx="6">${panel.unit}</tspan></text>
${rows.map((row, i) => drawLegend(row, frame.top + 45 + i * LEGEND))}
${ticks.map((tick) => html`<line class="${tick === 0 ? 'base' : 'grid'}" x1="${frame.x0}" x2="${frame.x1}" y1="${coordinate(y(tick))}" y2="${coordinate(y(tick))}"/><text class="tick" x="${frame.x0 - 7}" y="${coordinate(y(tick) + 3.5)}" text-anchor="end">${formatNumber(tick)}</text>`)}
${panel.limits.map((limit) => html`<line class="limit" x1="${frame.x0}" x2="${frame.x1}" y1="${coordinate(y(limit))}" y2="${coordinate(y(limit))}"/>`)}
${thin.map(({ series, points }) => drawSeries(series, points, panel.stepped, frame.x, y))}
${layout.directLabels && drawLabels(panel, frame, y, top, bottom, layout)}</g>`;
}

function domain({ series, limits, unit }: Panel): [number, number] {
  const values = [...limits, ...series.flatMap(({ points }) => points.flatMap(([, value]) => value ?? []))];
  const highest = values.reduce((a, b) => Math.max(a, b), 0);
  const lowest = values.reduce((a, b) => Math.min(a, b), 0);
  if (unit === '%' && highest > 50 && highest <= 100 && lowest >= 0) return [0, 100];
  return [lowest, highest === lowest ? lowest + 1 : highest * 1.12];
}

function drawSeries(
  series: PanelSeries,
  points: readonly Point[],
  stepped: boolean,
  x: PanelFrame['x'],
  y: (value: number) => number,
): Markup {
  const path = pathOf<Point>(
    (point) => Number(coordinate(x(point[0]))),
    (point) => Number(coordinate(y(point[1] ?? 0))),
  )
    .defined(([, value]) => value !== null)
    .curve(stepped ? curveStepAfter : curveLinear);
  const measured = points.filter((point): point is readonly [number, number] => point[1] !== null);
  const dots = stepped || measured.length > DOTS ? [] : measured;
  return html`<path class="line ${series.color} stroke${series.stroke}" d="${path([...points]) ?? ''}"/>${dots.map(([at, value]) => html`<circle class="dot ${series.color}" cx="${coordinate(x(at))}" cy="${coordinate(y(value))}" r="2"/>`)}`;
}

/** Room that the labels beside the lines need. */
export function labelWidth(panel: Panel): number {
  return Math.max(...entries(panel).map(({ label }) => textWidth(label))) + LABEL_LEFT + 4;
}

interface LegendEntry {
  readonly label: string;
  readonly color: string;
  /** Classes of the stroke beside the label. */
  readonly line: string;
}

function entries(panel: Panel): readonly LegendEntry[] {
  return [
    ...panel.series.map(({ label, color, stroke }) => ({ label, color, line: `line ${color} stroke${stroke}` })),
    ...panel.limits.map((limit) => ({ label: limitLabel(limit, panel.unit), color: 'limit', line: 'limit' })),
  ];
}

function limitLabel(limit: number, unit: string): string {
  return `limit ${formatNumber(limit)} ${unit}`.trim();
}

function drawLabels(
  panel: Panel,
  frame: PanelFrame,
  y: (value: number) => number,
  top: number,
  bottom: number,
  layout: PlotLayout,
): Markup {
  const wanted = [
    ...panel.series.map(({ points }) => y(points.findLast(([, value]) => value !== null)?.[1] ?? 0)),
    ...panel.limits.map((limit) => y(limit)),
  ];
  const placed = spread(wanted, LABEL, top + 2, bottom - 2);
  return html`${entries(panel).map(({ label, color, line }, i) => html`<g class="label ${color}"><line class="${line}" x1="${frame.x1 + 6}" x2="${frame.x1 + 22}" y1="${coordinate(placed[i])}" y2="${coordinate(placed[i])}"/><text x="${frame.x1 + LABEL_LEFT}" y="${coordinate(placed[i] + 3.5)}">${fit(label, layout.right - LABEL_LEFT)}<title>${label}</title></text></g>`)}`;
}

interface PlacedEntry extends LegendEntry {
  readonly x: number;
}

function legendRows(panel: Panel, width: number): readonly (readonly PlacedEntry[])[] {
  const rows: PlacedEntry[][] = [];
  let end = Infinity;
  for (const entry of entries(panel)) {
    const label = fit(entry.label, width - 40);
    const long = textWidth(label) + 34;
    if (end + long > width) {
      rows.push([]);
      end = 0;
    }
    rows.at(-1)!.push({ ...entry, label, x: end });
    end += long;
  }
  return rows;
}

function drawLegend(row: readonly PlacedEntry[], y: number): Markup {
  return html`${row.map(({ label, color, line, x }) => html`<g class="label ${color}"><line class="${line}" x1="${coordinate(x)}" x2="${coordinate(x + 16)}" y1="${y - 4}" y2="${y - 4}"/><text x="${coordinate(x + 21)}" y="${y}">${label}</text></g>`)}`;
}
