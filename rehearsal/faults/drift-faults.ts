import { rehearsal } from '../../environments/rehearsal';
import { assertFailed, assertFails, assertSameApplied, assertSucceeds } from '../acts/steps';
import { PROFILES } from '../models/profiles';
import { type CommandResult } from '../platform';
import { type Act } from '../scenario/act';
import { type ActRecorder } from '../scenario/act-recorder';
import { until } from '../scenario/looking';
import { CHAT, NAMESPACE, type RehearsalStage } from '../scenario/rehearsal-stage';
import { assertNextDeployWorks, assertStillServing, editManually, freshRevision, untilCanaryServes } from './fault';

const RELEASE = `${NAMESPACE}/${CHAT.service}`;
const PLATFORM_RELEASE = 'kube-system/platform';
const STACK = 'rehearsal-Serving-chat';
const MODELS = { apiVersion: 'v1', kind: 'Namespace', name: NAMESPACE };

const DEADLINE_SECONDS = Number.parseInt(rehearsal().models[0].deadline!) * 60;

/** All pods went with their namespace, and start anew. */
const REVIVAL_SECONDS = 120;

/** What people do to a cluster behind the releases' back. */
export const DRIFT_FAULTS: readonly Act[] = [
  // Somebody deletes an object of a release manually.
  {
    id: 'fault-object-deleted',
    title: 'An object is deleted manually',
    story:
      'Somebody deletes the PodMonitor of the model, without which no gate can judge. CloudFormation sees nothing of it.',
    promised: 'drift names it, reapply puts it back, and no request is lost.',
    async run(stage, record) {
      const old = await stage.servingRevision();
      const before = await stage.appliedObjects();
      await stage.client.remove({
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PodMonitor',
        name: CHAT.service,
        namespace: NAMESPACE,
      });
      record.fault('the PodMonitor is deleted', 'object deleted');

      const drift = await driftOf(stage, record);
      record.assertIs('drift is exit code 1', drift.exitCode, 1);
      record.assert(
        'it names the object, and no other',
        /1 missing\n\s+PodMonitor models\/chat\s+missing/.test(drift.output),
        drift.output,
      );
      await assertPutBack(stage, record, before);
      assertStillServing(record, old);
    },
  },
  // Somebody edits objects of a release manually.
  {
    id: 'fault-object-edited',
    title: 'Objects are edited manually, and put back without a deployment',
    story: 'Somebody changes the port of the Service and the replicas of the Rollout with kubectl.',
    promised:
      'drift shows each field, what was released and what is live; reapply puts it back, and no request is lost.',
    async run(stage, record) {
      const before = await stage.appliedObjects();
      await editManually(stage);
      record.fault('Service and Rollout are edited', 'objects edited');

      const drift = await driftOf(stage, record);
      record.assertIs('drift is exit code 1', drift.exitCode, 1);
      const service = fieldsOf('Service models/chat', drift.output);
      record.assert(
        'it shows the port that was released and the live one',
        /spec\.ports/.test(service) && /released.*8000/.test(service) && /live.*9999/.test(service),
        drift.output,
      );
      record.assert(
        'it shows the replicas',
        fieldsOf('Rollout models/chat', drift.output).includes('spec.replicas: released 4, live 3'),
        drift.output,
      );
      await assertPutBack(stage, record, before);
    },
  },
  // Somebody deletes the namespace of the models while a release is being deployed.
  {
    id: 'fault-namespace-deleted',
    title: 'The namespace is deleted in the middle of a release',
    story:
      "Somebody deletes the namespace of the models during a canary. The handler's own rights go with it, so that the rollback fails too.",
    promised:
      'cdk deploy fails at once and says what to put back; the stack is stuck, and two commands bring it and the model back.',
    losses: 'some',
    async run(stage, record) {
      const old = await stage.servingRevision();
      const revision = freshRevision();
      const meanwhile = (async () => {
        await untilCanaryServes(record, revision);
        await deleteNamespace(stage, record);
      })();
      // Awaited after the deployment; until then a failure is not an unhandled one.
      meanwhile.catch(() => undefined);
      const deployed = await stage.deployRevision(record, revision, PROFILES.good);
      await meanwhile;
      assertFailed(record, deployed, /namespace models .*reapply kube-system\/platform/, 'UPDATE_ROLLBACK_FAILED');
      // Two requests fail in it, each of which could wait as long as the deadline.
      record.assert(
        'it does so long before the deadline',
        deployed.milliseconds < DEADLINE_SECONDS * 500,
        `${Math.round(deployed.milliseconds / 1000)} s`,
      );
      const refused = await stage.deploy(record, { models: [{ name: CHAT.service, revision: old }] });
      assertFails(record, 'cdk deploy is refused for it', refused);

      const list = await stage.releases(record);
      record.assert(
        'releases lists the model as unhealthy',
        list.exitCode === 0 && /models\/chat\s+unhealthy/.test(list.output),
        list.output,
      );
      const blocked = await stage.releases(record, 'recover', STACK);
      record.assert(
        'recover says what has to be put back first',
        blocked.exitCode === 1 && /Namespace models\s+missing[\s\S]*reapply kube-system\/platform/.test(blocked.output),
        blocked.output,
      );
      await assertPlatformPutBack(stage, record);
      const recovered = await stage.releases(record, 'recover', STACK);
      assertSucceeds(record, 'recover brings the stack out of it', recovered);
      const status = await stage.stackStatus('Serving-chat');
      record.assertIs('the stack ends UPDATE_ROLLBACK_COMPLETE', status, 'UPDATE_ROLLBACK_COMPLETE');
      await assertServesAgain(record, old);
      await assertNextDeployWorks(stage, record, old);
    },
  },
  // A model is destroyed whose namespace is gone.
  {
    id: 'fault-namespace-gone',
    title: 'A model is destroyed whose namespace is gone',
    story:
      'Somebody deletes the namespace of the models; then the stack of the model is destroyed and, once the namespace is back, deployed again.',
    promised: 'cdk destroy succeeds: what was to be removed is gone.',
    losses: 'some',
    async run(stage, record) {
      const old = await stage.servingRevision();
      await deleteNamespace(stage, record);
      const destroyed = await stage.destroy(record, 'Serving-chat');
      assertSucceeds(record, 'cdk destroy succeeds', destroyed);
      const status = await stage.stackStatus('Serving-chat');
      record.assert('the stack is gone', status === 'absent' || status === 'DELETE_COMPLETE', status);
      const list = await stage.releases(record);
      record.assert(
        'releases lists the model no more',
        list.exitCode === 0 && !list.output.includes(RELEASE),
        list.output,
      );

      await assertPlatformPutBack(stage, record);
      const deployed = await stage.deploy(record, { models: [{ name: CHAT.service, revision: old }] });
      assertSucceeds(record, 'cdk deploy of the model succeeds', deployed);
      await assertServesAgain(record, old);
    },
  },
];

function driftOf(stage: RehearsalStage, record: ActRecorder, release = RELEASE): Promise<CommandResult> {
  return stage.releases(record, 'drift', release, '--exit-code');
}

/** What drift prints of the fields of an object. */
function fieldsOf(object: string, output: string): string {
  return new RegExp(`^  ${object} +changed\n((?: {6,}.*\n)*)`, 'm').exec(output)?.[1] ?? '';
}

async function deleteNamespace(stage: RehearsalStage, record: ActRecorder): Promise<void> {
  record.fault('the namespace of the models is deleted', 'namespace deleted');
  await stage.client.remove(MODELS);
  await until('the namespace to be gone', 90, async () => (await stage.client.find(MODELS)) === undefined);
}

/** Reapply puts the release of `chat` back, and CloudFormation has no part in it. */
async function assertPutBack(stage: RehearsalStage, record: ActRecorder, before: Map<string, unknown>): Promise<void> {
  const status = await stage.stackStatus('Serving-chat');
  const reapplied = await stage.releases(record, 'reapply', RELEASE);
  record.duration('reapply', reapplied.milliseconds);
  assertSucceeds(record, 'reapply succeeds', reapplied);
  await assertSameApplied(stage, record, before);
  const drift = await driftOf(stage, record);
  record.assert('drift finds nothing any more', drift.exitCode === 0, drift.output);
  record.assertIs('the stack is as it was', await stage.stackStatus('Serving-chat'), status);
}

async function assertPlatformPutBack(stage: RehearsalStage, record: ActRecorder): Promise<void> {
  const reapplied = await stage.releases(record, 'reapply', PLATFORM_RELEASE);
  record.assert(
    'reapply brings namespace and rights back',
    reapplied.exitCode === 0 && (await stage.client.find(MODELS)) !== undefined,
    reapplied.output,
  );
  const drift = await driftOf(stage, record, PLATFORM_RELEASE);
  record.assert('drift of the platform finds nothing any more', drift.exitCode === 0, drift.output);
}

async function assertServesAgain(record: ActRecorder, revision: string): Promise<void> {
  const since = Date.now();
  const { succeeded } = await record.counters();
  const revived = await until('all pods of the revision before', REVIVAL_SECONDS, () => {
    // While there is no Rollout, nothing new is seen.
    const look = record.history.at(-1);
    return look !== undefined && look.at > since && look.ready.get(revision) === 4 && look;
  });
  const answered = await until('answered requests', 30, async () => {
    const counters = await record.counters();
    return counters.succeeded >= succeeded + 20 && counters.succeeded - succeeded;
  });
  record.event('callers', `get ${answered} requests answered`);
  record.assertIs('the model serves again', revived.status.phase, 'Healthy');
}
