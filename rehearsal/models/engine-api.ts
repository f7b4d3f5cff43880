import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CompletionBody, readCompletion } from './completion-body';
import type { EngineArgs } from './engine-args';
import { EngineMetrics, type FinishReason } from './engine-metrics';
import type { RevisionProfile } from './profiles';
import { TokenScheduler } from './token-scheduler';
import { behaviorOf, type VllmBehavior } from './vllm-behavior';

const MAX_BODY_BYTES = 1_000_000;
const CORE_DEAD = 'EngineCore encountered an issue. See stack trace (above) for the root cause.';

/** What an engine's server is at: `draining` from SIGTERM on, `dead core` once its engine core has died. */
export type EngineState = 'loading' | 'running' | 'draining' | 'dead core';

export interface EngineApiOptions {
  readonly args: EngineArgs;
  /** Read at every request. */
  readonly profile: () => RevisionProfile;
  readonly random: () => number;
  readonly state: () => EngineState;
  /** Called when no completion is in flight any more. */
  readonly onIdle: () => void;
}

/** A request, and the class of statuses that it counts under where that is not the one of its answer. */
interface Exchange {
  readonly response: ServerResponse;
  countedAs?: string;
}

/** The HTTP API of a simulated vLLM: completions, /health and /metrics, and what each answers and counts in which state. */
export class EngineApi {
  public readonly behavior: VllmBehavior;
  private readonly modelName: string;
  private readonly metrics: EngineMetrics;
  private readonly scheduler: TokenScheduler;
  /** Completions in flight, and whether their answer is streamed. */
  private readonly pending = new Map<ServerResponse, boolean>();
  private errorShare = 0;
  private brokenShare = 0;

  constructor(private readonly options: EngineApiOptions) {
    const { args, profile, random } = options;
    this.behavior = behaviorOf(args.version);
    this.modelName = args.modelName ?? 'model';
    this.metrics = new EngineMetrics(this.modelName, this.behavior);
    this.scheduler = new TokenScheduler(profile, args.maxNumSeqs, this.metrics, random);
  }

  /** Completions in flight. */
  public get inFlight(): number {
    return this.pending.size;
  }

  /** No further tokens for anyone; nobody is told. */
  public stop(): void {
    this.scheduler.stop();
  }

  /** The engine core is gone, and whoever waits is told so. */
  public coreDied(): void {
    this.scheduler.stop();
    this.pending.forEach((stream, response) => (stream ? breakOff(response) : this.fail(response, 500, CORE_DEAD)));
  }

  public route(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '/').split('?')[0];
    const state = this.options.state();
    // A server that still loads refuses connections; answering 503 instead is the same to a probe and to a scrape.
    if (state === 'loading') return answer(response, 503, 'text/plain', 'loading');
    switch (`${request.method} ${path}`) {
      case 'GET /health':
        return answer(response, state === 'dead core' ? 503 : 200, 'text/plain', '');
      case 'GET /metrics':
        void this.metrics.text().then((text) => answer(response, 200, this.metrics.contentType, text));
        return;
      case 'GET /v1/models':
        this.counted(request, response, path);
        return this.json(response, 200, {
          object: 'list',
          data: [{ id: this.modelName, object: 'model', owned_by: 'vllm' }],
        });
      case 'POST /v1/chat/completions':
      case 'POST /v1/completions':
        return this.receive(request, this.counted(request, response, path), path === '/v1/chat/completions');
      default:
        this.counted(request, response, 'none');
        return this.json(response, 404, { detail: 'Not Found' });
    }
  }

  /** Counts the request when it has ended; one that its client has given up counts as if it had been answered. */
  private counted(request: IncomingMessage, response: ServerResponse, handler: string): Exchange {
    const startedAt = performance.now();
    const exchange: Exchange = { response };
    response.once('close', () => {
      const status = response.headersSent ? response.statusCode : 200;
      this.metrics.httpAnswered({
        method: request.method ?? '',
        handler,
        status: exchange.countedAs ?? `${Math.floor(status / 100)}xx`,
        seconds: (performance.now() - startedAt) / 1000,
        requestBytes: Number(request.headers['content-length'] ?? 0),
        responseBytes: Number(response.getHeader('content-length') ?? 0),
      });
    });
    return exchange;
  }

  private receive(request: IncomingMessage, exchange: Exchange, chat: boolean): void {
    const { response } = exchange;
    const accepted = this.options.state() === 'running';
    if (accepted) {
      this.pending.set(response, false);
      response.once('close', () => this.over(response));
    }
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
      if (body.length > MAX_BODY_BYTES) request.destroy();
    });
    request.on('end', () => (accepted ? this.complete(body, exchange, chat) : this.refuse(response)));
  }

  /** What is said to new requests once the engine core takes no more. */
  private refuse(response: ServerResponse): void {
    if (this.options.state() === 'dead core') return this.fail(response, 500, CORE_DEAD);
    this.fail(response, this.behavior.listensWhileDraining ? 500 : 503, 'cannot schedule new futures after shutdown');
  }

  private over(response: ServerResponse): void {
    this.pending.delete(response);
    // The client learns with the end of the answer that this connection is not to be used again.
    if (this.closesConnections) response.req.socket.end();
    if (this.pending.size === 0) this.options.onIdle();
  }

  private complete(body: string, exchange: Exchange, chat: boolean): void {
    const { response } = exchange;
    const asked = readCompletion(body, chat, this.options.args);
    if ('status' in asked) {
      exchange.countedAs = asked.byEngine ? this.behavior.refusedCountedAs : undefined;
      return this.fail(response, asked.status, asked.message);
    }
    const { errorRatio = 0, brokenStreamRatio = 0 } = this.options.profile();
    this.errorShare += errorRatio;
    if (this.errorShare >= 1 - 1e-9) {
      this.errorShare -= 1;
      return this.fail(response, 500, 'simulated engine error');
    }
    this.brokenShare += asked.stream ? brokenStreamRatio : 0;
    const breaks = this.brokenShare >= 1 - 1e-9;
    this.brokenShare -= breaks ? 1 : 0;
    this.generate(asked, new CompletionAnswer(chat, this.modelName, asked.promptTokens), response, breaks);
  }

  private generate(
    { stream, ...asked }: CompletionBody,
    answering: CompletionAnswer,
    response: ServerResponse,
    breaks: boolean,
  ): void {
    let tokens = 0;
    this.pending.set(response, stream);
    if (stream) {
      // The status is sent before there is a token, so it says nothing about what comes of the request.
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...this.connectionHeader() });
      response.flushHeaders();
    }
    const cancel = this.scheduler.submit({
      ...asked,
      breaks,
      onToken: (finish) => {
        tokens += 1;
        if (stream) send(response, answering, finish);
        else if (finish !== undefined) this.json(response, 200, answering.whole(tokens, finish));
      },
    });
    response.once('close', cancel);
  }

  private fail(response: ServerResponse, status: number, message: string): void {
    this.json(response, status, failure(status, message));
  }

  private json(response: ServerResponse, status: number, content: object): void {
    const text = JSON.stringify(content);
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...this.connectionHeader(),
    });
    response.end(text);
  }

  private get closesConnections(): boolean {
    return this.options.state() === 'draining' && !this.behavior.listensWhileDraining;
  }

  private connectionHeader(): { connection?: 'close' } {
    return this.closesConnections ? { connection: 'close' } : {};
  }
}

function send(response: ServerResponse, answering: CompletionAnswer, finish?: FinishReason): void {
  if (finish === 'error') return breakOff(response);
  response.write(`data: ${JSON.stringify(answering.chunk(finish))}\n\n`);
  if (finish !== undefined) response.end('data: [DONE]\n\n');
}

/** The end of a stream that has failed: an event says so, since the status was sent long before. */
function breakOff(response: ServerResponse): void {
  response.end(`data: ${JSON.stringify(failure(500, CORE_DEAD))}\n\ndata: [DONE]\n\n`);
}

function answer(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.writeHead(status, { 'content-type': contentType });
  response.end(text);
}

/** The OpenAI shapes of one answer. */
class CompletionAnswer {
  private static sequence = 0;
  private readonly id: string;

  constructor(
    private readonly chat: boolean,
    private readonly model: string,
    private readonly promptTokens: number,
  ) {
    CompletionAnswer.sequence += 1;
    this.id = `${chat ? 'chatcmpl' : 'cmpl'}-simulated-${CompletionAnswer.sequence}`;
  }

  public chunk(finish: FinishReason | undefined): object {
    return this.shape(
      'chat.completion.chunk',
      finish,
      this.chat ? { delta: { content: 'token ' } } : { text: 'token ' },
    );
  }

  public whole(tokens: number, finish: FinishReason): object {
    const text = 'token '.repeat(tokens);
    return {
      ...this.shape(
        'chat.completion',
        finish,
        this.chat ? { message: { role: 'assistant', content: text } } : { text },
      ),
      usage: { prompt_tokens: this.promptTokens, completion_tokens: tokens, total_tokens: this.promptTokens + tokens },
    };
  }

  private shape(object: string, finish: FinishReason | undefined, choice: object): object {
    return {
      id: this.id,
      model: this.model,
      object: this.chat ? object : 'text_completion',
      choices: [{ index: 0, finish_reason: finish ?? null, ...choice }],
    };
  }
}

/** What the OpenAI API answers, or sends as the last event of a stream that breaks. */
function failure(status: number, message: string): object {
  return {
    error: { message, type: status < 500 ? 'BadRequestError' : 'InternalServerError', param: null, code: status },
  };
}
