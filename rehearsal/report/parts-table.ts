import { html, type Markup } from './markup';
import type { PartReport } from './types';

const KINDS: readonly { readonly kind: PartReport['kind']; readonly title: string; readonly meaning: string }[] = [
  { kind: 'real', title: 'Real', meaning: 'the programs that run in production' },
  { kind: 'emulated', title: 'Emulated', meaning: 'another program behind the same API' },
  { kind: 'simulated', title: 'Simulated', meaning: 'only the behaviour, as far as the platform can see it' },
];

/** What was real, emulated and simulated, with versions. */
export function partsTable(parts: readonly PartReport[]): Markup {
  const groups = KINDS.map((kind) => ({ ...kind, members: parts.filter((part) => part.kind === kind.kind) })).filter(({ members }) => members.length > 0);
  return groups.length === 0 ? html`` : html`<section class="card" id="parts" aria-labelledby="parts-title"><h2 id="parts-title">What was real, emulated and simulated</h2>
<table class="parts">${groups.map(({ kind, title, meaning, members }) => html`<tbody><tr class="subhead"><th colspan="3" scope="rowgroup"><span class="kind ${kind}">${title}</span> <span class="muted">${meaning}</span></th></tr>${members.map(({ name, version, note }) => html`
<tr><th scope="row">${name}</th><td class="version">${version}</td><td class="note">${note}</td></tr>`)}</tbody>`)}</table></section>`;
}
