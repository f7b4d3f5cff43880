import { html, Markup } from './markup';
import { decimate } from './plot/decimate';
import { LAYOUTS } from './plot/layout';
import type { PlotData } from './plot/panels';
import { drawPlot } from './plot/plot';

/** Points of a series that the readout under the pointer knows. */
const READOUT_POINTS = 120;

/** The plots of an act in both layouts, and their values for the readout under the pointer; nothing without series. */
export function figure(data: PlotData, description: string): Markup {
  return data.panels.length === 0 ? html`` : html`<figure class="plots">${LAYOUTS.map((layout) => drawPlot(data, layout, description))}
<div class="readout" hidden></div><script type="application/json">${values(data)}</script></figure>`;
}

function values({ seconds, panels }: PlotData): Markup {
  const rounded = (value: number | null, digits: number) => (value === null ? null : Number(value.toPrecision(digits)));
  const readout = {
    seconds,
    panels: panels.map(({ title, unit, series }) => ({
      title, unit,
      series: series.map(({ label, color, points }) => ({
        label, color, points: decimate(points, READOUT_POINTS).map(([at, value]) => [Number(at.toFixed(1)), rounded(value, 3)]),
      })),
    })),
  };
  // Within a script element entities are not read: a `<` is written so that no end tag can appear.
  return new Markup(JSON.stringify(readout).replace(/</g, '\\u003c'));
}
