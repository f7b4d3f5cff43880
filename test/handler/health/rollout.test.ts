import { type KubernetesClient } from '../../../kubernetes-client/kubernetes-client';
import { isShiftingTraffic, rolloutHealth } from '../../../handler/health/rollout';
import { type KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';

const SINCE = Date.parse('2026-01-01T00:00:00Z');
const MINUTE = 60_000;

function rollout(status: object): KubernetesObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'chat', namespace: 'models', generation: 1 },
    spec: {},
    status: { observedGeneration: '1', ...status },
  };
}

/** A cluster that holds one pod for which no node has room. */
const crowded = {
  list: (_apiVersion: string, kind: string) =>
    Promise.resolve(
      kind !== 'Pod'
        ? []
        : [
            {
              apiVersion: 'v1',
              kind,
              metadata: { name: 'back', namespace: 'models' },
              status: {
                conditions: [
                  {
                    type: 'PodScheduled',
                    status: 'False',
                    message: 'no node',
                    lastTransitionTime: '2026-01-01T00:00:00Z',
                  },
                ],
              },
            },
          ],
    ),
} as unknown as KubernetesClient;

describe('patience for capacity', () => {
  const promoted = {
    phase: 'Progressing',
    currentPodHash: 'a',
    stableRS: 'b',
    promoteFull: true,
    availableReplicas: 1,
  };
  const after = (milliseconds: number, status: object = {}, stableBefore = true) =>
    rolloutHealth(crowded, rollout({ ...promoted, ...status }), {
      stableBefore,
      isRollback: false,
      detached: false,
      startedAt: SINCE,
      now: SINCE + milliseconds,
    });
  const waiting = { state: 'progressing', reason: 'pod back cannot be scheduled: no node' };

  test('a full promotion that has had no room for a minute lets the deployment end, not a moment before', async () => {
    expect(await after(MINUTE - 1)).toMatchObject(waiting);
    expect(await after(MINUTE)).toMatchObject({ state: 'healthy', continues: true });
  });

  test('nothing else does: not where no one serves, not for a canary', async () => {
    expect(await after(2 * MINUTE, { availableReplicas: 0 })).toMatchObject(waiting);
    expect(await after(2 * MINUTE, { promoteFull: false }, false)).toMatchObject(waiting);
  });
});

test('taken back from full weight, pods of the bad revision are no reason to end', async () => {
  const none = { list: () => Promise.resolve([]) } as unknown as KubernetesClient;
  const after = (status: object, client = none) =>
    rolloutHealth(
      client,
      rollout({ phase: 'Progressing', currentPodHash: 'a', stableRS: 'a', availableReplicas: 8, ...status }),
      {
        stableBefore: true,
        isRollback: true,
        detached: false,
        startedAt: SINCE,
        now: SINCE + 20 * MINUTE,
      },
    );
  expect(await after({ replicas: 10, updatedReplicas: 2 })).toMatchObject({
    state: 'progressing',
    reason: '8 pods of another revision are still to be replaced',
  });
  expect(await after({ replicas: 8, updatedReplicas: 8 })).toMatchObject({ state: 'healthy', continues: true });
  // Where no node has room for the first of them, waiting helps nobody.
  expect(await after({ replicas: 9, updatedReplicas: 1 }, crowded)).toMatchObject({
    state: 'healthy',
    continues: true,
  });
});

test.each([
  [false, 'before its first revision is stable', { currentPodHash: 'a' }],
  [false, 'at rest', { currentPodHash: 'a', stableRS: 'a', canary: { weights: { canary: { weight: 0 } } } }],
  [true, 'with a canary that has no weight yet', { currentPodHash: 'b', stableRS: 'a' }],
  [true, 'with a canary', { currentPodHash: 'b', stableRS: 'a', canary: { weights: { canary: { weight: 30 } } } }],
  [
    true,
    'just promoted, the weights not yet returned',
    { currentPodHash: 'b', stableRS: 'b', canary: { weights: { canary: { weight: 100 } } } },
  ],
  [
    true,
    'aborted, the weights not yet returned',
    { abort: true, currentPodHash: 'b', stableRS: 'a', canary: { weights: { canary: { weight: 30 } } } },
  ],
  [
    false,
    'aborted',
    { abort: true, currentPodHash: 'b', stableRS: 'a', canary: { weights: { canary: { weight: 0 } } } },
  ],
])('shifts traffic: %s, %s', (shifts, _, status) => {
  expect(isShiftingTraffic(rollout(status))).toBe(shifts);
});

describe('an engine that has served and ended', () => {
  const at = (second: number) => new Date(SINCE + second * 1000).toISOString();
  /** A cluster with one pod, whose container was restarted after its first run from second 2 to second 90. */
  const withPod = (readyUntil: number, container: object = {}): KubernetesClient => {
    const status = {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: at(readyUntil) }],
      containerStatuses: [
        {
          name: 'engine',
          ready: false,
          restartCount: 1,
          state: { running: { startedAt: at(91) } },
          lastState: { terminated: { exitCode: 0, startedAt: at(2), finishedAt: at(90) } },
          ...container,
        },
      ],
    };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'new', namespace: 'models' }, status };
    return {
      list: (_: string, kind: string) => Promise.resolve(kind === 'Pod' ? [pod] : []),
    } as unknown as KubernetesClient;
  };
  const canary = { phase: 'Paused', currentPodHash: 'b', stableRS: 'a', availableReplicas: 2 };
  const expected = {
    stableBefore: false,
    isRollback: false,
    detached: false,
    startedAt: SINCE,
    now: SINCE + 2 * MINUTE,
  };
  const ENDED = 'pod new: container engine ended while it served (ended by itself with exit code 0)';

  test('ends the canary at once', async () => {
    expect(await rolloutHealth(withPod(90), rollout(canary), expected)).toEqual({ state: 'failed', reason: ENDED });
    const again = withPod(90, { restartCount: 2, state: { waiting: { reason: 'CrashLoopBackOff' } } });
    expect(await rolloutHealth(again, rollout(canary), expected)).toMatchObject({ state: 'failed' });
  });

  test('is waited for where it never was ready, as one that was unlucky at its start', async () => {
    expect(await rolloutHealth(withPod(1), rollout(canary), expected)).toMatchObject({ state: 'progressing' });
  });

  test('is waited for in a revision that serves alone, or is taken back', async () => {
    const alone = rollout({ ...canary, phase: 'Progressing', stableRS: 'b' });
    expect(await rolloutHealth(withPod(90), alone, expected)).toMatchObject({ state: 'progressing', reason: ENDED });
    const back = await rolloutHealth(withPod(90), rollout(canary), { ...expected, isRollback: true });
    expect(back).toMatchObject({ state: 'progressing' });
  });
});
