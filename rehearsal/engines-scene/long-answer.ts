const LOOPBACK = '127.0.0.1';

/** How a streamed answer ended. */
export interface LongAnswer {
  /** `whole`: as the API ends a stream; `cut`: the connection broke before, or the end was missing; `none`: no byte came. */
  readonly ended: 'whole' | 'cut' | 'none';
  readonly seconds: number;
  readonly detail: string;
}

/**
 * Asks one engine for a long answer, past every Service, and reads it to its end. Never rejects.
 *
 * @param port loopback port of the engine
 * @param tokens length of the answer, whatever the model would say
 */
export async function longAnswer(port: number, tokens: number): Promise<LongAnswer> {
  const startedAt = performance.now();
  let text = '';
  let detail = 'the end was missing';
  try {
    const response = await fetch(`http://${LOOPBACK}:${port}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'chat',
        prompt: 'Count as far as you can.',
        max_tokens: tokens,
        min_tokens: tokens,
        ignore_eos: true,
        stream: true,
      }),
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body!) text += decoder.decode(chunk as Uint8Array, { stream: true });
  } catch (error) {
    detail =
      error instanceof Error
        ? `${error.message} ${(error.cause as Error | undefined)?.message ?? ''}`.trim()
        : String(error);
  }
  const whole = text.trimEnd().endsWith('data: [DONE]') && !text.includes('"error"');
  return {
    ended: whole ? 'whole' : text === '' ? 'none' : 'cut',
    seconds: (performance.now() - startedAt) / 1000,
    detail: whole ? '' : detail,
  };
}
