import { badge, sign, tone } from './badge';
import { formatCount, formatSeconds, formatTime, plural, secondsBetween } from './format';
import { html, type Markup } from './markup';
import { tile } from './tile';
import { type ActReport, DURATIONS, type RehearsalReport } from './types';

/** Verdict, what it proves, and the figures that a reader asks for first. */
export function hero(report: RehearsalReport): Markup {
  const all = [...report.acts, ...report.faults];
  const { sent, lost } = load(all);
  const checks = all.flatMap(({ assertions }) => assertions);
  const failedChecks = checks.filter(({ passed }) => !passed).length;
  return html`<header class="hero ${tone(report.passed)}">
<p class="eyebrow">cdk-llm-platform · rehearsal</p>
<h1>${sign(report.passed)}${headline(report)}</h1>
<p class="lead">${statement(report, sent, lost)}</p>
<p class="meta">${formatTime(report.startedAt)} · ${formatSeconds(secondsBetween(report.startedAt, report.finishedAt))}</p>
<dl class="tiles">
${tile('ended as promised', `${report.summary.passed} of ${all.length}`, 'acts and faults', report.summary.failed > 0 && 'bad')}
${tile('checks passed', `${formatCount(checks.length - failedChecks)} of ${formatCount(checks.length)}`, undefined, failedChecks > 0 && 'bad')}
${tile('requests lost', formatCount(lost), `of ${formatCount(sent)} sent; target: none`, lost > 0 && 'bad')}
${[DURATIONS.detection, DURATIONS.rollback].map((name) => first(all, name))}
</dl></header>`;
}

/** What failed, before anything else; nothing when all passed. */
export function failures(report: RehearsalReport): Markup {
  const failed = [...report.acts, ...report.faults].filter(({ passed }) => !passed);
  return failed.length === 0
    ? html``
    : html`<section class="failures" aria-labelledby="failures-title"><h2 id="failures-title">What failed</h2><ul>${failed.map(
        (act) => html`
<li>${badge(false)} <a href="#${act.id}">${act.title}</a>${reasons(act)}</li>`,
      )}</ul></section>`;
}

function reasons(act: ActReport): Markup {
  const failed = act.assertions.filter(({ passed }) => !passed);
  const lines =
    failed.length > 0
      ? failed.map(
          ({ text, detail }) =>
            html`<li>${text}${detail !== undefined && html`<span class="detail">${detail}</span>`}</li>`,
        )
      : html`<li>${act.assertions.length === 0 ? 'It ended before anything was checked.' : 'It ended before everything was checked.'}</li>`;
  return html`<ul>${lines}</ul>`;
}

function headline({ passed, summary }: RehearsalReport): string {
  const all = summary.passed + summary.failed;
  return passed
    ? 'The rehearsal passed'
    : all === 0
      ? 'The rehearsal failed: nothing ran'
      : `The rehearsal failed: ${summary.failed} of ${all}`;
}

function statement(report: RehearsalReport, sent: number, lost: number): string {
  const faults = report.faults.length === 0 ? '' : ` and ${plural(report.faults.length, 'injected fault')}`;
  const ran = `${plural(report.acts.length, 'act')}${faults}`;
  const requests =
    sent === 0
      ? '.'
      : `, under a load that really flows: ${plural(sent, 'request')}, ${lost === 0 ? 'none' : formatCount(lost)} lost.`;
  const what = `Revisions of a model were shipped by the real cdk deploy to a real Kubernetes control plane${requests}`;
  return report.passed
    ? `${ran}: every one ended as promised. ${what}`
    : `${ran} ran, and ${formatCount(report.summary.failed)} did not end as promised. ${what}`;
}

function load(acts: readonly ActReport[]): { readonly sent: number; readonly lost: number } {
  const counted = acts.filter(({ requests }) => requests.lossExpected !== true);
  return {
    sent: counted.reduce((sum, { requests }) => sum + requests.sent, 0),
    lost: counted.reduce((sum, { requests }) => sum + requests.lost, 0),
  };
}

function first(acts: readonly ActReport[], name: string): Markup {
  const found = acts.flatMap(({ durations }) => durations).find((duration) => duration.name === name);
  const [what = name, span] = name.split(': ', 2);
  return found === undefined ? html`` : tile(what, formatSeconds(found.seconds), span);
}
