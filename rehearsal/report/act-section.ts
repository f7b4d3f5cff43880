import { badge, sign, tone } from './badge';
import { formatClock, formatCount, formatSeconds, plural, secondsBetween } from './format';
import { html, Markup } from './markup';
import { decimate } from './plot/decimate';
import { LAYOUTS } from './plot/layout';
import { plotData, type PlotData } from './plot/panels';
import { drawPlot } from './plot/plot';
import { tile } from './tile';
import type { ActReport, AssertionReport, EventReport, RequestReport } from './types';

/** Where an act stands in the report. */
export interface ActContext {
  readonly kind: 'act' | 'fault';
  readonly number: number;
  readonly colors: ReadonlyMap<string, number>;
}

/** The section of an act or a fault. Plots of a fault that ended as promised are folded away: there are many. */
export function actSection(act: ActReport, context: ActContext): Markup {
  const plots = figure(plotData(act, context.colors), `Plots of ${context.kind} ${context.number}: ${act.title}`);
  return html`<article class="card act ${tone(act.passed)}" id="${act.id}" aria-labelledby="${act.id}-title">
<div class="head"><div><p class="eyebrow">${context.kind} ${context.number}</p><h3 id="${act.id}-title">${act.title}</h3></div>${badge(act.passed)}</div>
<p class="story">${act.story}</p>
${act.promised !== undefined && html`<p class="promised"><strong>Promised</strong> ${act.promised}</p>`}
<dl class="tiles">${tile('total', formatSeconds(secondsBetween(act.startedAt, act.finishedAt)))}${act.durations.map(
    ({ name, seconds }) => {
      const [what = name, span] = split(name);
      return tile(what, formatSeconds(seconds), span);
    },
  )}${requestTile(act.requests)}</dl>
${context.kind === 'fault' && act.passed ? fold('Plots', undefined, plots) : plots}
<h4>Checks</h4>
<ul class="checks">${act.assertions.map(check)}${act.assertions.length === 0 && html`<li class="bad">${sign(false)}<div>Nothing was checked.</div></li>`}</ul>
${events(act)}
${output(act.output)}
<p class="back"><a href="#overview">Back to the overview</a></p>
</article>
`;
}

function split(name: string): readonly string[] {
  const colon = name.indexOf(': ');
  return colon === -1 ? [name] : [name.slice(0, colon), name.slice(colon + 2)];
}

function requestTile({ sent, errors, lost, lossExpected }: RequestReport): Markup {
  const answered = errors === 0 ? '' : `; ${plural(errors, 'error')} answered`;
  const intended = lossExpected === true ? '; losses are intended here' : '';
  if (sent === 0) return tile('requests sent', 'none');
  return tile(
    'requests lost',
    formatCount(lost),
    `of ${formatCount(sent)} sent${answered}${intended}`,
    lost > 0 && lossExpected !== true && 'bad',
  );
}

function check({ text, passed, detail }: AssertionReport): Markup {
  return html`<li class="${tone(passed)}">${sign(passed)}<div>${!passed && html`<strong>Failed: </strong>`}${text}${detail !== undefined && html`<span class="detail">${detail}</span>`}</div></li>`;
}

function fold(title: string, count: string | undefined, content: Markup): Markup {
  return content.text === ''
    ? content
    : html`<details><summary>${title}${count !== undefined && html` <span class="muted">${count}</span>`}</summary>${content}</details>`;
}

function events(act: ActReport): Markup {
  const { lines, omitted } = eventLines(act.events);
  return act.events.length === 0
    ? html``
    : fold(
        'Events',
        formatCount(act.events.length),
        html`${omitted > 0 && html`<p class="muted">The ${plural(omitted, 'earliest line')} ${omitted === 1 ? 'is' : 'are'} only in rehearsal-report.json.</p>`}<div class="scroll"><table class="events"><thead><tr><th scope="col">Time</th><th scope="col">Source</th><th scope="col">Event</th></tr></thead><tbody>${lines.map((line) => eventRow(line, act.startedAt))}</tbody></table></div>`,
      );
}

function eventRow({ event, times }: EventLine, startedAt: string): Markup {
  return html`
<tr${event.marker !== undefined && html` class="marked ${event.marker.tone ?? ''}"`}><td>${formatClock(secondsBetween(startedAt, event.at))}</td><td>${event.source}</td><td>${event.text}${times > 1 && html` <span class="muted">${times} times</span>`}</td></tr>`;
}

function output(text: string): Markup {
  return text.trim() === ''
    ? html``
    : fold('Output of cdk', 'last lines', html`<pre tabindex="0">${text.trimEnd()}</pre>`);
}

/** An event, and how often it came in a row. */
interface EventLine {
  readonly event: EventReport;
  readonly times: number;
}

/** Lines of one act that the page holds. */
const EVENT_LINES = 250;

/** Joins events that repeat the one before, in the order of their time, and keeps the last lines: the end tells most. */
function eventLines(events: readonly EventReport[]): {
  readonly lines: readonly EventLine[];
  readonly omitted: number;
} {
  const lines: { event: EventReport; times: number }[] = [];
  for (const event of [...events].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const last = lines.at(-1);
    if (
      last !== undefined &&
      last.event.source === event.source &&
      last.event.text === event.text &&
      event.marker === undefined
    ) {
      last.times += 1;
    } else {
      lines.push({ event, times: 1 });
    }
  }
  return { lines: lines.slice(-EVENT_LINES), omitted: Math.max(0, lines.length - EVENT_LINES) };
}

/** Points of a series that the readout under the pointer knows. */
const READOUT_POINTS = 120;

/** The plots of an act in both layouts, and their values for the readout under the pointer; nothing without series. */
function figure(data: PlotData, description: string): Markup {
  return data.panels.length === 0
    ? html``
    : html`<figure class="plots">${LAYOUTS.map((layout) => drawPlot(data, layout, description))}
<div class="readout" hidden></div><script type="application/json">${values(data)}</script></figure>`;
}

function values({ seconds, panels }: PlotData): Markup {
  const rounded = (value: number | null, digits: number) => (value === null ? null : Number(value.toPrecision(digits)));
  const readout = {
    seconds,
    panels: panels.map(({ title, unit, series }) => ({
      title,
      unit,
      series: series.map(({ label, color, points }) => ({
        label,
        color,
        points: decimate(points, READOUT_POINTS).map(([at, value]) => [Number(at.toFixed(1)), rounded(value, 3)]),
      })),
    })),
  };
  // Within a script element entities are not read: a `<` is written so that no end tag can appear.
  return new Markup(JSON.stringify(readout).replace(/</g, '\\u003c'));
}
