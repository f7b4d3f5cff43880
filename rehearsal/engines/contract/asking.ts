import { request } from 'node:http';
import { type Answered, type Ended, type Reached } from './engine-contract';

/** One request to an engine. */
export interface Question {
  readonly port: number;
  /** @default POST */
  readonly method?: string;
  readonly path: string;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: object | string;
  /** The caller gives up after this many milliseconds. @default - never */
  readonly giveUpMs?: number;
  readonly signal?: AbortSignal;
}

/** How a request ended. */
export interface Answer {
  readonly status: Answered;
  /** Whether there was no connection. */
  readonly refused: boolean;
  /** Of streams: when the first event came, milliseconds. */
  readonly firstEventMs?: number;
  /** `cut`: closed by the engine before the answer was whole; `none`: the caller gave up. */
  readonly ended: Ended;
  /** Whether the stream told an error. */
  readonly error: boolean;
  readonly text: string;
  /** When it ended, as `performance.now()` has it. */
  readonly at: number;
}

/** Asks on a connection of its own; never rejects. */
export function ask({ port, method = 'POST', path, body, giveUpMs, signal }: Question): Promise<Answer> {
  return new Promise((resolve) => {
    const started = performance.now();
    const content = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    let status: Answered = 'none';
    let text = '';
    let firstEventMs: number | undefined;
    const end = (ended: Ended, refused = false): void => {
      clearTimeout(timer);
      resolve({
        status,
        refused,
        firstEventMs,
        ended,
        error: /^data: \{"error"/m.test(text),
        text,
        at: performance.now(),
      });
      asked.destroy();
    };
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent: false,
        signal,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) },
      },
      (response) => {
        status = response.statusCode ?? 'none';
        const stream = /text\/event-stream/.test(response.headers['content-type'] ?? '');
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
          if (firstEventMs === undefined && text.includes('data: ')) firstEventMs = performance.now() - started;
        });
        response.on('end', () => end(!stream || text.includes('data: [DONE]') ? 'finished' : 'cut'));
        response.on('error', () => end('cut'));
      },
    );
    const timer = giveUpMs === undefined ? undefined : setTimeout(() => end('none'), giveUpMs);
    asked.on('error', (error: NodeJS.ErrnoException) => {
      if (error.name === 'AbortError') end('none');
      else end('cut', error.code === 'ECONNREFUSED');
    });
    asked.end(content);
  });
}

/** What a new connection gets within five seconds. */
export async function reached(question: Question): Promise<Reached> {
  const { status, refused, ended } = await ask({ giveUpMs: 5_000, ...question });
  return refused || (status === 'none' && ended === 'cut') ? 'refused' : status;
}

/** A chat request for so many tokens, which the model does not end earlier. */
export function chat(
  tokens: number,
  stream: boolean,
  prompt = 'Tell me about canaries and rollouts in a cluster',
): object {
  return { model: 'chat', messages: [{ role: 'user', content: prompt }], max_tokens: tokens, stream, ignore_eos: true };
}
