import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contractText, type EngineContract } from '../../../../rehearsal/engines/contract/engine-contract';
import { CONTRACTS } from '../../../../rehearsal/engines/contract/engine-contract-command';
import { podOf } from '../../../../rehearsal/engines/contract/pod-arguments';
import { KINDS, MISTAKES } from '../../../../rehearsal/engines/contract/request-kinds';
import { ENGINES } from '../../../../rehearsal/engines';
import { BOUNDARIES } from '../../../../lib/commands/gate-quality/recorded-latencies';
import { EngineDrain } from '../../../../constructs/serving/inference-engine';

const read = (file: string) => readFileSync(join(CONTRACTS, file), 'utf8');
const files = readdirSync(CONTRACTS);
const contracts = files.map((file): [string, EngineContract] => [file, JSON.parse(read(file)) as EngineContract]);
const podFor = ({ engine, version }: EngineContract) =>
  podOf(
    { engine, version, model: '/weights/chat/SmolLM2-135M-Instruct.Q4_1.gguf' },
    { port: 8000, weights: '/weights/chat', shutdownTimeoutSeconds: 60, cacheDirectory: '/cache' },
  );

/** Names of the series of a scrape that are in it. */
const seriesOf = ({ metrics }: EngineContract) =>
  metrics.flatMap(({ name, type }) =>
    type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
const labelsOf = ({ metrics }: EngineContract, name: string) => metrics.find((family) => family.name === name)?.labels;

test('every engine that can be had has a contract, and no other', () => {
  expect(files.sort()).toEqual(ENGINES.map((each) => `${each.replace(' ', '-')}.json`).sort());
});

describe.each(contracts)('%s', (file, contract) => {
  const { engine, version, requests } = contract;
  const pod = podFor(contract);
  const answer = (kind: string) => requests.find((request) => request.kind === kind)!;

  test('is as it was written, of the engine that its name says', () => {
    expect(contractText(contract)).toBe(read(file));
    expect(file).toBe(`${engine}-${version}.json`);
    expect(requests.map(({ kind }) => kind)).toEqual(KINDS.map(({ kind }) => kind));
  });

  test('was measured with the arguments that a pod gets', () => {
    expect(contract.arguments.slice(0, pod.args.length)).toEqual(pod.args);
    expect(contract.arguments.slice(pod.args.length)).toEqual(
      engine === 'vllm' ? ['--load-format=dummy', '--enforce-eager'] : [],
    );
  });

  test('has every metric that gates, alarms and scaling ask for', () => {
    const names = Object.values(pod.metrics).filter(
      (value): value is string => typeof value === 'string' && /^[\w:]+$/.test(value),
    );
    expect(names.length).toBeGreaterThanOrEqual(3);
    expect(names.filter((name) => !seriesOf(contract).includes(name))).toEqual([]);
  });

  test('answers probes where the pod asks', () => {
    expect([pod.healthPath, pod.metricsPath]).toEqual(['/health', '/metrics']);
    expect(
      requests.filter(({ kind }) => kind === 'whole' || kind === 'stream').map(({ answered }) => answered),
    ).toEqual([200, 200]);
  });

  test('hides a hang from its health', () => {
    expect([contract.hang.idle.health, contract.hang.work.health]).toEqual([200, 200]);
    expect([contract.hang.idle.iterations, contract.hang.work.iterations]).toEqual([false, false]);
  });

  test('ends by itself when it has nothing to do, within the slack of the grace period', () => {
    expect(contract.drain.idle.exitCode).toBe(0);
    expect(contract.drain.idle.seconds).toBeLessThan(30);
  });

  if (engine === 'vllm') {
    test('labels requests with path, method and class of status', () => {
      expect(labelsOf(contract, pod.metrics.httpRequests!)).toEqual(['handler', 'method', 'status']);
      expect(labelsOf(contract, pod.metrics.timeToFirstToken!)).toEqual(['engine', 'model_name']);
      expect([answer('whole').counted, answer('stream').counted]).toEqual([['2xx'], ['2xx']]);
    });

    test('has the buckets that the quality of gates is reckoned with', () => {
      expect(contract.metrics.find(({ name }) => name === pod.metrics.timeToFirstToken)?.buckets).toEqual(BOUNDARIES);
    });

    test('counts requests by which the caller gave up as answered', () => {
      expect([answer('given up, whole').counted, answer('given up, stream').counted]).toEqual([['2xx'], ['2xx']]);
      expect([contract.hang.idle.counted, contract.hang.work.counted]).toEqual([['2xx'], ['2xx']]);
    });

    test('says nothing of a hang that begins idle in its gauges, and holds them in one at work', () => {
      expect([contract.hang.idle.running, contract.hang.idle.waiting]).toEqual([0, 0]);
      expect(contract.hang.work.running).toBeGreaterThan(0);
    });

    test('refuses every mistake of a client with 4xx', () => {
      expect(MISTAKES.map(({ kind }) => [kind, Math.floor(Number(answer(kind).answered) / 100)])).toEqual(
        MISTAKES.map(({ kind }) => [kind, 4]),
      );
    });

    test('finishes what is in flight within the shutdown timeout, not beyond it', () => {
      expect(contract.drain.within).toMatchObject({
        inFlight: { streams: 'finished', whole: 'finished' },
        exitCode: 0,
      });
      expect(contract.drain.beyond).toEqual({
        inFlight: { streams: 'none', whole: 'none' },
        endsByItself: false,
        exitCode: null,
      });
    });

    test('takes its grace period when it ends while it loads', () => {
      expect(contract.loading).toEqual({ sigtermSeconds: null, exitCode: null });
    });

    test('ends a crash with exit code 0, and its answers with errors', () => {
      expect(contract.crash).toMatchObject({
        whole: 500,
        stream: '200, error event, [DONE]',
        health: 503,
        exitCode: 0,
      });
    });
  } else {
    test('tells no request and no status, and a hang from idle by not being scraped', () => {
      expect(pod.metrics.httpRequests).toBeUndefined();
      expect(requests.flatMap(({ counted }) => counted)).toEqual([]);
      expect([contract.hang.idle.running, contract.hang.work.running]).toEqual(['none', expect.any(Number)]);
    });

    test('drops what is in flight at SIGTERM, so that the pod holds it back', () => {
      expect(contract.drain.within.inFlight).toEqual({ streams: 'cut', whole: 'none' });
      expect(pod.drain).toBe(EngineDrain.PRE_STOP);
    });

    test('ends by a signal when it crashes', () => {
      expect(contract.crash.exitCode).toBe(137);
    });
  }
});
