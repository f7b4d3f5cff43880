import { stripVTControlCharacters } from 'node:util';

/** Text of others without terminal colors and control characters: they could move a cursor, and no page shows them. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
}

/** At most `length` characters, with an ellipsis where there were more. */
export function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}
