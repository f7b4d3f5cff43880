import { Duration, Lazy } from 'aws-cdk-lib';
import { type CanaryOptions } from '../../../constructs/rollout/canary-options';
import { HealthGate } from '../../../constructs/rollout/health-gate';
import { TooFewRequests } from '../../../constructs/rollout/judgement';
import { RolloutStrategy } from '../../../constructs/rollout/rollout-strategy';
import { type ITrafficSplit } from '../../../constructs/rollout/traffic-split';
import { problems, render, SUBJECT } from './subject';

const STEPS = [
  { weight: 25, hold: Duration.seconds(60) },
  { weight: 50, hold: Duration.seconds(120) },
];
const JUDGEMENT = {
  warmUp: Duration.seconds(5),
  window: Duration.seconds(10),
  interval: Duration.seconds(2),
  minimumRequests: 20,
  minimumRequestsTimeout: Duration.seconds(60),
};

/** A split that routes, as a load balancer does. */
const routed: ITrafficSplit = {
  bind: ({ replicas, weights }) => ({
    weights: weights.map((weight) => ({
      weight,
      actualWeight: weight,
      canaryReplicas: Math.ceil((replicas * weight) / 100),
      stableReplicas: replicas,
    })),
    trafficRoutingJson: JSON.stringify({ alb: { ingress: 'chat', servicePort: 8000 } }),
  }),
};

describe('canary', () => {
  test('sets a weight, holds it, and waits for the verdict of the gates, step by step; a watch goes on from the first weight', () => {
    const { strategy, templates } = render(
      RolloutStrategy.canary({
        steps: STEPS,
        gates: [HealthGate.timeToFirstToken(), HealthGate.forwardProgress()],
        judgement: JUDGEMENT,
        bakeTime: Duration.seconds(0),
      }),
    );
    const args = [
      { name: 'canary-hash', valueFrom: { podTemplateHashValue: 'Latest' } },
      { name: 'stable-hash', valueFrom: { podTemplateHashValue: 'Stable' } },
    ];
    const verdict = { analysis: { templates: [{ templateName: 'chat-verdict' }], args } };
    expect(strategy).toEqual({
      canary: {
        canaryService: 'chat-canary',
        canaryMetadata: { annotations: { 'karpenter.sh/do-not-disrupt': 'true' } },
        maxSurge: 1,
        maxUnavailable: 0,
        analysis: {
          templates: [{ templateName: 'chat-time-to-first-token' }, { templateName: 'chat-forward-progress' }],
          args,
          startingStep: 1,
        },
        steps: [
          { setWeight: 25 },
          { pause: { duration: '60s' } },
          verdict,
          { setWeight: 50 },
          { pause: { duration: '120s' } },
          verdict,
        ],
      },
    });
    expect(templates.map(({ name }) => name)).toEqual([
      'chat-time-to-first-token',
      'chat-forward-progress',
      'chat-verdict',
    ]);
  });

  test('without gates only holds', () => {
    const { strategy, templates } = render(RolloutStrategy.canary({ steps: [{ weight: 50 }] }));
    expect(strategy.canary).toEqual({
      canaryService: 'chat-canary',
      canaryMetadata: { annotations: { 'karpenter.sh/do-not-disrupt': 'true' } },
      maxSurge: 1,
      maxUnavailable: 0,
      steps: [{ setWeight: 50 }],
    });
    expect(templates).toEqual([]);
  });

  test('tells what weights will really be, and which replicas it needs', () => {
    const strategy = RolloutStrategy.canary({ steps: [{ weight: 10 }, { weight: 50 }] });
    expect(strategy.effectiveWeights(4)).toEqual([
      { weight: 10, actualWeight: 20, canaryReplicas: 1, stableReplicas: 4 },
      { weight: 50, actualWeight: 50, canaryReplicas: 2, stableReplicas: 2 },
    ]);
    expect(strategy.surgeReplicas(4)).toBe(1);
    expect(strategy.notes(4)).toEqual([
      'a weight of 10 % will be 20 %: 1 of 5 replicas',
      'a rollout needs room for 1 more than 4 replicas; without it the canary stays pending until it is aborted',
      'an abort at 50 % starts 2 replicas of the old revision anew, in 2 turns; until they are ready the canary keeps as many, and their share of requests',
    ]);
    expect(RolloutStrategy.canary({ steps: [{ weight: 50 }] }).notes(2)).toContainEqual(
      expect.stringMatching(/^an abort at 50 % starts 1 replica of the old revision anew, in 1 turn;/),
    );
    expect(
      RolloutStrategy.canary({ steps: [{ weight: 20 }] })
        .notes(4)
        .filter((note) => note.startsWith('an abort')),
    ).toEqual([]);
    expect(
      RolloutStrategy.canary({ steps: [{ weight: 50 }], trafficSplit: routed })
        .notes(4)
        .filter((note) => note.startsWith('an abort')),
    ).toEqual([]);
    expect(RolloutStrategy.canary({ steps: STEPS, maxSurge: 0, maxUnavailable: 1 }).notes(4)).toEqual([
      expect.stringMatching(/^an abort at /),
      'a rollout takes 1 of 4 replicas out of service while their successors start',
    ]);
  });

  test('says what its bake keeps for the way back, and which replicas a split that routes needs', () => {
    const options = { steps: STEPS, bakeTime: Duration.seconds(600) };
    const notes = (more: object) =>
      RolloutStrategy.canary({ ...options, ...more })
        .notes(4)
        .find((note) => note.includes('bakes'));
    expect(notes({ maxSurge: 2 })).toBe(
      'after the last step a rollout bakes for 600 s at full weight; the old pods are gone by then, and the way back is a cold start of 4 replicas in 2 turns, until which requests go to the new ones',
    );
    expect(notes({ trafficSplit: routed })).toBe(
      'after the last step a rollout bakes for 600 s at full weight; 4 old replicas stay with their GPUs until it is over, and are the way back at once',
    );
    expect(notes({ trafficSplit: routed, dynamicStableScale: true })).toContain(
      'the way back is a cold start of 4 replicas',
    );
    expect(notes({ bakeTime: Duration.seconds(0) })).toBeUndefined();
    expect(RolloutStrategy.canary({ ...options, trafficSplit: routed }).surgeReplicas(4)).toBe(4);
    // From 2 of 4 to 4 of 4: what is left of the stable revision goes when the canary is there.
    expect(
      RolloutStrategy.canary({ ...options, trafficSplit: routed, dynamicStableScale: true }).surgeReplicas(4),
    ).toBe(2);
  });

  test('says that it promotes what could not be compared, when it was told to', () => {
    const notes = (tooFewRequests: TooFewRequests) =>
      RolloutStrategy.canary({ steps: STEPS, gates: [HealthGate.errorRatio()], judgement: { tooFewRequests } })
        .notes(4)
        .join();
    expect(notes(TooFewRequests.PASS)).toContain(
      'promoted all the same: nothing is known of it but that its pods are ready',
    );
    expect(notes(TooFewRequests.FAIL)).not.toContain('promoted all the same');
  });

  test('is planned as its holds and the start of each replica, as many at a time as it may surge', () => {
    const planned = (options: object) =>
      RolloutStrategy.canary({ steps: STEPS, ...options })._plan.plannedSeconds(SUBJECT);
    // One at 25 %, one more at 50 %, two more for the promotion.
    expect(planned({})).toBe(180 + 4 * 300);
    expect(planned({ maxSurge: 2 })).toBe(180 + 3 * 300);
    expect(planned({ maxSurge: 4 })).toBe(180 + 3 * 300);
    expect(planned({ bakeTime: Duration.seconds(60) })).toBe(180 + 60 + 4 * 300);
    expect(planned({ gates: [HealthGate.errorRatio()] })).toBe(180 + 420 + 4 * 300);
  });

  test('is planned with the wait for new nodes, once for each step that has more pods at once than there were', () => {
    const waits = (options: object, replicas = 4) => {
      const planned = (expectedNodeWaitSeconds: number) =>
        RolloutStrategy.canary({ steps: STEPS, ...options })._plan.plannedSeconds({
          ...SUBJECT,
          replicas,
          expectedNodeWaitSeconds,
        });
      return planned(1) - planned(0);
    };
    // One node more; later pods take the places of those that have ended.
    expect(waits({})).toBe(1);
    // Of 8: at 13 % one more, at 50 % two more than that; the promotion has three to spare by then.
    expect(waits({ steps: [{ weight: 13 }, { weight: 50 }], maxSurge: 3 }, 8)).toBe(2);
    expect(waits({ maxSurge: 0, maxUnavailable: 1 })).toBe(0);
    // A split that routes keeps the stable pods.
    expect(waits({ trafficSplit: routed })).toBe(3);
    expect(RolloutStrategy.rolling()._plan.plannedSeconds({ ...SUBJECT, expectedNodeWaitSeconds: 60 })).toBe(
      4 * 300 + 60,
    );
    expect(RolloutStrategy.blueGreen()._plan.plannedSeconds({ ...SUBJECT, expectedNodeWaitSeconds: 60 })).toBe(
      300 + 60,
    );
  });

  test('with deploy-time replicas is not judged by them', () => {
    const replicas = Lazy.number({ produce: () => 4 });
    const strategy = RolloutStrategy.canary({ steps: STEPS });
    expect(problems(strategy, { replicas })).toEqual([]);
    expect(strategy.effectiveWeights(replicas)).toEqual([]);
    expect(strategy._plan.plannedSeconds({ ...SUBJECT, replicas })).toBe(180);
    expect(strategy.notes(replicas)).toEqual([
      'a rollout needs room for 1 more than the replicas; without it the canary stays pending until it is aborted',
    ]);
  });
});

describe('what a canary refuses', () => {
  const canary = (options: Partial<Parameters<typeof RolloutStrategy.canary>[0]>) =>
    problems(RolloutStrategy.canary({ steps: STEPS, ...options }));

  test('nothing of a good one', () => {
    expect(canary({ gates: [HealthGate.timeToFirstToken()], judgement: JUDGEMENT })).toEqual([]);
  });

  test('no steps', () => {
    expect(canary({ steps: [] })).toEqual([expect.stringContaining('steps: expected at least one, got none')]);
  });

  test('weights that do not ascend or are no percentages, all at once', () => {
    expect(
      canary({
        steps: [
          { weight: 50 },
          { weight: 25, hold: Duration.millis(500) },
          { weight: 0 },
          { weight: 101 },
          { weight: 60.5 },
        ],
      }),
    ).toEqual(
      expect.arrayContaining([
        expect.stringContaining('steps[2].weight: expected a whole number from 1 to 100, got 0'),
        expect.stringContaining('steps[3].weight: expected a whole number from 1 to 100, got 101'),
        expect.stringContaining('steps[4].weight: expected a whole number from 1 to 100, got 60.5'),
        expect.stringContaining('steps: expected ascending weights, got 50, 25, 0, 101, 60.5'),
        expect.stringContaining(
          'steps[1].hold: expected a whole number of seconds from 0, got 0.5; it is the time at this weight',
        ),
      ]),
    );
  });

  test('the same weight twice', () => {
    expect(canary({ steps: [{ weight: 25 }, { weight: 25 }] })).toEqual([
      expect.stringContaining('steps: expected ascending weights, got 25, 25'),
    ]);
  });

  test('a weight at which no stable replica is left to compare with', () => {
    const steps = [{ weight: 50 }, { weight: 100 }];
    expect(canary({ steps })).toEqual([]);
    expect(canary({ steps, gates: [HealthGate.errorRatio()] })).toEqual([
      expect.stringContaining(
        'steps[1].weight: expected a weight that leaves a stable replica to compare with, got 100 % of 4',
      ),
    ]);
  });

  test('a weight at which the canary gets no replica', () => {
    expect(
      problems(RolloutStrategy.canary({ steps: [{ weight: 25 }], maxSurge: 0, maxUnavailable: 1 }), { replicas: 1 }),
    ).toEqual([
      expect.stringContaining('steps[0].weight: expected a weight that is at least one replica, got 25 % of 1'),
    ]);
  });

  test('nothing that can be replaced is one problem, and no weight is another', () => {
    expect(
      problems(
        RolloutStrategy.canary({
          steps: [{ weight: 50 }],
          maxSurge: 0,
          maxUnavailable: 0,
          gates: [HealthGate.errorRatio()],
        }),
        { replicas: 1 },
      ),
    ).toEqual([expect.stringContaining('maxSurge: expected more than 0 beside maxUnavailable 0')]);
  });

  test.each([
    [{ maxSurge: 0, maxUnavailable: 0 }, 'maxSurge: expected more than 0 beside maxUnavailable 0'],
    [{ maxSurge: 0.5 }, 'maxSurge: expected a whole number from 0, got 0.5'],
    [{ dynamicStableScale: true }, 'dynamicStableScale: expected a traffic split that routes'],
    [{ scaleDownDelay: Duration.seconds(30) }, 'scaleDownDelay: expected a traffic split that routes'],
    [{ abortScaleDownDelay: Duration.seconds(30) }, 'abortScaleDownDelay: expected a traffic split that routes'],
    [{ steps: [{ weight: 25, canaryReplicas: 1 }] }, 'steps canaryReplicas: expected a traffic split that routes'],
    [
      { trafficSplit: routed, dynamicStableScale: true, scaleDownDelay: Duration.seconds(30) },
      'dynamicStableScale: expected no scaleDownDelay beside it',
    ],
    [{ trafficSplit: routed, dynamicStableScale: true, minPodsPerReplicaSet: 1 }, '#4841'],
    [{ trafficSplit: routed, dynamicStableScale: true, abortScaleDownDelay: Duration.seconds(30) }, '#4900'],
  ])('%j', (options, message) => {
    expect(canary(options)).toEqual([expect.stringContaining(message)]);
  });

  test('two Services of one name, where traffic is routed between them', () => {
    const strategy = RolloutStrategy.canary({ steps: STEPS, trafficSplit: routed });
    expect(problems(strategy, { canaryService: 'chat' })).toEqual([
      expect.stringContaining('trafficSplit: expected two Services to route between'),
    ]);
  });
});

test('a split that routes has a stable Service, weights as asked for, and may use what needs routing', () => {
  const strategy = RolloutStrategy.canary({
    steps: [{ weight: 5, canaryReplicas: 1 }],
    trafficSplit: routed,
    abortScaleDownDelay: Duration.seconds(10),
    gates: [HealthGate.forwardProgress()],
  });
  expect(problems(strategy)).toEqual([]);
  expect(render(strategy).strategy.canary).toMatchObject({
    stableService: 'chat',
    canaryService: 'chat-canary',
    trafficRouting: { alb: { ingress: 'chat', servicePort: 8000 } },
    abortScaleDownDelaySeconds: 10,
    analysis: { startingStep: 2 },
    // The replicas that the step has set would hold at full weight too.
    steps: [
      { setCanaryScale: { replicas: 1 } },
      { setWeight: 5 },
      { analysis: {} },
      { setCanaryScale: { matchTrafficWeight: true } },
      { setWeight: 100 },
      { pause: { duration: '420s' } },
    ],
  });
  expect(strategy.effectiveWeights(4)[0].actualWeight).toBe(5);
});

test.each<[string, CanaryOptions, number | undefined]>([
  ['a weight alone', { steps: [{ weight: 25 }, { weight: 50 }] }, 1],
  ['a hold', { steps: [{ weight: 25, hold: Duration.seconds(60) }, { weight: 50 }] }, 2],
  [
    'a hold and a verdict',
    { steps: [{ weight: 25, hold: Duration.seconds(60) }, { weight: 50 }], gates: [HealthGate.forwardProgress()] },
    3,
  ],
  [
    'replicas of its own',
    {
      steps: [{ weight: 5, canaryReplicas: 1, hold: Duration.seconds(60) }, { weight: 50 }],
      trafficSplit: routed,
      gates: [HealthGate.forwardProgress()],
    },
    4,
  ],
])('the first step of a canary with %s ends with the Argo step of that number', (_, options, expected) => {
  const { strategy, firstStepEndsAt } = render(RolloutStrategy.canary(options));
  expect(firstStepEndsAt).toBe(expected);
  expect(strategy.canary?.steps?.[expected!]).toEqual({ setWeight: 50 });
});

test('without steps there is none that could pass first', () => {
  expect(render(RolloutStrategy.rolling()).firstStepEndsAt).toBeUndefined();
  expect(render(RolloutStrategy.blueGreen()).firstStepEndsAt).toBeUndefined();
});

describe('rolling', () => {
  test('replaces pod by pod, watched but without a verdict', () => {
    const { strategy, templates } = render(RolloutStrategy.rolling({ maxSurge: 2, gates: [HealthGate.errorRatio()] }));
    expect(strategy.canary).toMatchObject({
      maxSurge: 2,
      maxUnavailable: 0,
      analysis: { templates: [{ templateName: 'chat-error-ratio' }] },
    });
    expect(strategy.canary).not.toHaveProperty('steps');
    expect(strategy.canary?.analysis).not.toHaveProperty('startingStep');
    expect(templates.map(({ name }) => name)).toEqual(['chat-error-ratio']);
  });

  test('refuses to replace nothing', () => {
    expect(problems(RolloutStrategy.rolling({ maxSurge: 0 }))).toEqual([
      expect.stringContaining('maxSurge: expected more than 0 beside maxUnavailable 0'),
    ]);
  });
});

describe('blue/green', () => {
  test('switches at once, and watches as long as there is a way back', () => {
    const strategy = RolloutStrategy.blueGreen({
      scaleDownDelay: Duration.seconds(65),
      gates: [HealthGate.forwardProgress()],
      judgement: { warmUp: Duration.seconds(5), interval: Duration.seconds(2) },
    });
    expect(problems(strategy)).toEqual([]);
    const {
      strategy: { blueGreen },
      templates,
    } = render(strategy);
    expect(blueGreen).toMatchObject({
      activeService: 'chat',
      previewService: 'chat-canary',
      autoPromotionEnabled: true,
      scaleDownDelaySeconds: 65,
      postPromotionAnalysis: { templates: [{ templateName: 'chat-forward-progress' }] },
    });
    expect(templates[0].spec.metrics[0].count).toBe(30);
    expect(strategy.surgeReplicas(4)).toBe(4);
    expect(strategy.notes(4)).toEqual([expect.stringContaining('4 more replicas')]);
    expect(strategy._plan.plannedSeconds(SUBJECT)).toBe(300 + 65);
  });

  test('asks before the switch whether the new revision answers, and waits for it', () => {
    const {
      strategy: { blueGreen },
      templates,
    } = render(RolloutStrategy.blueGreen({ gates: [HealthGate.forwardProgress(), HealthGate.syntheticRequest()] }));
    expect(blueGreen).toMatchObject({
      prePromotionAnalysis: { templates: [{ templateName: 'chat-answer' }] },
      postPromotionAnalysis: {
        templates: [{ templateName: 'chat-forward-progress' }, { templateName: 'chat-synthetic-request' }],
      },
    });
    expect(templates[0]).toMatchObject({
      name: 'chat-answer',
      spec: {
        metrics: [
          {
            name: 'synthetic-request',
            successCondition: 'result >= 1',
            consecutiveSuccessLimit: 1,
            count: 20,
            failureLimit: 19,
            consecutiveErrorLimit: 3,
          },
        ],
      },
    });
    expect(templates[0].spec.metrics).toHaveLength(1);
  });

  test('switches without a question where no gate asks one', () => {
    const {
      strategy: { blueGreen },
      templates,
    } = render(RolloutStrategy.blueGreen({ gates: [HealthGate.forwardProgress()] }));
    expect(blueGreen).not.toHaveProperty('prePromotionAnalysis');
    expect(templates.map(({ name }) => name)).toEqual(['chat-forward-progress']);
  });

  test('refuses gates that compare, and impossible numbers', () => {
    expect(
      problems(
        RolloutStrategy.blueGreen({
          previewReplicas: 5,
          scaleDownDelay: Duration.seconds(0),
          gates: [HealthGate.errorRatio()],
        }),
      ),
    ).toEqual([
      expect.stringContaining('scaleDownDelay: expected a whole number of seconds from 1, got 0'),
      expect.stringContaining('previewReplicas: expected a whole number from 1 to the replicas (4), got 5'),
      expect.stringContaining('gates.errorRatio: expected a gate that needs no comparison'),
    ]);
  });

  test('takes deploy-time replicas', () => {
    const replicas = Lazy.number({ produce: () => 4 });
    expect(problems(RolloutStrategy.blueGreen({ previewReplicas: 5 }), { replicas })).toEqual([]);
    expect(RolloutStrategy.blueGreen().notes(replicas)).toEqual([expect.stringContaining('all more replicas')]);
  });
});
