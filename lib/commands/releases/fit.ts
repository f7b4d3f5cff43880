/** Longest and shortest line that text is laid out for, characters. */
const LONGEST = 100;
const SHORTEST = 60;

/** A line that holds nothing but a command to copy. */
const COMMAND = /^\s*(next\s+)?(npm run|npx|aws|kubectl) /;

/** A word with the space before it; what is quoted as code is one word, as it may be a command to copy. */
const WORD = /(\s+)((?:[^\s`]|`[^`]*`)+|\S+)/g;

/** How long lines may be on an output. */
export function widthOf({ isTTY, columns = LONGEST }: { readonly isTTY?: boolean; readonly columns?: number }): number {
  return isTTY ? Math.min(LONGEST, Math.max(SHORTEST, columns)) : LONGEST;
}

/**
 * Breaks lines that are too long between their words; what follows is indented by two more than the line that it belongs to.
 * Commands are never broken, nor is a word that fits nowhere.
 */
export function fit(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => (line.length <= width || COMMAND.test(line) ? line : fitLine(line, width)))
    .join('\n');
}

function fitLine(line: string, width: number): string {
  const indent = /^\s*/.exec(line)![0];
  const lines: string[] = [];
  let current = indent;
  // With a space in front of it, the first word is like any other.
  for (const [, gap, word] of ` ${line.slice(indent.length)}`.matchAll(WORD)) {
    const isFirst = current.trim() === '';
    if (isFirst || current.length + gap.length + word.length <= width) {
      current += `${isFirst ? '' : gap}${word}`;
    } else {
      lines.push(current);
      current = `${indent}  ${word}`;
    }
  }
  return [...lines, current].join('\n');
}
