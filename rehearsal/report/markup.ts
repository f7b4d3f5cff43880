import { plainText } from './text';

/** Text that is markup already. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What a template takes: strings are escaped, markup is not. */
export type Content = Markup | string | number | false | undefined | readonly Content[];

/** Template tag for HTML and SVG: escapes everything put into it that is not markup itself. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(strings.reduce((text, string, i) => text + render(contents[i - 1]) + string));
}

/** Text without terminal colors and control characters, safe as content and as an attribute's value. */
function escape(text: string): string {
  return plainText(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function render(content: Content): string {
  if (content instanceof Markup) return content.text;
  if (typeof content === 'string' || typeof content === 'number') return escape(String(content));
  return Array.isArray(content) ? content.map(render).join('') : '';
}
