import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { type Act } from '../scenario/act';
import { until } from '../scenario/looking';
import { type Deployment, NAMESPACE } from '../scenario/rehearsal-stage';
import { assertFailed, assertFails, assertReady, assertSameApplied, assertSucceeds, reasonIn } from '../acts/steps';
import { PROFILES } from '../models/profiles';
import {
  assertNextDeployWorks,
  assertStillServing,
  destroyModel,
  editManually,
  failingDeployment,
  freshRevision,
  untilCanaryServes,
  withRefusedService,
} from './fault';

/** Faults that hit the release itself. */
export const RELEASE_FAULTS: readonly Act[] = [
  // The pods of the new revision want what Pod Security refuses.
  failingDeployment({
    id: 'pod-security',
    title: 'Pods that Pod Security refuses under an admitted Rollout',
    story: "The pod template asks for the host's network; the API server admits the Rollout, and refuses its pods.",
    promised: 'The deployment fails at once with the refusal, which stands only on the ReplicaSet.',
    reason: /violates PodSecurity/,
    options: { tamper: { 'Serving-chat': { objects: (objects) => objects.map(withHostNetwork) } } },
  }),
  failingDeployment({
    id: 'refused-object',
    title: 'An object that admission refuses',
    story: 'The release holds a Service with a port that does not exist.',
    promised: 'The deployment fails at once and names the object; nothing of the new revision has started.',
    reason: /Service models\/broken was refused/,
    options: { tamper: { 'Serving-chat': { objects: withRefusedService } } },
  }),
  failingDeployment({
    id: 'missing-crd',
    title: 'A missing CustomResourceDefinition',
    story: 'The release holds an object of a kind that the cluster does not know.',
    promised: 'The deployment fails at once and names the kind that is missing.',
    reason: /the cluster has no kind Gadget in example\.com\/v1/,
    options: { tamper: { 'Serving-chat': { objects: (objects) => [...objects, GADGET] } } },
  }),
  failingDeployment({
    id: 'deadline',
    title: 'The deadline is reached',
    story: 'The deployment is given less time than its canary takes.',
    promised: 'The handler itself ends the deployment and says what it was waiting for.',
    reason: /deadline of 8 s reached while waiting for Rollout models\/chat/,
    // The first step alone takes 5 s of startup and 9 s of hold: the second, which takes a pod from the old revision, is never reached.
    options: { tamper: { 'Serving-chat': { properties: { DeadlineSeconds: 8 } } } },
  }),
  failingDeployment({
    id: 'handler-killed',
    title: 'The handler is killed while it works',
    story: 'The process of the release handler is killed in the middle of the canary.',
    promised: 'CloudFormation sees the failure at once and rolls back; the rollback finds and restores everything.',
    reason: /FAILED/,
    async meanwhile(stage, record, revision) {
      await until('a pod of the canary', 60, () => record.history.at(-1)?.ready.has(revision));
      await until('a running handler', 20, () => stage.platform.killHandler('Model') > 0);
      record.fault('the handler is killed', 'handler killed');
    },
  }),
  // The API server goes away and comes back while a release is rolled out.
  {
    id: 'fault-api-server-restart',
    title: 'The API server is restarted mid-release',
    story: 'The API server is killed while a canary runs, and started again.',
    promised: 'The handler waits and continues: the revision is promoted, and no request is lost.',
    async run(stage, record) {
      const old = await stage.servingRevision();
      const revision = freshRevision();
      const meanwhile = (async () => {
        await untilCanaryServes(record, revision);
        record.fault('the API server is killed and started again', 'API server restarts');
        await stage.platform.restartApiServer();
      })();
      const deployed = await stage.deployRevision(record, revision, PROFILES.good);
      await meanwhile;
      assertSucceeds(record, 'cdk deploy succeeds all the same', deployed);
      assertReady(record, 'the new revision has all its pods', revision);
      record.assert(
        'the old revision served until then',
        record.history.every(({ ready }) => (ready.get(old) ?? 0) + (ready.get(revision) ?? 0) >= 3),
      );
    },
  },
  // Somebody edits an object manually between two releases.
  {
    id: 'fault-hand-edited',
    title: 'An object is edited manually between releases',
    story: 'Somebody changes the port of the Service and the replicas of the Rollout with kubectl.',
    promised: 'The next deployment puts back what the release says, and serves.',
    async run(stage, record) {
      const before = await stage.appliedObjects();
      await editManually(stage);
      const revision = freshRevision();
      const deployed = await stage.deployRevision(record, revision, PROFILES.good);
      assertSucceeds(record, 'cdk deploy succeeds', deployed);
      const [was, is] = [before, await stage.appliedObjects()].map((objects) =>
        JSON.stringify(objects.get('Service chat')),
      );
      record.assertIs('the Service is what the release says', is, was);
      assertReady(record, 'the Rollout has its 4 replicas', revision);
    },
  },
  // Ticks of a request that CloudFormation has long given up.
  {
    id: 'fault-superseded-waiter',
    title: 'A superseded waiter keeps ticking',
    story: 'The waiter of a canceled request calls the handler again with the release of long ago.',
    promised: 'The handler answers that the request was superseded and changes nothing.',
    async run(stage, record) {
      const old = await stage.servingRevision();
      const before = await stage.appliedObjects();
      const answer = await stage.tickLongAgo();
      record.assert(
        'the tick ends as superseded',
        /superseded by the newer request/.test(answer),
        answer.slice(0, 300),
      );
      await assertSameApplied(stage, record, before);
      await until('a look at the cluster', 5, () => record.history.length > 2);
      assertStillServing(record, old);
    },
  },
  // A second stack claims the release of another.
  {
    id: 'fault-two-owners',
    title: 'Two stacks claim one release',
    story: "A second model's stack names the release of the first.",
    promised: 'The second stack fails and names the owner; its rollback leaves the first model alone.',
    async run(stage, record) {
      const old = await stage.servingRevision();
      const before = await stage.appliedObjects();
      const deployed = await stage.deploy(record, {
        models: [{ name: 'rival', replicas: 1 }],
        tamper: { 'Serving-rival': { properties: { ReleaseName: 'chat' } } },
      });
      assertFails(record, 'cdk deploy fails', deployed);
      const named = /release models\/chat belongs to .*rehearsal-Serving-chat/.test(deployed.output);
      record.assert('its output names the owner', named, reasonIn(deployed.output));
      await destroyModel(stage, record, 'rival');
      await assertSameApplied(stage, record, before);
      assertStillServing(record, old);
      await assertNextDeployWorks(stage, record, old);
    },
  },
  // The very first deployment of a model fails.
  {
    id: 'fault-first-deploy',
    title: 'A first deploy fails',
    story: "A new model's first revision crashes at every start.",
    promised:
      'The stack ends ROLLBACK_COMPLETE with the reason, and the next cdk deploy of a good revision works, also after the stack was destroyed.',
    async run(stage, record) {
      const old = await stage.servingRevision();
      const broken = freshRevision();
      await stage.simulation.setProfile(broken, PROFILES.crashingAtStart);
      const deploy = (revision: string): Promise<Deployment> =>
        stage.deploy(record, { models: [{ name: 'second', replicas: 1, revision }] });
      assertFailed(record, await deploy(broken), /container engine crashed \d+ times/, 'ROLLBACK_COMPLETE');
      assertSucceeds(record, 'the next cdk deploy works without manual repair', await deploy(freshRevision()));
      await stage.destroy(record, 'Serving-second');
      assertSucceeds(record, 'what was destroyed can be created again under its names', await deploy(freshRevision()));
      await destroyModel(stage, record, 'second');
      assertStillServing(record, old);
    },
  },
];

const GADGET: KubernetesObject = {
  apiVersion: 'example.com/v1',
  kind: 'Gadget',
  metadata: { name: 'gadget', namespace: NAMESPACE },
};

function withHostNetwork(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'Rollout') return object;
  const { template, ...spec } = object.spec as { template: { spec: object } };
  return { ...object, spec: { ...spec, template: { ...template, spec: { ...template.spec, hostNetwork: true } } } };
}
