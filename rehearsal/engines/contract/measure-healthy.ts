import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type EngineMetrics } from '../../../constructs/models/engine-metrics';
import { ask, chat } from './asking';
import { type EngineContract, type Latencies, type RequestKind } from './engine-contract';
import { type EngineRun, within } from './engine-run';
import { counted, scraped, whenIdle } from './observing';
import { KINDS } from './request-kinds';

const ANSWER_TOKENS = 32;
const COLD_REQUESTS = 20;
const WARM_REQUESTS = 60;
const BUSY_CALLERS = 8;
/** An idle connection is watched for so long. */
const IDLE_LIMIT_MS = 60_000;

/** Every kind of request, one after the other. */
export async function measureRequests(run: EngineRun, names: EngineMetrics): Promise<RequestKind[]> {
  const measured: RequestKind[] = [];
  for (const { kind, path, body, giveUpMs } of KINDS) {
    const before = await scraped(run);
    const { status } = await ask({ port: run.port, path, body, giveUpMs: giveUpMs ?? 60_000 });
    // The answer of one who has left is counted when the engine has noticed it.
    if (giveUpMs !== undefined) await whenIdle(run, names);
    measured.push({
      kind,
      method: 'POST',
      path,
      answered: status,
      counted: counted(before, await scraped(run), names),
    });
  }
  return measured;
}

/** Times to the first token, first those of a fresh engine. */
export async function measureLatencies(run: EngineRun): Promise<EngineContract['latencies']> {
  let asked = 0;
  const series = async (requests: number, callers: number): Promise<Latencies> => {
    const times: number[] = [];
    let left = requests;
    await Promise.all(
      Array.from({ length: callers }, async () => {
        while (left-- > 0) {
          const { firstEventMs } = await ask({
            port: run.port,
            path: '/v1/chat/completions',
            body: chat(ANSWER_TOKENS, true, `Request ${asked++}: tell me about canaries and rollouts`),
          });
          if (firstEventMs !== undefined) times.push(Math.round(firstEventMs * 10) / 10);
        }
      }),
    );
    return { timeToFirstTokenMs: times };
  };
  const cold = await series(COLD_REQUESTS, 1);
  const idle = await series(WARM_REQUESTS, 1);
  const busy = await series(2 * WARM_REQUESTS, BUSY_CALLERS);
  return { idle, busy, cold };
}

/** What the engine does with a connection after an answer. */
export async function measureKeepAlive(port: number): Promise<EngineContract['keepAlive']> {
  const afterStream = await connectionAfter(port, true, 2_000);
  const afterWhole = await connectionAfter(port, false, IDLE_LIMIT_MS);
  const kept = (ms: number | undefined): 'kept' | 'closed' => (ms === undefined || ms > 1_000 ? 'kept' : 'closed');
  return {
    idleSeconds: afterWhole === undefined ? null : Math.round(afterWhole / 100) / 10,
    afterStream: kept(afterStream),
    afterWhole: kept(afterWhole),
  };
}

/** Milliseconds from the end of an answer until the engine closes its connection; undefined when it does not for so long. */
async function connectionAfter(port: number, stream: boolean, limitMs: number): Promise<number | undefined> {
  const connection = new KeptConnection(port);
  await connection.ask(stream);
  const end = await within(connection.closed, limitMs);
  connection.destroy();
  return end === undefined ? undefined : end - connection.lastByte;
}

/** A connection on which a caller sends one request after the other. */
export class KeptConnection {
  /** When it was closed. */
  public readonly closed: Promise<number>;
  /** When the last byte came. */
  public lastByte = 0;
  private readonly socket: Socket;
  private text = '';

  public constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve(performance.now())));
    this.socket
      .on('error', () => undefined)
      .on('data', (chunk) => {
        this.text += chunk.toString('latin1');
        this.lastByte = performance.now();
      });
  }

  /** The status of `/health`. */
  public health(): Promise<number | 'closed'> {
    return this.send('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  }

  /** The status of a short answer. */
  public ask(stream: boolean): Promise<number | 'closed'> {
    const body = JSON.stringify(chat(4, stream));
    return this.send(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }

  public destroy(): void {
    this.socket.destroy();
  }

  /** `closed` where the connection was, or became so before the answer was whole. */
  private async send(request: string): Promise<number | 'closed'> {
    this.text = '';
    this.socket.write(request);
    while (!isWhole(this.text) && this.socket.readyState !== 'closed') await pause(20);
    return isWhole(this.text) ? Number(/^HTTP\/1\.1 (\d+)/.exec(this.text)![1]) : 'closed';
  }
}

function isWhole(text: string): boolean {
  const at = text.indexOf('\r\n\r\n');
  if (at < 0) return false;
  const length = /^content-length: (\d+)/im.exec(text.slice(0, at));
  return length
    ? text.length - at - 4 >= Number(length[1])
    : text.endsWith('\r\n0\r\n\r\n') || text.endsWith('\n0\r\n\r\n');
}
