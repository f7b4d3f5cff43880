/** What is wrong with a word of data; empty where it is one of these, or is left out. */
export function wordProblem(path: string, words: readonly string[], got: unknown): string[] {
  return got === undefined || words.some((word) => word === got) ? [] : [wrongWord(path, words, got)];
}

/** Says that a word means nothing. */
export function wrongWord(path: string, words: readonly string[], got: unknown): string {
  return `${path}: expected one of ${words.join(', ')}, got ${JSON.stringify(got)}; correct the word`;
}
