import type { FinishReason } from './engine-metrics';

/** The OpenAI shapes of one answer. */
export class CompletionAnswer {
  private static sequence = 0;
  private readonly id: string;

  constructor(private readonly chat: boolean, private readonly model: string, private readonly promptTokens: number) {
    CompletionAnswer.sequence += 1;
    this.id = `${chat ? 'chatcmpl' : 'cmpl'}-simulated-${CompletionAnswer.sequence}`;
  }

  public chunk(finish: FinishReason | undefined): object {
    const choice = { index: 0, finish_reason: finish ?? null };
    return {
      id: this.id, model: this.model, object: this.chat ? 'chat.completion.chunk' : 'text_completion',
      choices: [this.chat ? { ...choice, delta: { content: 'token ' } } : { ...choice, text: 'token ' }],
    };
  }

  public whole(tokens: number, finish: FinishReason): object {
    const choice = { index: 0, finish_reason: finish };
    const text = 'token '.repeat(tokens);
    return {
      id: this.id, model: this.model, object: this.chat ? 'chat.completion' : 'text_completion',
      choices: [this.chat ? { ...choice, message: { role: 'assistant', content: text } } : { ...choice, text }],
      usage: { prompt_tokens: this.promptTokens, completion_tokens: tokens, total_tokens: this.promptTokens + tokens },
    };
  }
}

/** What the OpenAI API answers, or sends as the last event of a stream that breaks. */
export function failure(status: number, message: string): object {
  return { error: { message, type: status < 500 ? 'BadRequestError' : 'InternalServerError', param: null, code: status } };
}
