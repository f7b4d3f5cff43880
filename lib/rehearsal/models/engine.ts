import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EngineArgs } from './engine-args';
import { EngineMetrics, type FinishReason } from './engine-metrics';
import type { RevisionProfile } from './profiles';
import { TokenScheduler } from './token-scheduler';

const LOOPBACK = '127.0.0.1';
/** Idle seconds after which uvicorn, vLLM's server, closes a kept connection. */
const KEEP_ALIVE_SECONDS = 5;
const MAX_BODY_BYTES = 1_000_000;
/** Exit code of a process ended by SIGKILL. */
const KILLED = 137;

export interface SimulatedEngineOptions {
  readonly args: EngineArgs;
  /** Read at every request, so that a profile can be changed under a running engine. */
  readonly profile: () => RevisionProfile;
  /** Called once when the process ends, with its exit code. */
  readonly onExit: (exitCode: number) => void;
  /** Port to listen on if it is free. @default any free port */
  readonly port?: number;
  /** Source of jitter, 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/**
 * A simulated vLLM server: the OpenAI-compatible API, streaming too, /health and /metrics on a loopback port of its own.
 * Nothing is inferred; latencies, errors and hangs follow the profile. It ends like a process: by itself (a crash), by
 * `terminate()` (SIGTERM) or by `kill()` (SIGKILL).
 */
export class SimulatedEngine {
  /** Resolves when the server listens; the model may still be loading. */
  public static async start(options: SimulatedEngineOptions): Promise<SimulatedEngine> {
    const engine = new SimulatedEngine(options);
    await engine.listen(options.port);
    return engine;
  }

  private readonly metrics: EngineMetrics;
  private readonly scheduler: TokenScheduler;
  private readonly server: Server;
  private readonly inFlight = new Set<ServerResponse>();
  private readonly startedAt = performance.now();
  private readonly crashTimer?: NodeJS.Timeout;
  private onIdle?: () => void;
  private errorShare = 0;
  private draining = false;
  private exited = false;

  private constructor(private readonly options: SimulatedEngineOptions) {
    this.metrics = new EngineMetrics(options.args.modelName);
    this.scheduler = new TokenScheduler(options.profile, options.args.maxNumSeqs, this.metrics, options.random ?? Math.random);
    this.server = createServer((request, response) => this.route(request, response));
    this.server.keepAliveTimeout = KEEP_ALIVE_SECONDS * 1000;
    const { crashAfterMs } = options.profile();
    if (crashAfterMs !== undefined) {
      this.crashTimer = setTimeout(() => this.exit(1), crashAfterMs);
    }
  }

  public get port(): number {
    return (this.server.address() as AddressInfo | null)?.port ?? 0;
  }

  /**
   * SIGTERM: no new connection is accepted, idle ones are closed, and requests in flight get `--shutdown-timeout` seconds.
   * Resolves when the process has ended.
   */
  public async terminate(): Promise<void> {
    if (this.exited || this.draining) {
      return;
    }
    this.draining = true;
    this.server.close();
    this.server.closeIdleConnections();
    if (this.inFlight.size > 0 && this.options.args.shutdownTimeout > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.options.args.shutdownTimeout * 1000);
        this.onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.exit(0);
  }

  /** SIGKILL: requests in flight lose their connection. */
  public kill(): void {
    this.exit(KILLED);
  }

  private async listen(port = 0): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE' && port !== 0) {
          this.listen().then(resolve, reject);
        } else {
          reject(error);
        }
      });
      this.server.listen(port, LOOPBACK, resolve);
    });
  }

  private exit(code: number): void {
    if (this.exited) {
      return;
    }
    this.exited = true;
    clearTimeout(this.crashTimer);
    this.scheduler.stop();
    this.server.close();
    this.server.closeAllConnections();
    this.onIdle?.();
    this.options.onExit(code);
  }

  /** A server that still loads refuses connections; answering 503 instead is the same to a probe and to a scrape. */
  private get loaded(): boolean {
    const { loadSeconds = 0, neverReady = false } = this.options.profile();
    return !neverReady && performance.now() - this.startedAt >= loadSeconds * 1000;
  }

  private route(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '/').split('?')[0];
    if (!this.loaded) {
      return answer(response, 503, 'text/plain', 'loading');
    }
    switch (`${request.method} ${path}`) {
      case 'GET /health':
        return answer(response, 200, 'text/plain', '');
      case 'GET /metrics':
        void this.metrics.text().then((text) => answer(response, 200, this.metrics.contentType, text));
        return;
      case 'GET /v1/models':
        return this.json(response, 200, { object: 'list', data: [{ id: this.options.args.modelName, object: 'model', owned_by: 'vllm' }] });
      case 'POST /v1/chat/completions':
      case 'POST /v1/completions':
        return this.complete(path, request, response);
      default:
        return this.json(response, 404, { detail: 'Not Found' });
    }
  }

  private complete(path: string, request: IncomingMessage, response: ServerResponse): void {
    const startedAt = performance.now();
    this.inFlight.add(response);
    response.once('close', () => {
      this.inFlight.delete(response);
      if (response.headersSent) {
        this.metrics.httpAnswered('POST', path, response.statusCode, (performance.now() - startedAt) / 1000);
      }
      if (this.draining) {
        // The client learns with the end of the answer that this connection is not to be used again.
        request.socket.end();
        if (this.inFlight.size === 0) {
          this.onIdle?.();
        }
      }
    });
    if (this.draining) {
      return this.fail(response, 503, 'the server is shutting down');
    }
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
      if (body.length > MAX_BODY_BYTES) {
        request.destroy();
      }
    });
    request.on('end', () => this.generate(path === '/v1/chat/completions', body, response));
  }

  private generate(chat: boolean, body: string, response: ServerResponse): void {
    const asked = parseRequest(body);
    if (asked === undefined) {
      return this.fail(response, 400, 'the body is not a JSON object');
    }
    this.errorShare += this.options.profile().errorRatio ?? 0;
    if (this.errorShare >= 1 - 1e-9) {
      this.errorShare -= 1;
      return this.fail(response, 500, 'simulated engine error');
    }
    const answering = new Answer(chat, this.options.args.modelName);
    let tokens = 0;
    const cancel = this.scheduler.submit({
      promptTokens: Math.ceil(body.length / 4),
      maxTokens: asked.maxTokens,
      onToken: (finish) => {
        tokens += 1;
        if (asked.stream) {
          this.stream(response, answering, finish);
        } else if (finish !== undefined) {
          this.json(response, 200, answering.whole(tokens, finish));
        }
      },
    });
    response.once('close', cancel);
  }

  private stream(response: ServerResponse, answering: Answer, finish?: FinishReason): void {
    if (!response.headersSent) {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...this.connectionHeader() });
    }
    response.write(`data: ${JSON.stringify(answering.chunk(finish))}\n\n`);
    if (finish !== undefined) {
      response.end('data: [DONE]\n\n');
    }
  }

  private fail(response: ServerResponse, status: number, message: string): void {
    this.json(response, status, { error: { message, type: status < 500 ? 'BadRequestError' : 'InternalServerError', code: status } });
  }

  private json(response: ServerResponse, status: number, content: object): void {
    response.writeHead(status, { 'content-type': 'application/json', ...this.connectionHeader() });
    response.end(JSON.stringify(content));
  }

  private connectionHeader(): { connection?: 'close' } {
    return this.draining ? { connection: 'close' } : {};
  }
}

/** The OpenAI shapes of one answer. */
class Answer {
  private static sequence = 0;
  private readonly id: string;

  constructor(private readonly chat: boolean, private readonly model: string) {
    Answer.sequence += 1;
    this.id = `${chat ? 'chatcmpl' : 'cmpl'}-simulated-${Answer.sequence}`;
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
      usage: { completion_tokens: tokens },
    };
  }
}

interface AskedCompletion {
  readonly stream: boolean;
  readonly maxTokens?: number;
}

function parseRequest(body: string): AskedCompletion | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null) {
      return undefined;
    }
    const asked = parsed as { stream?: unknown; max_tokens?: unknown };
    return { stream: asked.stream === true, maxTokens: typeof asked.max_tokens === 'number' ? asked.max_tokens : undefined };
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.writeHead(status, { 'content-type': contentType });
  response.end(text);
}
