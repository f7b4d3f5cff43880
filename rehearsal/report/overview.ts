import { badge } from './badge';
import { formatCount, formatSeconds, secondsBetween } from './format';
import { html, type Markup } from './markup';
import type { ActReport, RehearsalReport, RequestReport } from './types';

/** Acts and faults at a glance, each with a link to its section. */
export function overview(report: RehearsalReport): Markup {
  return html`<section class="card" id="overview" aria-labelledby="overview-title"><h2 id="overview-title">Overview</h2>
<table class="overview"><thead><tr><th scope="col">Act or fault</th><th scope="col">Verdict</th><th scope="col" class="number wide">Checks</th><th scope="col" class="number">Time</th><th scope="col" class="number wide">Requests</th><th scope="col" class="number">Lost</th></tr></thead>
${rows('Acts', report.acts)}${rows('Faults injected', report.faults)}</table></section>`;
}

function rows(title: string, acts: readonly ActReport[]): Markup {
  return acts.length === 0 ? html`` : html`<tbody><tr class="subhead"><th colspan="6" scope="rowgroup">${title}</th></tr>${acts.map((act, i) => {
    const passed = act.assertions.filter((assertion) => assertion.passed).length;
    return html`
<tr${!act.passed && html` class="bad"`}><th scope="row"><a href="#${act.id}"><span class="ordinal">${act.number ?? i + 1}</span>${act.title}</a></th><td>${badge(act.passed)}</td><td class="number wide">${passed} of ${act.assertions.length}</td><td class="number">${formatSeconds(secondsBetween(act.startedAt, act.finishedAt))}</td><td class="number wide">${formatCount(act.requests.sent)}</td>${lost(act.requests)}</tr>`;
  })}</tbody>`;
}

function lost({ lost: count, lossExpected }: RequestReport): Markup {
  return lossExpected === true ? html`<td class="number">${formatCount(count)} <span class="muted">intended</span></td>` : html`<td class="number${count > 0 && ' some'}">${formatCount(count)}</td>`;
}
