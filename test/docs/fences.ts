import * as fs from 'node:fs';
import * as path from 'node:path';

/** Root of the repository. */
export const ROOT = path.resolve(__dirname, '../..');

/** A fence of TypeScript in a document. */
export interface Fence {
  /** The document, relative to the root. */
  readonly document: string;
  /** Line of the document on which the first line of code stands, from 1. */
  readonly line: number;
  /** The code. */
  readonly code: string;
  /** Names that the code may use though it does not declare them. */
  readonly given: readonly string[];
}

/** Every document whose examples are checked, relative to the root. */
export function documents(): string[] {
  const areas = fs
    .readdirSync(path.join(ROOT, 'constructs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === 'README.md')
    .map((file) => `constructs/${file.split(path.sep).join('/')}`);
  const guides = fs
    .readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file.split(path.sep).join('/')}`);
  return ['README.md', ...areas, ...guides].filter((file) => fs.existsSync(path.join(ROOT, file))).sort();
}

/**
 * The ```` ```ts ```` fences of a document. What stands behind `given` in the line of the fence, as in
 * ```` ```ts given=stack,vpc ````, is declared for it.
 *
 * @throws when a fence is not closed
 */
export function fencesOf(document: string, text: string): Fence[] {
  const fences: Fence[] = [];
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const opening = /^```ts(?:\s+given=(\S+))?\s*$/.exec(lines[index]);
    if (!opening) continue;
    const end = lines.indexOf('```', index + 1);
    if (end < 0)
      throw new Error(
        `${document}:${index + 1}: expected the fence to be closed, got the end of the document; add \`\`\``,
      );
    fences.push({
      document,
      line: index + 2,
      code: lines.slice(index + 1, end).join('\n'),
      given: opening[1]?.split(',') ?? [],
    });
    index = end;
  }
  return fences;
}

/** All fences of all documents. */
export function allFences(): Fence[] {
  return documents().flatMap((document) => fencesOf(document, fs.readFileSync(path.join(ROOT, document), 'utf8')));
}
