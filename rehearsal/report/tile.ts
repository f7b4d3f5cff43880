import { html, type Content, type Markup } from './markup';

/** A key figure: the value, what it is, and what it counts or spans. */
export function tile(name: string, value: string, note?: Content, tone?: 'good' | 'bad' | false): Markup {
  return html`<div class="tile ${tone}"><dt>${name}</dt><dd><strong>${value}</strong>${note !== undefined && html`<small>${note}</small>`}</dd></div>
`;
}
