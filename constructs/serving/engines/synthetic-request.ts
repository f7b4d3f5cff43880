import { type SyntheticRequest } from '../inference-engine';

/** A beginning that models continue with instead of ending at once. */
const PROMPT = '1, 2, 3,';

/** Asks a model that generates for one token. Every engine counts the tokens that it generated in `usage`, as OpenAI's API does. */
export function oneToken(servedModelName: string): SyntheticRequest {
  return {
    path: '/v1/completions',
    bodyJson: JSON.stringify({ model: servedModelName, prompt: PROMPT, max_tokens: 1, temperature: 0 }),
    resultPath: '{$.usage.completion_tokens}',
  };
}

/** Asks a model for the embedding of a few tokens, which are counted in `usage`. */
export function oneEmbedding(servedModelName: string): SyntheticRequest {
  return {
    path: '/v1/embeddings',
    bodyJson: JSON.stringify({ model: servedModelName, input: PROMPT }),
    resultPath: '{$.usage.total_tokens}',
  };
}

/**
 * The value of a flag in the arguments of an engine: the last one that is given, as `--flag=value` or `--flag value`, in any spelling of
 * its hyphens; `true` where it has none, undefined where it is not there.
 */
export function givenFlag(args: readonly string[], ...names: readonly string[]): string | undefined {
  let found: string | undefined;
  args.forEach((arg, index) => {
    const [flag, ...value] = arg.split('=');
    if (!names.includes(flag.replaceAll('_', '-'))) return;
    const next = args[index + 1];
    found = value.length > 0 ? value.join('=') : next === undefined || next.startsWith('-') ? 'true' : next;
  });
  return found;
}
