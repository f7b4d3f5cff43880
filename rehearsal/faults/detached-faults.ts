import { inventoryIn, inventoryName, type ReleaseInventory } from '../../constructs/kubernetes/contract/inventory';
import { rehearsal } from '../../environments/rehearsal';
import { type ModelConfig } from '../../lib/environment/model/model-config';
import { assertFailed, assertReady, assertSameApplied, assertSucceeds, readyOf, totalOf } from '../acts/steps';
import { PROFILES } from '../models/profiles';
import { type Act } from '../scenario/act';
import { type ActRecorder } from '../scenario/act-recorder';
import { type Rollout } from '../scenario/argo-objects';
import { lookEvery, until } from '../scenario/looking';
import { CHAT, type Deployment, NAMESPACE, type RehearsalStage } from '../scenario/rehearsal-stage';
import { assertNextDeployWorks, assertStillServing, destroyModel, freshRevision, withRefusedService } from './fault';

/** An environment has no word for a detached rollout: only constructs do. */
const DETACHED = { properties: { Detached: true } };

/** Argo steps of the first step of a canary: weight, hold and verdict. */
const FIRST_STEP = 3;

/** Longest time until a gate aborts a canary whose answers have turned bad, seconds. */
const ABORT_SECONDS = 40;

/** What one look at a release and its Rollout showed. */
interface ReleaseLook {
  /** Digest of the release that was deployed last. */
  readonly released?: string;
  /** Whether the handler has nothing to do with it any more. */
  readonly finished: boolean;
  readonly status: NonNullable<Rollout['status']>;
}

/** Detached canaries, and pods that crash beside a deployment. */
export const DETACHED_FAULTS: readonly Act[] = [
  // The very first deployment of a model is detached, and its pods crash.
  {
    id: 'fault-detached-first',
    title: 'A detached first deploy fails',
    story:
      'A new model is deployed detached, and its first revision crashes at every start. There is no canary: Argo Rollouts makes it stable at once.',
    promised:
      'The deployment waits for the pods all the same: it fails with the reason, and the next one ends when they are ready.',
    async run(stage, record) {
      const old = await stage.servingRevision();
      const broken = freshRevision();
      const deploy = (revision: string): Promise<Deployment> =>
        stage.deploy(record, {
          models: [{ name: 'second', replicas: 1, revision }],
          tamper: { 'Serving-second': DETACHED },
        });
      await stage.simulation.setProfile(broken, PROFILES.crashingAtStart);
      const { result: failed, looks } = await during(deploy(broken), () => lookAt(stage, 'second'));
      const stable = looks.find(
        ({ status: { currentPodHash, stableRS, availableReplicas = 0 } }) =>
          isSet(stableRS) && currentPodHash === stableRS && availableReplicas === 0,
      );
      record.assert(
        'Argo Rollouts had made it stable without a ready pod',
        stable !== undefined,
        JSON.stringify(stable?.status.currentStepIndex),
      );
      const reason = /Rollout models\/second: pod .*container engine crashed \d+ times/;
      assertFailed(record, failed, reason, 'ROLLBACK_COMPLETE');

      const repaired = await deploy(freshRevision());
      const { status } = (await stage.rollout('second')) ?? {};
      assertSucceeds(record, 'the next cdk deploy, detached too, works without manual repair', repaired);
      record.assert(
        'its Rollout is Healthy the moment it returns',
        status?.phase === 'Healthy' && status.availableReplicas === 1,
        `${status?.phase}, ${status?.availableReplicas} available`,
      );
      await destroyModel(stage, record, 'second');
      assertStillServing(record, old);
    },
  },
  // One pod of the revision that serves crashes, which no release has caused.
  {
    id: 'fault-stable-crash',
    title: 'A pod of the stable revision crashes',
    story:
      'One of the four pods that serve is replaced, and the new one crashes at every start. Meanwhile the model is deployed, once with a trifle and once with a revision that is broken.',
    promised:
      'Neither the deployment that leaves the pods as they are nor the rollback fails for it, and no request is lost.',
    async run(stage, record) {
      const old = await stage.servingRevision();
      try {
        await crashOnePod(stage, record, old);
        const trifle = { name: CHAT.service, revision: old, ...stage.trifle() };
        const unchanged = await stage.deploy(record, { models: [trifle] });
        record.duration('cdk deploy of a trifle', unchanged.milliseconds);
        assertSucceeds(record, 'cdk deploy of a trifle works', unchanged);
        assertReady(record, 'the pod still crashes', old, 3);

        const before = await stage.appliedObjects();
        const failed = await stage.deployRevision(record, freshRevision(), PROFILES.crashingAtStart);
        const canary = record.history.findLast(
          ({ status: { currentPodHash, stableRS } }) => currentPodHash !== stableRS,
        )?.status.currentPodHash;
        assertFailed(record, failed, new RegExp(`pod chat-${canary}-`));
        assertReady(record, 'the pod still crashes after the rollback', old, 3);
        await assertSameApplied(stage, record, before);
      } finally {
        await stage.simulation.setProfile(old, PROFILES.good);
      }
      await until('the pod to be ready', 60, () => readyOf(record, old) === 4);
      assertStillServing(record, old);
      await assertNextDeployWorks(stage, record, old);
    },
  },
  // A canary that continues after its deployment is aborted, and fixed.
  {
    id: 'fault-detached-aborted',
    title: 'A detached canary is aborted after its deployment',
    story:
      'The answers of a revision turn bad after its deployment has ended. A deployment that is refused follows, and then one of the same revision, fixed.',
    promised:
      'The deployment ends with the first step of the canary. The rollback to it ends at once; the next deployment begins the canary anew.',
    async run(stage, record) {
      const old = await stage.servingRevision();
      const revision = freshRevision();
      await leaveAborted(stage, record, revision);
      const before = await stage.appliedObjects();
      const tamper = { 'Serving-chat': { ...DETACHED, objects: withRefusedService } };
      const refused = await stage.deploy(record, { models: [{ name: CHAT.service }], tamper });
      assertFailed(record, refused, /Service models\/broken was refused/);
      const left = (await stage.rollout())!;
      record.assertIs('the canary is aborted as it was', left.status?.abort, true);
      await assertSameApplied(stage, record, before);
      assertReady(record, 'the old revision has all its pods again', old);

      await stage.simulation.setProfile(revision, PROFILES.good);
      record.event('cdk', `deploys revision ${revision} of chat again`, { label: `deploy ${revision} again` });
      const again = await assertEndsAfterFirstStep(stage, record, revision, slowly(stage.trifle()));
      record.assert(
        'nothing but the status of the Rollout has begun it anew',
        again.metadata.generation === left.metadata.generation,
        `generation ${left.metadata.generation}, then ${again.metadata.generation}`,
      );
      await until(
        'the canary to be promoted by itself',
        120,
        () => readyOf(record, revision) === 4 && record.history.at(-1)?.status.phase === 'Healthy',
      );
      await assertNextDeployWorks(stage, record, revision);
      const inventory = await inventoryOf(stage, CHAT.service);
      record.assertIs('that one counts the revision as good', inventory?.history[0]?.digest, inventory?.released);
      assertEnoughServed(record);
    },
  },
  // A rollback to a release whose canary was aborted, from one with other pods: its canary begins anew, and is aborted again.
  {
    id: 'fault-detached-back',
    title: 'A rollback to a detached canary that is aborted again',
    story:
      'The canary of a detached release was aborted, and the next revision crashes: CloudFormation goes back to the release whose canary is bad.',
    promised:
      'The rollback does not fail: the revision that was stable serves, as it did when that release was left. No request to it is lost.',
    async run(stage, record) {
      const old = await stage.servingRevision();
      await leaveAborted(stage, record, freshRevision());
      const crashing = freshRevision();
      const failed = await stage.deployRevision(record, crashing, PROFILES.crashingAtStart, {
        tamper: { 'Serving-chat': DETACHED },
      });
      assertFailed(record, failed, /container engine crashed \d+ times/);
      // The rollback ends with the abort: the pod that the canary had replaced loads after it.
      await until('the old revision to have all its pods again', 60, () => readyOf(record, old) === 4);
      record.assertIs('the canary is aborted as it was', (await stage.rollout())?.status?.abort, true);
      await assertNextDeployWorks(stage, record, old);
      assertEnoughServed(record);
    },
  },
];

/** Deploys a revision detached, and has its canary aborted by its gates afterwards. */
async function leaveAborted(stage: RehearsalStage, record: ActRecorder, revision: string): Promise<void> {
  const old = await stage.servingRevision();
  await stage.simulation.setProfile(revision, PROFILES.good);
  record.event('cdk', `deploys revision ${revision} of chat, detached`, { label: `deploy ${revision}` });
  await assertEndsAfterFirstStep(stage, record, revision, slowly(stage.trifle()));
  await stage.simulation.setProfile(revision, PROFILES.erroring);
  record.fault(`revision ${revision} begins to answer with errors`, 'answers turn bad');
  const aborted = await until('the abort of the canary', ABORT_SECONDS, async () => {
    const rollout = await stage.rollout();
    return rollout?.status?.abort && rollout;
  });
  record.assert(
    'its gates abort it after the deployment',
    isSet(aborted.status?.abortedAt),
    JSON.stringify(aborted.status?.message),
  );
  await until(
    'the stable revision to have all its pods',
    60,
    () => readyOf(record, old) === 4 && readyOf(record, revision) === 0,
  );
}

/** Deploys a revision detached: the deployment ends when the first step has passed, not before, and the canary continues. */
async function assertEndsAfterFirstStep(
  stage: RehearsalStage,
  record: ActRecorder,
  revision: string,
  change: Partial<ModelConfig>,
): Promise<Rollout> {
  const before = await lookAt(stage, CHAT.service);
  const options = { models: [{ name: CHAT.service, revision, ...change }], tamper: { 'Serving-chat': DETACHED } };
  const { result: deployed, looks } = await during(stage.deploy(record, options), () => lookAt(stage, CHAT.service));
  const rollout = (await stage.rollout())!;
  record.duration('cdk deploy, detached', deployed.milliseconds);
  assertSucceeds(record, 'the detached cdk deploy succeeds', deployed);
  const waiting = looks.filter(
    ({ finished, status }) => !finished && !status.abort && status.currentPodHash !== status.stableRS,
  );
  const steps = [...new Set(waiting.map(({ status }) => status.currentStepIndex))];
  record.assert(
    'it has waited for each part of the first step',
    [0, 1, 2].every((step) => steps.includes(step)),
    `steps ${steps.join(', ')}`,
  );
  const end = looks.find(({ finished, released }) => finished && released !== before?.released);
  record.assert(
    'it ends when the first step has passed, not before',
    (end?.status.currentStepIndex ?? 0) >= FIRST_STEP,
    `at step ${end?.status.currentStepIndex}`,
  );
  record.assert(
    'the canary continues after it',
    rollout.status?.currentPodHash !== rollout.status?.stableRS && rollout.status?.abort !== true,
    `step ${rollout.status?.currentStepIndex}, ${rollout.status?.phase}`,
  );
  return rollout;
}

/** Both revisions together had pods ready at every look: the second step of a canary takes some from the old one. */
function assertEnoughServed(record: ActRecorder): void {
  const fewest = Math.min(...record.history.map(totalOf));
  record.assert('3 of 4 pods were ready all along', fewest >= 3, `never fewer than ${fewest}`);
}

/** Has one pod of a revision crash at every start; the others run on. */
async function crashOnePod(stage: RehearsalStage, record: ActRecorder, revision: string): Promise<void> {
  await stage.simulation.setProfile(revision, PROFILES.crashingAtStart);
  const pods = await stage.simulation.pods();
  const { name } = pods.find((pod) => pod.namespace === NAMESPACE && pod.revision === revision)!;
  await stage.client.remove({ apiVersion: 'v1', kind: 'Pod', name, namespace: NAMESPACE });
  record.fault(`pod ${name} is deleted, and its successor crashes`, 'a pod crashes');
  await until('a pod that has crashed three times', 60, async () =>
    (await stage.simulation.pods()).some((pod) => pod.revision === revision && pod.restarts >= 3),
  );
}

/** A rollout whose second step is held for so long that a person sees it. */
function slowly({ rollout = rehearsal().models[0].rollout }: Partial<ModelConfig>): Partial<ModelConfig> {
  const [first, second] = rollout.steps;
  return { rollout: { ...rollout, steps: [first, { ...second, hold: '40s' }] } };
}

async function inventoryOf({ client }: RehearsalStage, release: string): Promise<ReleaseInventory | undefined> {
  const name = inventoryName(release);
  const stored = await client.find({ apiVersion: 'v1', kind: 'ConfigMap', name, namespace: NAMESPACE });
  return stored && inventoryIn(stored);
}

/** Asks for the release first: a step that it did not wait for would show. */
async function lookAt(stage: RehearsalStage, model: string): Promise<ReleaseLook | undefined> {
  const inventory = await inventoryOf(stage, model);
  const rollout = await stage.rollout(model);
  return (
    rollout && {
      released: inventory?.released,
      finished: inventory !== undefined && inventory.attempt === undefined,
      status: rollout.status ?? {},
    }
  );
}

/** Looks again and again while something is done. */
async function during<T, L>(
  work: Promise<T>,
  look: () => Promise<L | undefined>,
): Promise<{ readonly result: T; readonly looks: readonly L[] }> {
  const looks: L[] = [];
  const stop = lookEvery(200, async () => {
    const seen = await look();
    if (seen !== undefined) looks.push(seen);
  });
  try {
    return { result: await work, looks };
  } finally {
    await stop();
  }
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
