import { Agent, request } from 'node:http';

/** What a client saw of one request. */
export interface Seen {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** False when the connection ended before the answer did. */
  readonly complete: boolean;
}

/** One request to a loopback port; rejects when no answer began. */
export function call(port: number, method: string, path: string, body?: object, agent?: Agent): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, agent: agent ?? false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', () => undefined);
      response.on('close', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: text,
          complete: response.complete,
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export function chat(port: number, stream = false, agent?: Agent): Promise<Seen> {
  return call(
    port,
    'POST',
    '/v1/chat/completions',
    { model: 'chat', stream, messages: [{ role: 'user', content: 'Hello, model.' }] },
    agent,
  );
}

/** Waits until the condition holds: a busy machine only takes longer to meet it. The test's own timeout bounds it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
