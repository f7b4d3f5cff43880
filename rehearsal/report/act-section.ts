import { badge, sign, tone } from './badge';
import { eventLines, type EventLine } from './event-lines';
import { formatClock, formatCount, formatSeconds, plural, secondsBetween } from './format';
import { figure } from './figure';
import { html, type Markup } from './markup';
import { plotData } from './plot/panels';
import { tile } from './tile';
import type { ActReport, AssertionReport, RequestReport } from './types';

/** Where an act stands in the report. */
export interface ActContext {
  readonly kind: 'act' | 'fault';
  readonly number: number;
  readonly colors: ReadonlyMap<string, number>;
}

/** Characters of output that the page holds. */
const OUTPUT_LIMIT = 20_000;

/** The section of an act or a fault. Plots of a fault that ended as promised are folded away: there are many. */
export function actSection(act: ActReport, context: ActContext): Markup {
  const plots = figure(plotData(act, context.colors), `Plots of ${context.kind} ${context.number}: ${act.title}`);
  return html`<article class="card act ${tone(act.passed)}" id="${act.id}" aria-labelledby="${act.id}-title">
<div class="head"><div><p class="eyebrow">${context.kind} ${context.number}</p><h3 id="${act.id}-title">${act.title}</h3></div>${badge(act.passed)}</div>
<p class="story">${act.story}</p>
${act.promised !== undefined && html`<p class="promised"><strong>Promised</strong> ${act.promised}</p>`}
<dl class="tiles">${tile('total', formatSeconds(secondsBetween(act.startedAt, act.finishedAt)))}${act.durations.map(({ name, seconds }) => {
    const [what = name, span] = split(name);
    return tile(what, formatSeconds(seconds), span);
  })}${requestTile(act.requests)}</dl>
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
  if (sent === 0) {
    return tile('requests sent', 'none');
  }
  return tile('requests lost', formatCount(lost), `of ${formatCount(sent)} sent${answered}${intended}`, lost > 0 && lossExpected !== true && 'bad');
}

function check({ text, passed, detail }: AssertionReport): Markup {
  return html`<li class="${tone(passed)}">${sign(passed)}<div>${!passed && html`<strong>Failed: </strong>`}${text}${detail !== undefined && html`<span class="detail">${detail}</span>`}</div></li>`;
}

function fold(title: string, count: string | undefined, content: Markup): Markup {
  return content.text === '' ? content : html`<details><summary>${title}${count !== undefined && html` <span class="muted">${count}</span>`}</summary>${content}</details>`;
}

function events(act: ActReport): Markup {
  const { lines, omitted } = eventLines(act.events);
  return act.events.length === 0 ? html`` : fold('Events', formatCount(act.events.length), html`${omitted > 0 && html`<p class="muted">The ${plural(omitted, 'earliest line')} ${omitted === 1 ? 'is' : 'are'} only in rehearsal-report.json.</p>`}<div class="scroll"><table class="events"><thead><tr><th scope="col">Time</th><th scope="col">Source</th><th scope="col">Event</th></tr></thead><tbody>${lines.map((line) => eventRow(line, act.startedAt))}</tbody></table></div>`);
}

function eventRow({ event, times }: EventLine, startedAt: string): Markup {
  return html`
<tr${event.marker !== undefined && html` class="marked ${event.marker.tone ?? ''}"`}><td>${formatClock(secondsBetween(startedAt, event.at))}</td><td>${event.source}</td><td>${event.text}${times > 1 && html` <span class="muted">${times} times</span>`}</td></tr>`;
}

function output(text: string): Markup {
  return text.trim() === '' ? html`` : fold('Output of cdk', 'last lines', html`<pre tabindex="0">${text.trimEnd().slice(-OUTPUT_LIMIT)}</pre>`);
}
