import { secondsOfText } from '../../lib/environment/plain-data';
import { GPU_NODES, KEDA_ADAPTER, KEDA_OPERATOR } from '../platform';
import { type Act } from '../scenario/act';
import { type ActRecorder } from '../scenario/act-recorder';
import { type Answers, AUTOSCALING, profileOf } from '../scenario/chat-load';
import { until } from '../scenario/looking';
import { CHAT, type Deployment, type RehearsalStage } from '../scenario/rehearsal-stage';
import { isSetByRelease, ScalingWatch, timeOf } from '../scenario/scaling-watch';
import { assertPromoted, assertSteps, assertSucceeds, readyOf } from './steps';

const REVISION = 's1';

const { minReplicas: FEWEST, maxReplicas: MOST } = AUTOSCALING;
const WINDOW = secondsOfText(AUTOSCALING.scaleDownWindow!);

/** Looks at a canary under a load that asks for more replicas, before it is said that nothing scaled it. */
const ENOUGH_LOOKS = 10;

/** The real HorizontalPodAutoscaler controller and KEDA on a model that is released meanwhile. */
export const autoscaling: Act = {
  id: 'act-8',
  title: 'Replicas follow the load, and stand still during a canary',
  story:
    'KEDA and the HorizontalPodAutoscaler controller scale the model. While a new revision goes through its canary, the load grows and the replicas stay; after it they follow the load again.',
  needs: [KEDA_OPERATOR, KEDA_ADAPTER],
  async run(stage, record) {
    const serving = await stage.servingRevision();
    await ask(stage, record, 'short', [serving]);
    const started = await startScaling(stage, record);
    assertSucceeds(record, 'cdk deploy with autoscaling succeeds', started);
    if (started.exitCode !== 0) throw new Error('there is nothing that scales');
    const watch = new ScalingWatch(stage.client, stage.platform.prometheus, record, CHAT);
    try {
      await upAndDown(stage, record, watch, serving);
      const released = await canaryUnderLoad(stage, record, watch, serving);
      await afterwards(record, watch, released);
    } finally {
      await watch.stop();
      await ask(stage, record, 'short', [serving, REVISION]);
    }
  },
};

/** Outside a release the replicas follow the load. */
async function upAndDown(
  stage: RehearsalStage,
  record: ActRecorder,
  watch: ScalingWatch,
  serving: string,
): Promise<void> {
  const before = await watch.until(
    'the autoscaler to have looked at the load',
    60,
    ({ desired }) => desired !== undefined,
  );
  record.assert(
    `the autoscaler leaves ${FEWEST} replicas under a small load`,
    before.desired === FEWEST && before.replicas === FEWEST,
    `it wants ${before.desired} of ${before.replicas}, and the load asks for ${before.asked}`,
  );

  const grown = Date.now();
  await ask(stage, record, 'long', [serving]);
  const up = await watch.until(`${MOST} replicas`, 120, ({ ready }) => ready === MOST);
  record.duration(`more load to ${MOST} ready replicas`, up.at - grown);
  record.assert(
    'the HorizontalPodAutoscaler controller has set the replicas',
    up.desired === MOST && up.owners.some((owner) => owner === 'kube-controller-manager') && !isSetByRelease(up),
    `set by ${up.owners.join(', ')}`,
  );

  const shrunk = Date.now();
  await ask(stage, record, 'short', [serving]);
  const down = await watch.until(`${FEWEST} replicas`, 300, ({ replicas }) => replicas === FEWEST);
  record.duration(`less load to ${FEWEST} replicas`, down.at - shrunk);
  const looks = watch.since(shrunk);
  const counts = looks.map(({ replicas }) => replicas).filter((count, index, all) => count !== all[index - 1]);
  record.assert(
    'replicas go one at a time',
    counts.every((count, index) => index === 0 || counts[index - 1] - count === 1),
    counts.join(', '),
  );
  const first = looks.find(({ replicas }) => replicas < MOST);
  const waited = ((first?.at ?? shrunk) - shrunk) / 1000;
  // The controller counts from its own last look at the higher load, which may be a little earlier.
  record.assert(
    `the first goes after fewer have been enough for about ${WINDOW} s`,
    waited >= 0.8 * WINDOW,
    `after ${waited.toFixed(0)} s`,
  );
  await stage.waitForTermination();
}

/** @returns when the deployment had ended, milliseconds since the epoch */
async function canaryUnderLoad(
  stage: RehearsalStage,
  record: ActRecorder,
  watch: ScalingWatch,
  serving: string,
): Promise<number> {
  const began = Date.now();
  const deployment = stage.deployRevision(record, REVISION, profileOf('short'));
  let more = false;
  // The canary may fail before, which the deployment tells better.
  const grown = until('a canary that serves', 180, () => readyOf(record, REVISION) > 0).then(
    async () => {
      more = true;
      await ask(stage, record, 'long', [serving, REVISION]);
    },
    () => undefined,
  );
  const deployed = await deployment;
  await grown;
  const ended = Date.now();
  assertPromoted(record, deployed);
  assertSteps(record, 'it went through its steps', REVISION, [25, 50]);

  const canary = watch.since(began).filter((look) => look.canary);
  const owners = new Set(canary.map(({ pause }) => pause?.owner));
  record.assert(
    'scaling is paused from the first to the last moment of the canary, by one request',
    canary.length > 0 && owners.size === 1 && !owners.has(undefined),
    `${canary.length} looks, paused by ${[...owners].join(', ')}`,
  );
  record.assert(
    'the pause has an end, after that of the release',
    canary.every(({ pause }) => (pause?.until ?? NaN) > ended),
    [...new Set(canary.map(({ pause }) => timeOf(pause?.until ?? NaN)))].join(', '),
  );
  record.assert(
    'KEDA has taken note of it, and keeps no HorizontalPodAutoscaler',
    canary.every(({ pause, autoscaler }) => pause?.acknowledged === true && !autoscaler),
    `${canary.filter(({ autoscaler }) => autoscaler).length} of ${canary.length} looks found one`,
  );
  const pressed = canary.filter(({ asked = 0 }) => asked >= MOST);
  record.assert(
    `the load asked for ${MOST} replicas while the canary continued`,
    more && pressed.length >= ENOUGH_LOOKS,
    `${pressed.length} of ${canary.length} looks`,
  );
  record.assert(
    `there were ${FEWEST} all the while`,
    canary.every(({ replicas }) => replicas === FEWEST),
    [...new Set(canary.map(({ replicas }) => replicas))].join(', '),
  );
  const since = watch.since(began);
  record.assert(
    'the release never set them',
    since.length > 0 && !since.some(isSetByRelease),
    [...new Set(since.flatMap(({ owners: managers }) => managers))].join(', '),
  );
  return ended;
}

async function afterwards(record: ActRecorder, watch: ScalingWatch, released: number): Promise<void> {
  const up = await watch.until(
    `${MOST} replicas after the canary`,
    120,
    ({ autoscaler, ready }) => ready === MOST && autoscaler,
  );
  record.duration(`end of the release to ${MOST} ready replicas`, up.at - released);
  record.assert(
    'after it the replicas follow the load again',
    up.replicas === MOST && up.pause === undefined,
    `${up.replicas} replicas`,
  );
}

/** Has the callers of `chat` ask for other answers. */
async function ask(
  stage: RehearsalStage,
  record: ActRecorder,
  answers: Answers,
  revisions: readonly string[],
): Promise<void> {
  await Promise.all(revisions.map((revision) => stage.simulation.setProfile(revision, profileOf(answers))));
  record.event('callers', `ask for ${answers} answers`, { label: `${answers} answers` });
}

/** Starts KEDA and lets it scale `chat`, which {@link RehearsalStage.restore} takes back. */
async function startScaling(stage: RehearsalStage, record: ActRecorder): Promise<Deployment> {
  await stage.platform.startKeda();
  stage.afterScenes(() => stage.platform.stopKeda());
  // For the most replicas and the canary's.
  await stage.platform.addNodes({ ...GPU_NODES, namePrefix: 'gpu-more', count: 2 });
  stage.offers('keda.sh/ScaledObject');
  stage.afterScenes(() => stopScaling(stage, record));
  return stage.deploy(record, {
    models: [{ name: CHAT.service, autoscaling: AUTOSCALING }],
    stacks: ['Platform', 'Serving-chat'],
  });
}

/** KEDA has to be there for it: its finalizer is on the ScaledObject. */
async function stopScaling(stage: RehearsalStage, record: ActRecorder): Promise<void> {
  await stage.deploy(record, {
    models: [{ name: CHAT.service, autoscaling: undefined }],
    stacks: ['Platform', 'Serving-chat'],
  });
  await stage.waitForTermination();
}
