import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { actSection } from './act-section';
import { formatTime } from './format';
import { html, Markup } from './markup';
import { overview } from './overview';
import { partsTable } from './parts-table';
import { revisionColors } from './plot/revision-colors';
import { failures, hero } from './hero';
import type { ActReport, RehearsalReport } from './types';

/** Renders the report as one page that refers to nothing outside itself. */
export function renderPage(report: RehearsalReport): string {
  const style = asset('page.css');
  const script = asset('readout.mjs');
  const colors = revisionColors([...report.acts, ...report.faults]);
  const sections = (acts: readonly ActReport[], kind: 'act' | 'fault') => acts.map((act, i) => actSection(act, { kind, number: act.number ?? i + 1, colors }));
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

function group(id: string, title: string, sections: readonly Markup[]): Markup {
  return sections.length === 0 ? html`` : html`<section class="group" id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${sections}</section>`;
}

function asset(name: string): string {
  return readFileSync(join(__dirname, name), 'utf8');
}

/** The policy admits this one script, so that nothing in the data could run even if it came through unescaped. */
function sha256(script: string): string {
  return `sha256-${createHash('sha256').update(script).digest('base64')}`;
}
