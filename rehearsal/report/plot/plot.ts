import { scaleLinear, scaleUtc } from 'victory-vendor/d3-scale';
import { formatClock } from '../format';
import { html, type Markup } from '../markup';
import { coordinate, type PlotLayout } from './layout';
import { drawPanel, labelWidth, type PanelFrame, panelHeight } from './panel';
import type { PlotData, PlotMarker } from './panels';
import { lanes, textWidth } from './placement';

const LANE = 17;
const AXIS = 34;

/** Draws all panels of an act above one another, with one time axis and the markers of events through all of them. */
export function drawPlot(data: PlotData, widest: PlotLayout, description: string): Markup {
  const layout = widest.directLabels
    ? { ...widest, right: Math.min(widest.right, Math.max(...data.panels.map(labelWidth))) }
    : widest;
  const x0 = layout.left;
  const x1 = layout.width - layout.right;
  const x = scaleLinear([0, data.seconds], [x0, x1]);
  const flags = flagsOf(data.markers, x, layout.width);
  const top = (Math.max(-1, ...flags.map(({ lane }) => lane)) + 1) * LANE + 4;
  let y = top;
  const frames = data.panels.map((panel): PanelFrame => {
    const frame = { top: y, height: panelHeight(panel, layout), x, x0, x1 };
    y += frame.height;
    return frame;
  });
  const height = y + AXIS;
  return html`<svg class="plot ${layout.name}" viewBox="0 0 ${layout.width} ${height}" role="img" aria-label="${description}" data-x0="${x0}" data-x1="${x1}" data-top="${top}" data-bottom="${y}">
${timeAxis(data.seconds, x, top, y, layout)}
${flags.map((flag) => html`<line class="marker ${flag.marker.tone ?? ''}" x1="${coordinate(flag.x)}" x2="${coordinate(flag.x)}" y1="${flag.lane * LANE + 2}" y2="${y}"/>`)}
${data.panels.map((panel, i) => drawPanel(panel, frames[i], layout))}
${flags.map(drawFlag)}
<line class="cursor" x1="0" x2="0" y1="${top}" y2="${y}"/></svg>`;
}

interface Flag {
  readonly marker: PlotMarker;
  readonly x: number;
  readonly lane: number;
  /** The label stands left of its line, because right of it there is no room. */
  readonly flipped: boolean;
}

function flagsOf(markers: readonly PlotMarker[], x: (seconds: number) => number, width: number): readonly Flag[] {
  const placed = markers.map((marker) => {
    const at = Math.max(x(0), Math.min(x(marker.seconds), width));
    const long = textWidth(marker.label) + 10;
    return { marker, x: at, flipped: at + long > width, long };
  });
  const spans = placed.map(({ x: at, long, flipped }) =>
    flipped ? { from: at - long, to: at + 2 } : { from: at - 2, to: at + long },
  );
  const lane = lanes(spans);
  return placed.map(({ marker, x: at, flipped }, i) => ({ marker, x: at, flipped, lane: lane[i] }));
}

function drawFlag({ marker, x, lane, flipped }: Flag): Markup {
  return html`<g class="flag ${marker.tone ?? ''}"><text x="${coordinate(flipped ? x - 5 : x + 5)}" y="${lane * LANE + 12}"${flipped && html` text-anchor="end"`}>${marker.label}<title>${formatClock(marker.seconds)} ${marker.label}</title></text><circle cx="${coordinate(x)}" cy="${lane * LANE + 8}" r="2.5"/></g>`;
}

function timeAxis(
  seconds: number,
  x: (seconds: number) => number,
  top: number,
  bottom: number,
  layout: PlotLayout,
): Markup {
  const ticks = scaleUtc([0, seconds * 1000], [0, 1])
    .ticks(layout.directLabels ? 9 : 4)
    .map((tick) => tick.getTime() / 1000);
  return html`<g class="axis">${ticks.map((tick) => html`<line class="grid" x1="${coordinate(x(tick))}" x2="${coordinate(x(tick))}" y1="${top}" y2="${bottom + 4}"/><text x="${coordinate(x(tick))}" y="${bottom + 17}" text-anchor="middle">${formatClock(tick)}</text>`)}
<text class="unit" x="${coordinate((x(0) + x(seconds)) / 2)}" y="${bottom + 31}" text-anchor="middle">minutes and seconds since the act began</text></g>`;
}
