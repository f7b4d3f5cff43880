import { Agent } from 'node:http';
import { SimulatedEngine } from '../../../../lib/rehearsal/models/engine';
import { parseEngineArgs } from '../../../../lib/rehearsal/models/engine-args';
import type { RevisionProfile } from '../../../../lib/rehearsal/models/profiles';
import { call, chat, until } from './http-client';

const QUICK: RevisionProfile = { ttftMs: 10, interTokenMs: 2, tokens: 5, jitter: 0 };

describe('SimulatedEngine', () => {
  let engine: SimulatedEngine;
  let exitCode: number | undefined;
  /** How often the engine was asked for anything; it is by the time that a request is in flight. */
  let asked: number;

  async function start(profile: Partial<RevisionProfile> = {}, args: string[] = []): Promise<number> {
    exitCode = undefined;
    asked = 0;
    engine = await SimulatedEngine.start({
      args: parseEngineArgs(['--served-model-name=chat', ...args]),
      profile: () => {
        asked += 1;
        return { ...QUICK, ...profile };
      },
      onExit: (code) => {
        exitCode = code;
      },
    });
    asked = 0;
    return engine.port;
  }

  async function metric(line: string): Promise<number | undefined> {
    const { body } = await call(engine.port, 'GET', '/metrics');
    const found = body.split('\n').find((candidate) => candidate.startsWith(`${line} `));
    return found === undefined ? undefined : Number(found.slice(line.length));
  }

  afterEach(() => engine.kill());

  test('answers a whole completion', async () => {
    const seen = await chat(await start());
    expect(seen).toMatchObject({ status: 200, complete: true });
    expect(JSON.parse(seen.body)).toMatchObject({
      object: 'chat.completion', model: 'chat', usage: { completion_tokens: 5 }, choices: [{ finish_reason: 'stop' }],
    });
  });

  test('streams one event a token and ends with [DONE]', async () => {
    const seen = await chat(await start(), true);
    const events = seen.body.trimEnd().split('\n\n');
    expect(seen.headers['content-type']).toContain('text/event-stream');
    expect(events).toHaveLength(6);
    expect(events.at(-1)).toBe('data: [DONE]');
    expect(JSON.parse(events[4].slice('data: '.length))).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
  });

  test('stops at max_tokens, and serves the older endpoint and the list of models', async () => {
    const port = await start();
    const seen = await call(port, 'POST', '/v1/completions', { model: 'chat', prompt: 'Hi', max_tokens: 2 });
    expect(JSON.parse(seen.body)).toMatchObject({ object: 'text_completion', usage: { completion_tokens: 2 }, choices: [{ finish_reason: 'length' }] });
    expect(JSON.parse((await call(port, 'GET', '/v1/models')).body)).toMatchObject({ data: [{ id: 'chat' }] });
    expect((await call(port, 'POST', '/v1/completions')).status).toBe(400);
  });

  test('exports what vLLM exports, under its names and labels', async () => {
    const port = await start({ warmup: { requests: 1, factor: 1 } });
    await chat(port);
    await chat(port, true);
    const { body, headers } = await call(port, 'GET', '/metrics');
    expect(headers['content-type']).toContain('text/plain; version=0.0.4');
    for (const line of body.split('\n').filter((candidate) => candidate !== '')) {
      expect(line).toMatch(/^(# (HELP|TYPE) [a-z_:0-9]+ .+|[a-z_:0-9]+(\{([a-z_]+="[^"]*",?)+\})? [0-9.e+-]+)$/);
    }
    const labels = 'model_name="chat",engine="0"';
    expect(await metric(`vllm:time_to_first_token_seconds_count{${labels}}`)).toBe(2);
    expect(await metric(`vllm:time_to_first_token_seconds_bucket{le="2560",${labels}}`)).toBe(2);
    expect(await metric(`vllm:inter_token_latency_seconds_count{${labels}}`)).toBe(8);
    expect(await metric(`vllm:generation_tokens_total{${labels}}`)).toBe(10);
    expect(await metric(`vllm:iteration_tokens_total_count{${labels}}`)).toBe(10);
    expect(await metric(`vllm:request_success_total{${labels},finished_reason="stop"}`)).toBe(2);
    expect(await metric(`vllm:num_requests_running{${labels}}`)).toBe(0);
    expect(await metric('http_requests_total{method="POST",handler="/v1/chat/completions",status="2xx"}')).toBe(2);
    expect(await metric('http_requests_total{method="POST",handler="/v1/chat/completions",status="5xx"}')).toBeUndefined();
    const queries = (await metric(`vllm:prefix_cache_queries_total{${labels}}`))!;
    const hits = (await metric(`vllm:prefix_cache_hits_total{${labels}}`))!;
    // The first of the two requests found a cold cache.
    expect(hits).toBeGreaterThan(0);
    expect(hits).toBeLessThan(queries / 2);
  });

  test('queues what goes beyond --max-num-seqs', async () => {
    const port = await start({ ttftMs: 1000 }, ['--max-num-seqs', '2']);
    const requests = [chat(port), chat(port), chat(port)];
    await until(async () => (await metric('vllm:num_requests_waiting{model_name="chat",engine="0"}')) === 1);
    expect(await metric('vllm:num_requests_running{model_name="chat",engine="0"}')).toBe(2);
    expect((await Promise.all(requests)).map((seen) => seen.status)).toEqual([200, 200, 200]);
    expect(await metric('vllm:request_queue_time_seconds_sum{model_name="chat",engine="0"}')).toBeGreaterThan(0.1);
  });

  test('fails the stated share of requests', async () => {
    const port = await start({ errorRatio: 0.25 });
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await chat(port)).status));
    expect(statuses.filter((status) => status === 500)).toHaveLength(2);
    expect(await metric('http_requests_total{method="POST",handler="/v1/chat/completions",status="5xx"}')).toBe(2);
  });

  test('hangs after the stated number of requests while /health answers', async () => {
    const port = await start({ hangAfterRequests: 1 });
    await chat(port);
    const steps = await metric('vllm:iteration_tokens_total_count{model_name="chat",engine="0"}');
    const hanging = chat(port);
    await expect(Promise.race([hanging, new Promise((resolve) => setTimeout(resolve, 100, 'silence'))])).resolves.toBe('silence');
    expect((await call(port, 'GET', '/health')).status).toBe(200);
    expect(await metric('vllm:num_requests_running{model_name="chat",engine="0"}')).toBe(1);
    expect(await metric('vllm:iteration_tokens_total_count{model_name="chat",engine="0"}')).toBe(steps);
    engine.kill();
    await expect(hanging).rejects.toThrow('socket hang up');
  });

  test('crashes with exit code 1', async () => {
    await start({ crashAfterMs: 30 });
    await until(() => exitCode !== undefined);
    expect(exitCode).toBe(1);
  });

  test('is not healthy while it loads, nor ever when it never gets ready', async () => {
    const port = await start({ loadSeconds: 1 });
    expect((await call(port, 'GET', '/health')).status).toBe(503);
    await until(async () => (await call(port, 'GET', '/health')).status === 200);
    engine.kill();
    expect((await call(await start({ neverReady: true }), 'GET', '/health')).status).toBe(503);
  });

  describe('on SIGTERM', () => {
    const ANSWER_OF_300_MS = { tokens: 15, interTokenMs: 20 };

    test.each([true, false])('finishes a request in flight within --shutdown-timeout (stream: %s)', async (stream) => {
      const port = await start(ANSWER_OF_300_MS, ['--shutdown-timeout=60']);
      const agent = new Agent({ keepAlive: true });
      const inFlight = chat(port, stream, agent);
      await until(() => asked > 0);
      await engine.terminate();
      const seen = await inFlight;
      expect(seen).toMatchObject({ status: 200, complete: true });
      expect(stream ? seen.body : seen.headers.connection).toContain(stream ? '[DONE]' : 'close');
      expect(exitCode).toBe(0);
      // The kept connection was closed too.
      await until(() => Object.keys(agent.freeSockets).length === 0);
      await expect(chat(port, false, agent)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      agent.destroy();
    });

    test('accepts no new connection while it drains', async () => {
      const port = await start(ANSWER_OF_300_MS, ['--shutdown-timeout=60']);
      const inFlight = chat(port);
      await until(() => asked > 0);
      const ended = engine.terminate();
      await expect(chat(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await Promise.all([ended, inFlight]);
    });

    test('aborts requests in flight without --shutdown-timeout, which is the default', async () => {
      const port = await start({ ...ANSWER_OF_300_MS, tokens: 3000 });
      const inFlight = chat(port, true);
      await until(async () => (await metric('vllm:generation_tokens_total{model_name="chat",engine="0"}'))! > 0);
      await engine.terminate();
      expect(await inFlight).toMatchObject({ status: 200, complete: false });
    });
  });
});

describe('parseEngineArgs', () => {
  test.each([
    [['--model', 'org/m'], { modelName: 'org/m', maxNumSeqs: 256, shutdownTimeout: 0 }],
    [['serve', '--served-model-name=chat', '--model', 'org/m', '--max-num-seqs', '8', '--shutdown-timeout=30'], { modelName: 'chat', maxNumSeqs: 8, shutdownTimeout: 30 }],
    [[], { modelName: 'model', maxNumSeqs: 256, shutdownTimeout: 0 }],
  ])('%j', (args, expected) => {
    expect(parseEngineArgs(args)).toEqual(expected);
  });

  test('refuses what is not a number', () => {
    expect(() => parseEngineArgs(['--shutdown-timeout=long'])).toThrow("--shutdown-timeout: expected a number of 0 or more, got 'long'");
  });
});
