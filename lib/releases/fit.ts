/** Longest line, characters. */
export const WIDTH = 100;

/** Breaks lines that are too long between their words; what follows is indented by two more than the line that it belongs to. */
export function fit(text: string): string {
  return text.split('\n').map(fitLine).join('\n');
}

function fitLine(line: string): string {
  if (line.length <= WIDTH) return line;
  const indent = ' '.repeat(line.search(/\S/));
  const last = line.lastIndexOf(' ', WIDTH);
  // A word that fits nowhere stays whole: it may be a command to copy.
  const end = last > indent.length ? last : line.indexOf(' ', WIDTH);
  if (end < 0) return line;
  return `${line.slice(0, end)}\n${fitLine(`${indent}  ${line.slice(end + 1)}`)}`;
}
