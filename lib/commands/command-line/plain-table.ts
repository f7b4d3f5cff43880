const BORDERS = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
];

/** Characters of a table of `cli-table3` without lines. @param gap what stands between two columns */
export function withoutLines(gap = ''): Record<string, string> {
  return { ...Object.fromEntries(BORDERS.map((part) => [part, ''])), middle: gap };
}
