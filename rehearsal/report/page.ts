import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { actSection } from './act-section';
import { badge } from './badge';
import { formatCount, formatSeconds, formatTime, secondsBetween } from './format';
import { failures, hero } from './hero';
import { html, Markup } from './markup';
import { revisionColors } from './plot/revision-colors';
import type { ActReport, PartReport, RehearsalReport, RequestReport } from './types';

/** Renders the report as one page that refers to nothing outside itself. */
export function renderPage(report: RehearsalReport): string {
  const style = asset('page.css');
  const script = asset('readout.mjs');
  const colors = revisionColors([...report.acts, ...report.faults]);
  const sections = (acts: readonly ActReport[], kind: 'act' | 'fault') =>
    acts.map((act, i) => actSection(act, { kind, number: act.number ?? i + 1, colors }));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src '${sha256(script)}'; img-src data:">
<title>${report.passed ? 'Passed' : 'Failed'}: rehearsal of ${formatTime(report.startedAt)}</title>
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style>
</head>
<body>
<a class="skip" href="#acts">Skip to the acts</a>
<main>
${hero(report)}
${failures(report)}
${overview(report)}
${partsTable(report.parts)}
${group('acts', 'Acts', sections(report.acts, 'act'))}
${group('faults', 'Faults injected', sections(report.faults, 'fault'))}
</main>
<footer>Everything on this page is also in <code>rehearsal-report.json</code>. The page loads nothing from anywhere.</footer>
<script type="module">${new Markup(script)}</script>
</body>
</html>
`.text;
}

const KINDS: readonly { readonly kind: PartReport['kind']; readonly title: string; readonly meaning: string }[] = [
  { kind: 'real', title: 'Real', meaning: 'the programs that run in production' },
  { kind: 'emulated', title: 'Emulated', meaning: 'another program behind the same API' },
  { kind: 'simulated', title: 'Simulated', meaning: 'only the behavior, as far as the platform can see it' },
];

/** What was real, emulated and simulated, with versions. */
function partsTable(parts: readonly PartReport[]): Markup {
  const groups = KINDS.map((kind) => ({ ...kind, members: parts.filter((part) => part.kind === kind.kind) })).filter(
    ({ members }) => members.length > 0,
  );
  return groups.length === 0
    ? html``
    : html`<section class="card" id="parts" aria-labelledby="parts-title"><h2 id="parts-title">What was real, emulated and simulated</h2>
<table class="parts">${groups.map(
        ({ kind, title, meaning, members }) =>
          html`<tbody><tr class="subhead"><th colspan="3" scope="rowgroup"><span class="kind ${kind}">${title}</span> <span class="muted">${meaning}</span></th></tr>${members.map(
            ({ name, version, note }) => html`
<tr><th scope="row">${name}</th><td class="version">${version}</td><td class="note">${note}</td></tr>`,
          )}</tbody>`,
      )}</table></section>`;
}

/** Acts and faults at a glance, each with a link to its section. */
function overview(report: RehearsalReport): Markup {
  return html`<section class="card" id="overview" aria-labelledby="overview-title"><h2 id="overview-title">Overview</h2>
<table class="overview"><thead><tr><th scope="col">Act or fault</th><th scope="col">Verdict</th><th scope="col" class="number wide">Checks</th><th scope="col" class="number">Time</th><th scope="col" class="number wide">Requests</th><th scope="col" class="number">Lost</th></tr></thead>
${rows('Acts', report.acts)}${rows('Faults injected', report.faults)}</table></section>`;
}

function rows(title: string, acts: readonly ActReport[]): Markup {
  return acts.length === 0
    ? html``
    : html`<tbody><tr class="subhead"><th colspan="6" scope="rowgroup">${title}</th></tr>${acts.map((act, i) => {
        const passed = act.assertions.filter((assertion) => assertion.passed).length;
        return html`
<tr${!act.passed && html` class="bad"`}><th scope="row"><a href="#${act.id}"><span class="ordinal">${act.number ?? i + 1}</span>${act.title}</a></th><td>${badge(act.passed)}</td><td class="number wide">${passed} of ${act.assertions.length}</td><td class="number">${formatSeconds(secondsBetween(act.startedAt, act.finishedAt))}</td><td class="number wide">${formatCount(act.requests.sent)}</td>${lost(act.requests)}</tr>`;
      })}</tbody>`;
}

function lost({ lost: count, lossExpected }: RequestReport): Markup {
  return lossExpected === true
    ? html`<td class="number">${formatCount(count)} <span class="muted">intended</span></td>`
    : html`<td class="number${count > 0 && ' some'}">${formatCount(count)}</td>`;
}

function group(id: string, title: string, sections: readonly Markup[]): Markup {
  return sections.length === 0
    ? html``
    : html`<section class="group" id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${sections}</section>`;
}

function asset(name: string): string {
  return readFileSync(join(__dirname, name), 'utf8');
}

/** The policy admits this one script, so that nothing in the data could run even if it came through unescaped. */
function sha256(script: string): string {
  return `sha256-${createHash('sha256').update(script).digest('base64')}`;
}
