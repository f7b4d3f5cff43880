import { rehearsal } from '../../environments/rehearsal';
import { assertPromoted, assertReady, readyOf } from '../acts/steps';
import { type LoadOptions } from '../load/generator';
import { PROFILES } from '../models/profiles';
import { type Act } from '../scenario/act';
import { type ActRecorder } from '../scenario/act-recorder';
import { until } from '../scenario/looking';
import { type Deployment, type RehearsalStage } from '../scenario/rehearsal-stage';
import { failingDeployment, freshRevision } from './fault';

const { rollout: ROLLOUT, image: IMAGE } = rehearsal().models[0];

/** Every gate that sees an engine which answers nothing. */
const NO_ANSWERS =
  /metric (?:(?:synthetic-request|forward-progress|unfinished-answers|requests) was|synthetic-request got no answer)/;

/** Long enough for a gate that must see two bad measurements, seconds. */
const LONG_BAKE_SECONDS = 30;

/** The newest vLLM that drains otherwise, and counts the mistakes of callers as errors of the server. */
const OLDER_IMAGE = 'vllm/vllm-openai:v0.18.1';

/**
 * Callers give up before a window is over, as those of real engines do in their scene: what is never answered is counted when they go.
 */
const IMPATIENT = {
  before: (stage: RehearsalStage) => restartLoad(stage, { timeoutMs: 4000 }),
  after: (stage: RehearsalStage) => restartLoad(stage),
};

const hangingIdle = failingDeployment({
  ...IMPATIENT,
  id: 'hanging-idle',
  title: 'A revision that hangs before its first request',
  story:
    'The engine core of the new revision stands still before anybody asks. Its health check answers, and none of its metrics ever says that a request runs or waits.',
  promised:
    'The canary is aborted: it does not answer the request for one token, and answers that callers gave up count as unfinished.',
  reason: NO_ANSWERS,
  profile: PROFILES.hangingIdle,
  losses: 'of the new revision',
});

const noAnswersPass = failingDeployment({
  ...IMPATIENT,
  id: 'no-answers-pass',
  title: 'A strategy that forgives too few requests, and a canary that answers none',
  story:
    'The model is told to let pass what gets too few requests to be compared; the engine of the new revision hangs before its first.',
  promised: 'Nothing is forgiven to a canary that was asked and answered nothing: it is aborted all the same.',
  reason: NO_ANSWERS,
  profile: PROFILES.hangingIdle,
  options: {
    models: [{ name: 'chat', rollout: { ...ROLLOUT, judgement: { ...ROLLOUT.judgement, tooFewRequests: 'pass' } } }],
  },
  losses: 'of the new revision',
});

const brokenStreams = failingDeployment({
  id: 'broken-streams',
  title: 'A revision whose streams break',
  story:
    'Half of the streamed answers of the new revision end with an error after the status 200, which its HTTP server counts as success.',
  promised: 'The gate on unfinished answers aborts the canary, and names the share of them.',
  reason: /metric (?:unfinished-answers|error-ratio) was [\d.]+, limit at most [\d.]+/,
  profile: PROFILES.brokenStreams,
  losses: 'of the new revision',
});

const slowing = failingDeployment({
  id: 'slowing',
  title: 'A revision that becomes slow at work',
  story: 'The engines of the new revision answer like the old ones at first, and then take six times as long.',
  promised: 'The gate on the time to first token aborts the canary, and says how many times slower it was.',
  reason: /metric time-to-first-token was [\d.]+, limit at most [\d.]+/,
  engine: 'slowing',
  turn: { profile: PROFILES.slow, afterSeconds: 11, says: 'the engines of the new revision become slow' },
});

/** Everything was well until the last step had passed. */
const hangingLate = failingDeployment({
  id: 'hanging-late',
  title: 'A revision that hangs after its last step',
  story: 'The new revision passes every step. It has all replicas and bakes at full weight when its engines hang.',
  promised:
    'The gates continue for the bake time: the rollout is aborted, the release taken back, and the old revision serves again from a cold start.',
  reason: NO_ANSWERS,
  options: { models: [{ name: 'chat', rollout: { ...ROLLOUT, bakeTime: `${LONG_BAKE_SECONDS}s` } }] },
  losses: 'of the new revision',
  late: true,
  async meanwhile(stage, record, revision) {
    await until('all replicas of the new revision', 180, () => readyOf(record, revision) === 4);
    await stage.simulation.setProfile(revision, { ...PROFILES.good, hang: { afterRequests: 0, from: 'work' } });
    record.fault('the engines of the new revision hang', 'hang');
  },
});

/** What callers get wrong is not held against a revision. */
const mistakes: Act = {
  id: 'fault-mistakes',
  title: 'Callers make mistakes while a good revision is shipped',
  story:
    'One request in ten is a mistake of its caller: too long a prompt, too many tokens, a model that does not exist, a parameter out of range. Old and new revision get them alike.',
  promised: 'The revision is promoted; every mistake is answered as one.',
  expects: { engine: 'mistakes', outcome: 'promoted' },
  async run(stage, record) {
    const revision = freshRevision();
    await withMistakes(stage, record, async () => {
      const deployed = await stage.deployRevision(record, revision, PROFILES.good);
      await assertServes(stage, record, revision, deployed);
      const { byPodHash, mistakes: all, errors } = await record.counters();
      const ofNew = Object.values(byPodHash).find((counts) => counts.revision === revision)?.mistakes ?? 0;
      record.assert(
        'mistakes were made with both revisions',
        ofNew > 0 && all > ofNew,
        `${all} mistakes, ${ofNew} of them with the new revision`,
      );
      record.assert('nothing else was answered with an error', errors === 0, `${errors} errors`);
    });
  },
};

/** The same drain rule keeps what engines do differently from callers. */
const otherVersions: Act = {
  id: 'fault-other-versions',
  title: 'An older engine replaces a newer one, and the other way round',
  story:
    'vLLM 0.32.0 is replaced by 0.18.1 and back, while one request in ten is a mistake. A draining 0.18.1 refuses connections; 0.32.0 keeps listening and answers 500; mistakes are errors of the server to 0.18.1 alone.',
  promised: 'Both are promoted, and no request is lost in either drain.',
  async run(stage, record) {
    await withMistakes(stage, record, async () => {
      for (const image of [OLDER_IMAGE, IMAGE]) {
        const revision = freshRevision();
        const deployed = await stage.deployRevision(record, revision, PROFILES.good, {
          models: [{ name: 'chat', image }],
        });
        await assertServes(stage, record, revision, deployed);
        const { errors, causes } = await record.counters();
        record.assert(
          `no request was answered with an error until ${image.split(':')[1]} served`,
          errors === 0,
          JSON.stringify(causes),
        );
      }
    });
  },
};

async function assertServes(
  stage: RehearsalStage,
  record: ActRecorder,
  revision: string,
  deployed: Deployment,
): Promise<void> {
  assertPromoted(record, deployed);
  record.assertIs('the new revision serves', await stage.servingRevision(), revision);
  assertReady(record, 'it has all its pods', revision);
}

/** Other callers take the place of those that call `chat`. */
async function restartLoad(stage: RehearsalStage, load: Partial<LoadOptions> = {}): Promise<void> {
  await stage.stopLoad();
  await stage.startLoad(load);
}

/** Callers make mistakes meanwhile; what they see of the drains at its end counts too. */
async function withMistakes(stage: RehearsalStage, record: ActRecorder, run: () => Promise<void>): Promise<void> {
  await restartLoad(stage, { mistakeRatio: 0.1 });
  try {
    await run();
    await stage.waitForTermination();
    const { lost, timeouts, causes } = await record.counters();
    record.assert('no request was lost while callers made mistakes', lost + timeouts === 0, JSON.stringify(causes));
  } finally {
    await restartLoad(stage);
  }
}

/** Faults of an engine that its own health check and metrics do not show, and what is no fault of an engine. */
export const ENGINE_FAULTS: readonly Act[] = [
  hangingIdle,
  noAnswersPass,
  hangingLate,
  brokenStreams,
  slowing,
  mistakes,
  otherVersions,
];
