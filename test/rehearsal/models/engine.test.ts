import { Agent } from 'node:http';
import { SimulatedEngine } from '../../../rehearsal/models/engine';
import { parseEngineArgs } from '../../../rehearsal/models/engine-args';
import type { RevisionProfile } from '../../../rehearsal/models/profiles';
import { call, chat, until } from './http-client';

const QUICK: RevisionProfile = { ttftMs: 10, interTokenMs: 2, tokens: 5, jitter: 0 };

const OLD = 'vllm/vllm-openai:v0.18.1';
const NEW = 'vllm/vllm-openai:v0.32.0';

describe('SimulatedEngine', () => {
  let engine: SimulatedEngine;
  let exitCode: number | undefined;
  /** How often the engine was asked for anything; it is by the time that a request is in flight. */
  let asked: number;

  async function start(profile: Partial<RevisionProfile> = {}, args: string[] = [], image?: string): Promise<number> {
    exitCode = undefined;
    asked = 0;
    engine = await SimulatedEngine.start({
      args: parseEngineArgs(['--served-model-name=chat', ...args], image),
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
      object: 'chat.completion',
      model: 'chat',
      usage: { completion_tokens: 5 },
      choices: [{ finish_reason: 'stop' }],
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
    expect(JSON.parse(seen.body)).toMatchObject({
      object: 'text_completion',
      usage: { completion_tokens: 2 },
      choices: [{ finish_reason: 'length' }],
    });
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
    expect(
      await metric('http_requests_total{method="POST",handler="/v1/chat/completions",status="5xx"}'),
    ).toBeUndefined();
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

  test('hangs at work after the stated number of requests while /health answers', async () => {
    const port = await start({ hang: { afterRequests: 1, from: 'work' } });
    await chat(port);
    const steps = await metric('vllm:iteration_tokens_total_count{model_name="chat",engine="0"}');
    const hanging = chat(port);
    await expect(Promise.race([hanging, new Promise((resolve) => setTimeout(resolve, 100, 'silence'))])).resolves.toBe(
      'silence',
    );
    expect((await call(port, 'GET', '/health')).status).toBe(200);
    expect(await metric('vllm:num_requests_running{model_name="chat",engine="0"}')).toBe(1);
    expect(await metric('vllm:iteration_tokens_total_count{model_name="chat",engine="0"}')).toBe(steps);
    engine.kill();
    await expect(hanging).rejects.toThrow('socket hang up');
  });

  test('hangs from idle without a metric that says so: nothing runs, nothing waits', async () => {
    const port = await start({ hang: { afterRequests: 1, from: 'idle' } });
    await chat(port);
    const agent = new Agent();
    const hanging = [chat(port, true, agent), chat(port, false, agent)].map((request) =>
      request.catch(() => undefined),
    );
    await until(() => Object.keys(agent.sockets).length > 0 && asked > 6);
    expect((await call(port, 'GET', '/health')).status).toBe(200);
    expect(await metric('vllm:num_requests_running{model_name="chat",engine="0"}')).toBe(0);
    expect(await metric('vllm:num_requests_waiting{model_name="chat",engine="0"}')).toBe(0);
    agent.destroy();
    await Promise.all(hanging);
    // What the clients gave up counts as answered, by the server; the engine has finished none of it.
    await until(
      async () =>
        (await metric('http_requests_total{method="POST",handler="/v1/chat/completions",status="2xx"}')) === 3,
    );
    expect(await metric('vllm:request_success_total{model_name="chat",engine="0",finished_reason="stop"}')).toBe(1);
    expect(await metric('vllm:request_success_total{model_name="chat",engine="0",finished_reason="abort"}')).toBe(0);
    expect(await metric('vllm:request_queue_time_seconds_count{model_name="chat",engine="0"}')).toBe(1);
  });

  test('starts to work again when a hang is over', async () => {
    let hang: RevisionProfile['hang'] = { afterRequests: 0, from: 'idle' };
    engine = await SimulatedEngine.start({
      args: parseEngineArgs([]),
      profile: () => ({ ...QUICK, hang }),
      onExit: () => undefined,
    });
    const first = chat(engine.port);
    await expect(Promise.race([first, new Promise((resolve) => setTimeout(resolve, 100, 'silence'))])).resolves.toBe(
      'silence',
    );
    hang = undefined;
    expect((await chat(engine.port)).status).toBe(200);
    expect((await first).status).toBe(200);
  });

  test('observes queue time when a request ends, and the time to its first token with the token', async () => {
    const port = await start({ tokens: 3000, interTokenMs: 20 });
    const agent = new Agent();
    const streaming = chat(port, true, agent);
    await until(
      async () => (await metric('vllm:time_to_first_token_seconds_count{model_name="chat",engine="0"}')) === 1,
    );
    expect(await metric('vllm:request_queue_time_seconds_count{model_name="chat",engine="0"}')).toBe(0);
    agent.destroy();
    await streaming;
  });

  test('breaks the stated share of streams after their status, and counts them 2xx', async () => {
    const port = await start({ brokenStreamRatio: 0.5 });
    const streams = [await chat(port, true), await chat(port, true), await chat(port, true), await chat(port, true)];
    expect(streams.map(({ status, complete }) => ({ status, complete }))).toEqual(
      streams.map(() => ({ status: 200, complete: true })),
    );
    const broken = streams.filter(({ body }) => body.includes('"error"'));
    expect(broken).toHaveLength(2);
    expect(broken[0].body.trimEnd().split('\n\n')).toHaveLength(3);
    expect(broken[0].body.trimEnd().endsWith('data: [DONE]')).toBe(true);
    expect((await chat(port)).status).toBe(200);
    expect(await metric('http_requests_total{method="POST",handler="/v1/chat/completions",status="2xx"}')).toBe(5);
    expect(await metric('vllm:request_success_total{model_name="chat",engine="0",finished_reason="error"}')).toBe(2);
  });

  test('ends with exit code 0 when its core dies: whole answers are 500, streams break after 200', async () => {
    const port = await start({ crashAfterMs: 300, tokens: 3000, interTokenMs: 20 });
    const [stream, whole] = await Promise.all([chat(port, true), chat(port)]);
    expect(stream).toMatchObject({
      status: 200,
      complete: true,
      body: expect.stringMatching(/"code":500\}\}\n\ndata: \[DONE\]\n\n$/) as string,
    });
    expect(whole.status).toBe(500);
    expect((await call(port, 'GET', '/health')).status).toBe(503);
    expect((await chat(port)).status).toBe(500);
    await until(() => exitCode !== undefined);
    expect(exitCode).toBe(0);
    await expect(chat(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('ends with exit code 1 when its core dies while it loads', async () => {
    await start({ crashAfterMs: 30, loadSeconds: 60 });
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

    test.each([true, false])(
      '0.18 finishes a request in flight and refuses connections (stream: %s)',
      async (stream) => {
        const port = await start(ANSWER_OF_300_MS, ['--shutdown-timeout=60'], OLD);
        const agent = new Agent({ keepAlive: true });
        const inFlight = chat(port, stream, agent);
        await until(async () => (await metric('vllm:num_requests_running{model_name="chat",engine="0"}')) === 1);
        const ended = engine.terminate();
        await expect(call(port, 'GET', '/health')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
        await ended;
        const seen = await inFlight;
        expect(seen).toMatchObject({ status: 200, complete: true });
        // The headers of a stream were sent before.
        expect(stream ? seen.body : seen.headers.connection).toContain(stream ? '[DONE]' : 'close');
        expect(exitCode).toBe(0);
        // The kept connection was closed too.
        await until(() => Object.keys(agent.freeSockets).length === 0);
        await expect(chat(port, false, agent)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
        agent.destroy();
      },
    );

    test.each([true, false])(
      '0.32 finishes a request in flight, stays healthy and answers new ones 500 until it ends (stream: %s)',
      async (stream) => {
        const port = await start(ANSWER_OF_300_MS, ['--shutdown-timeout=60'], NEW);
        const inFlight = chat(port, stream);
        await until(async () => (await metric('vllm:num_requests_running{model_name="chat",engine="0"}')) === 1);
        const ended = engine.terminate();
        expect(await chat(port)).toMatchObject({
          status: 500,
          body: expect.stringContaining('after shutdown') as string,
        });
        expect((await call(port, 'GET', '/health')).status).toBe(200);
        expect(await metric('http_requests_total{method="POST",handler="/v1/chat/completions",status="5xx"}')).toBe(1);
        expect(await inFlight).toMatchObject({ status: 200, complete: true });
        expect((await call(port, 'GET', '/health')).status).toBe(200);
        await ended;
        expect(exitCode).toBe(0);
      },
    );

    test.each([OLD, NEW])(
      '%s: a request that outlasts --shutdown-timeout gets no byte and no end, nor does the process end before its client leaves',
      async (image) => {
        const port = await start({ ...ANSWER_OF_300_MS, tokens: 3000 }, ['--shutdown-timeout=0.2'], image);
        const agent = new Agent();
        const inFlight = [chat(port, true, agent), chat(port, false, agent)].map((request) =>
          request.catch((error: Error) => error),
        );
        await until(async () => (await metric('vllm:num_requests_running{model_name="chat",engine="0"}')) === 2);
        const ended = engine.terminate();
        await until(() =>
          call(port, 'GET', '/health').then(
            () => false,
            () => true,
          ),
        );
        await expect(
          Promise.race([...inFlight, ended, new Promise((resolve) => setTimeout(resolve, 600, 'silence'))]),
        ).resolves.toBe('silence');
        agent.destroy();
        await ended;
        expect(exitCode).toBe(0);
      },
    );

    test.each([OLD, NEW])('%s: stays until SIGKILL while it loads', async (image) => {
      const port = await start({ loadSeconds: 0.1, neverReady: false }, [], image);
      void engine.terminate();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(exitCode).toBeUndefined();
      expect((await call(port, 'GET', '/health')).status).toBe(503);
      engine.kill();
      expect(exitCode).toBe(137);
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
  const DEFAULTS = { maxNumSeqs: 256, maxModelLen: Infinity, shutdownTimeout: 0 };

  test.each([
    [['--model', 'org/m'], { ...DEFAULTS, modelName: 'org/m' }],
    [
      [
        'serve',
        '--served-model-name=chat',
        '--model',
        'org/m',
        '--max-num-seqs',
        '8',
        '--max-model-len=4096',
        '--shutdown-timeout=30',
      ],
      { modelName: 'chat', maxNumSeqs: 8, maxModelLen: 4096, shutdownTimeout: 30 },
    ],
    [[], DEFAULTS],
  ])('%j', (args, expected) => {
    expect(parseEngineArgs(args)).toEqual(expected);
  });

  test.each([
    ['vllm/vllm-openai:v0.18.1', '0.18.1'],
    ['registry.example:5000/vllm:0.32.0-cu130@sha256:00', '0.32.0'],
    ['registry.example:5000/vllm', undefined],
  ])('reads the version of %s', (image, version) => {
    expect(parseEngineArgs([], image).version).toBe(version);
  });

  test('refuses what is not a number', () => {
    expect(() => parseEngineArgs(['--shutdown-timeout=long'])).toThrow(
      "--shutdown-timeout: expected a number of 0 or more, got 'long'",
    );
  });
});
