import { type Agent, type IncomingMessage, request } from 'node:http';
import { LOOPBACK } from '../cluster/loopback';

const MESSAGES = [{ role: 'user', content: 'Tell me what a canary is, in a few words.' }];
/** The start of an event with which vLLM ends a stream that has failed. */
const ERROR_EVENT = 'data: {"error"';

/** What callers get wrong: each is answered 400 or 404, and none of them is a fault of the model. */
const MISTAKES: readonly object[] = [
  { messages: [{ role: 'user', content: 'canary '.repeat(12_000) }] },
  { max_tokens: 500_000 },
  { model: 'unknown' },
  { temperature: -1 },
  { messages: undefined },
];

/**
 * How a request ended. `lost`: the connection was refused or broke before the answer was whole, or a stream ended with an
 * error, which is the platform's fault; `error`: the model answered with a failure; `timeout`: no whole answer in time;
 * `mistake`: the caller's own, and answered as such.
 */
export type Result = 'succeeded' | 'lost' | 'error' | 'timeout' | 'mistake';

export interface Outcome {
  readonly result: Result;
  /** What happened, for the count by cause; absent when the request succeeded. */
  readonly cause?: string;
  /** Until the first token of a streamed answer, in milliseconds. */
  readonly ttftMs?: number;
}

export interface CompletionRequest {
  readonly port: number;
  /** Name under which the model is served. */
  readonly model: string;
  readonly stream: boolean;
  /** Longest answer, tokens. @default - the engine's */
  readonly maxTokens?: number;
  /** Which mistake the caller makes, counted from 0; they come round. @default - none */
  readonly mistake?: number;
  readonly timeoutMs: number;
  readonly agent: Agent;
}

/** Sends one chat completion and judges what comes back. Never rejects, never retries. */
export function sendCompletion(options: CompletionRequest): Promise<Outcome> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const elapsed = (): number => performance.now() - startedAt;
    let ttftMs: number | undefined;
    const finish = (result: Result, cause?: string): void => {
      clearTimeout(timer);
      resolve({ result, ...(cause !== undefined && { cause }), ...(ttftMs !== undefined && { ttftMs }) });
    };
    const { stream, mistake } = options;
    const body = bodyOf(options);
    const sent = request({
      host: LOOPBACK,
      port: options.port,
      method: 'POST',
      path: '/v1/chat/completions',
      agent: options.agent,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    const timer = setTimeout(() => {
      finish('timeout', 'no whole answer in time');
      sent.destroy();
    }, options.timeoutMs);
    sent.on('error', (error: NodeJS.ErrnoException) => finish('lost', causeOf(error)));
    sent.on('response', (response) => {
      let tail = '';
      let failed = false;
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        const seen = tail + chunk;
        failed ||= stream && seen.includes(ERROR_EVENT);
        if (stream && response.statusCode === 200 && !failed) ttftMs ??= elapsed();
        // The end is enough to tell a whole answer from a truncated one.
        tail = seen.slice(-64);
      });
      response.on('error', () => undefined);
      response.on('close', () => {
        if (failed) finish('lost', 'stream ended with an error');
        else finish(...judge(response, tail.trimEnd(), stream, mistake !== undefined));
      });
    });
    sent.end(body);
  });
}

function bodyOf({ model, stream, maxTokens, mistake }: CompletionRequest): string {
  return JSON.stringify({
    model,
    stream,
    messages: MESSAGES,
    max_tokens: maxTokens,
    ...(mistake === undefined ? {} : MISTAKES[mistake % MISTAKES.length]),
  });
}

function judge(response: IncomingMessage, tail: string, stream: boolean, mistaken: boolean): [Result, string?] {
  const status = response.statusCode ?? 0;
  if (!response.complete) return ['lost', stream ? 'stream cut off' : 'answer cut off'];
  if (mistaken && status >= 400 && status < 500) return ['mistake'];
  if (status !== 200) return ['error', `HTTP ${status}`];
  return tail.endsWith(stream ? 'data: [DONE]' : '}')
    ? ['succeeded']
    : ['lost', stream ? 'stream cut off' : 'answer cut off'];
}

function causeOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'connection reset';
    default:
      return error.code ?? error.message;
  }
}
