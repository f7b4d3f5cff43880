import { type KubernetesObject } from '../../../../constructs/kubernetes/contract/release-document';
import { production, rehearsal, staging } from '../../../../environments';
import { rolloutCommand } from '../../../../lib/commands/rollout/rollout-command';
import { analysisRun, canary, FakeCluster, replicaSet } from './fixture';

const PODS = [replicaSet('aaa', 'r1', 3, 3), replicaSet('bbb', 'r2', 1, 1), replicaSet('000', 'r0', 0, 0)];

async function run(cluster: FakeCluster, ...args: string[]): Promise<string> {
  const printed: string[] = [];
  const command = rolloutCommand({
    environments: [staging, production, rehearsal()],
    connect: () => Promise.resolve(cluster.client),
    print: (text) => printed.push(text),
    watchIntervalMs: 1,
  })
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  await command.parseAsync(args, { from: 'user' });
  return printed.join('\n');
}

describe('status', () => {
  test('says where the canary is, what is measured and what to do', async () => {
    const cluster = new FakeCluster([
      canary(),
      ...PODS,
      analysisRun('2026-01-01T00:00:00Z', '9'),
      analysisRun('2026-01-02T00:00:00Z', '1.04371'),
    ]);
    expect(await run(cluster, 'staging', 'chat', 'status')).toMatchInlineSnapshot(`
"chat in staging: holds a step
  revisions   stable  r1  3/3 ready  (aaa)
              canary  r2  1/1 ready  (bbb)
  weight      25 % planned, 25 % real
  step        2 of 6: hold 60s, 0 s left
              ✓ 25 %  ▶ hold 60s  · verdict  · 50 %  · hold 1m30s  · verdict
  gates       watch    time-to-first-token: 1.044  (limit at most 2; Running, 4 measured)
  next        npm run rollout -- staging chat promote   (end this step now; \`promote --full\` skips every step and gate)
              npm run rollout -- staging chat pause   (stay here, whatever the plan says)
              npm run rollout -- staging chat abort   (back to the stable revision)"
`);
    expect(cluster.written).toEqual([]);
  });

  test('says of a value that gates cannot judge yet, and of a failed query, what it is', async () => {
    expect(
      await run(new FakeCluster([canary(), ...PODS, analysisRun('a', '-1')]), 'staging', 'chat', 'status'),
    ).toContain('time-to-first-token: not judged yet');
    const run2 = analysisRun('a', '1');
    (run2.status as { metricResults: object[] }).metricResults = [
      {
        name: 'time-to-first-token',
        phase: 'Running',
        measurements: [{ phase: 'Error', message: 'connection refused' }],
      },
    ];
    expect(await run(new FakeCluster([canary(), ...PODS, run2]), 'staging', 'chat', 'status')).toContain(
      'not measured: connection refused',
    );
  });

  test('after an abort the weight is planned at 0 and resume is offered', async () => {
    const aborted = canary({
      abort: true,
      phase: 'Degraded',
      message: 'RolloutAborted: metric too high',
      pauseConditions: undefined,
    });
    const text = await run(
      new FakeCluster([aborted, replicaSet('aaa', 'r1', 4, 4), replicaSet('bbb', 'r2', 0, 0)]),
      'staging',
      'chat',
      'status',
    );
    expect(text).toContain('chat in staging: aborted: metric too high');
    expect(text).toContain('0 % planned, 0 % real');
    expect(text).toContain('npm run rollout -- staging chat resume');
  });

  test('a promoted revision that the controller marks as aborted, because a pod misses the progress deadline, has no canary to resume', async () => {
    const promoted = canary({
      stableRS: 'bbb',
      abort: true,
      phase: 'Degraded',
      message: 'RolloutAborted: timed out progressing',
      pauseConditions: undefined,
      currentStepIndex: 6,
    });
    const pending: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'slow', namespace: 'models', labels: { 'rollouts-pod-template-hash': 'bbb' } },
      status: { phase: 'Pending' },
    };
    const text = await run(
      new FakeCluster([promoted, replicaSet('bbb', 'r2', 4, 3), pending]),
      'staging',
      'chat',
      'status',
    );
    expect(text).not.toContain('chat in staging: aborted');
    expect(text).not.toContain('resume');
    expect(text).toContain('100 % planned');
    expect(text).toContain('pod slow is starting');
  });

  test('a first revision has nothing to go back to', async () => {
    const first = canary({
      stableRS: '',
      phase: 'Progressing',
      message: 'more replicas need to be updated',
      pauseConditions: undefined,
      currentStepIndex: 6,
    });
    const text = await run(new FakeCluster([first, replicaSet('bbb', 'r1', 4, 1)]), 'staging', 'chat', 'status');
    expect(text).toContain('its pods need only become ready');
    expect(text).not.toContain('abort');
  });

  test('tells that the controller has not looked yet', async () => {
    expect(
      await run(new FakeCluster([canary({ observedGeneration: '6' }), ...PODS]), 'staging', 'chat', 'status'),
    ).toContain('has not seen the last change');
  });
});

describe('verbs', () => {
  test('write spec and status apart, and a step only to the state that was read', async () => {
    const cluster = new FakeCluster([canary({}, true), ...PODS]);
    await run(cluster, 'staging', 'chat', 'promote');
    expect(cluster.written).toEqual([
      {
        change: {
          metadata: { name: 'chat', namespace: 'models', resourceVersion: '100' },
          status: { pauseConditions: null },
        },
        subresource: 'status',
      },
      { change: { spec: { paused: false } } },
    ]);
  });

  test('--full goes to the end', async () => {
    const cluster = new FakeCluster([canary(), ...PODS]);
    expect(await run(cluster, 'staging', 'chat', 'promote', '--full')).toContain('promoted in full');
    expect(cluster.written).toEqual([{ change: { status: { promoteFull: true } }, subresource: 'status' }]);
  });

  test('a change in between is told in words', async () => {
    const cluster = new FakeCluster([canary(), ...PODS]);
    cluster.refuseWith = Object.assign(new Error('conflict'), { code: 409 });
    await expect(run(cluster, 'staging', 'chat', 'promote')).rejects.toThrow(
      'chat changed while this was asked for, and nothing was done',
    );
  });

  test('--watch ends when nothing is rolling out', async () => {
    const healthy = canary({ currentPodHash: 'aaa', phase: 'Healthy', pauseConditions: undefined });
    expect(
      await run(new FakeCluster([healthy, replicaSet('aaa', 'r1', 4, 4)]), 'staging', 'chat', 'status', '--watch'),
    ).toContain('chat in staging: healthy');
    expect(process.exitCode).toBeUndefined();
  });

  test('--watch of an aborted canary is exit code 1', async () => {
    await run(
      new FakeCluster([canary({ abort: true }), replicaSet('aaa', 'r1', 4, 4)]),
      'staging',
      'chat',
      'status',
      '--watch',
    );
    expect(process.exitCode).toBe(1);
    process.exitCode = undefined;
  });
});

describe('what is refused', () => {
  test.each([
    [['nowhere', 'chat', 'status'], 'environment: expected staging, production, rehearsal, got "nowhere"'],
    [['staging', 'chta', 'status'], 'model: expected chat, coder, got "chta"'],
    [['staging', 'coder', 'status'], 'Rollout models/coder: expected it in the cluster, found none'],
    [['staging', 'chat', 'abort', '--full'], '--full: expected with promote, got it with abort'],
    [['staging', 'chat', 'stop'], 'Allowed choices are status, pause, resume, promote, abort'],
    [['staging', 'chat', 'resume'], 'chat is not paused by a person'],
  ])('%j', async (args, message) => {
    await expect(run(new FakeCluster([canary(), ...PODS]), ...args)).rejects.toThrow(message);
  });
});
