import { type Agent, type IncomingMessage, request } from 'node:http';

const LOOPBACK = '127.0.0.1';
const MESSAGES = [{ role: 'user', content: 'Tell me what a canary is, in a few words.' }];

/**
 * How a request ended. `lost`: the connection was refused or broke before the answer was whole, which is the platform's
 * fault; `error`: the model answered with a failure; `timeout`: no whole answer in time.
 */
export type Result = 'succeeded' | 'lost' | 'error' | 'timeout';

export interface Outcome {
  readonly result: Result;
  /** What happened, for the count by cause; absent when the request succeeded. */
  readonly cause?: string;
  /** Until the end, in milliseconds. */
  readonly latencyMs: number;
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
  readonly timeoutMs: number;
  readonly agent: Agent;
}

/** Sends one chat completion and judges what comes back. Never rejects, never retries. */
export function sendCompletion(options: CompletionRequest): Promise<Outcome> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const elapsed = (): number => performance.now() - startedAt;
    let ttftMs: number | undefined;
    const settle = (result: Result, cause?: string): void => {
      clearTimeout(timer);
      resolve({ result, latencyMs: elapsed(), ...(cause !== undefined && { cause }), ...(ttftMs !== undefined && { ttftMs }) });
    };
    const { model, stream, maxTokens } = options;
    const body = JSON.stringify({ model, stream, messages: MESSAGES, max_tokens: maxTokens });
    const sent = request({
      host: LOOPBACK, port: options.port, method: 'POST', path: '/v1/chat/completions', agent: options.agent,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    const timer = setTimeout(() => {
      settle('timeout', 'no whole answer in time');
      sent.destroy();
    }, options.timeoutMs);
    sent.on('error', (error: NodeJS.ErrnoException) => settle('lost', causeOf(error)));
    sent.on('response', (response) => {
      let tail = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (options.stream && response.statusCode === 200) {
          ttftMs ??= elapsed();
        }
        // The end is enough to tell a whole answer from a truncated one.
        tail = (tail + chunk).slice(-64);
      });
      response.on('error', () => undefined);
      response.on('close', () => settle(...judge(response, tail.trimEnd(), options.stream)));
    });
    sent.end(body);
  });
}

function judge(response: IncomingMessage, tail: string, stream: boolean): [Result, string?] {
  if (!response.complete) {
    return ['lost', stream ? 'stream cut off' : 'answer cut off'];
  }
  if (response.statusCode !== 200) {
    return ['error', `HTTP ${response.statusCode}`];
  }
  return tail.endsWith(stream ? 'data: [DONE]' : '}') ? ['succeeded'] : ['lost', stream ? 'stream cut off' : 'answer cut off'];
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
