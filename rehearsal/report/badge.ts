import { html, type Markup } from './markup';

const TICK = html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8.5l3.2 3.2L13 4.8"/></svg>`;
const CROSS = html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8"/></svg>`;

/** The sign of a verdict, without words. */
export function sign(passed: boolean): Markup {
  return passed ? TICK : CROSS;
}

/** A verdict that does not rely on its color. */
export function badge(passed: boolean): Markup {
  return html`<span class="badge ${tone(passed)}">${sign(passed)}${passed ? 'passed' : 'FAILED'}</span>`;
}

export function tone(passed: boolean): 'good' | 'bad' {
  return passed ? 'good' : 'bad';
}
