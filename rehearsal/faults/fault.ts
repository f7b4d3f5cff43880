import { type Act } from '../scenario/act';
import { type ActDescription, type ActRecorder } from '../scenario/act-recorder';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { PROFILES, type RevisionProfile } from '../models/profiles';
import { recordDetection, turnBad, type Turn } from '../scenario/detection';
import { ROLLOUTS } from '../scenario/argo-objects';
import { CHAT, type Deployment, type DeployOptions, NAMESPACE, type RehearsalStage } from '../scenario/rehearsal-stage';
import { until } from '../scenario/looking';
import { assertReady, assertFailed, assertSameApplied, assertSucceeds, readyOf } from '../acts/steps';

/** Number of the next revision; each fault deploys revisions of its own. */
let next = 1;

/** A revision that no other fault has used. */
export function freshRevision(): string {
  return `f${next++}`;
}

/** How a deployment is hindered. */
export interface Hindrance extends ActDescription {
  readonly promised: string;
  /** What the output of `cdk deploy` must say. */
  readonly reason: RegExp;
  /** @default - a good revision */
  readonly profile?: RevisionProfile;
  /** What the fault is called where it is compared with the same one of a real engine. @default - the name of the profile */
  readonly engine?: string;
  /** How the engines turn bad at work, by callers' late answers. @default - bad from their start */
  readonly turn?: Turn;
  /** @default - nothing is tampered with */
  readonly options?: DeployOptions;
  /** What is done at the side while the deployment runs. */
  readonly meanwhile?: (stage: RehearsalStage, record: ActRecorder, revision: string) => Promise<void>;
  /** What is done before. */
  readonly before?: (stage: RehearsalStage, record: ActRecorder) => Promise<void>;
  /** Whether the new revision has replaced the old one by then, which starts again. @default false */
  readonly late?: boolean;
  /** What is put right afterwards, also when the fault went wrong. */
  readonly after?: (stage: RehearsalStage) => Promise<void>;
}

/**
 * A fault that a deployment must not survive: it fails with a reason, the stack is rolled back, the old revision has
 * served all along, and the next deployment works without manual repair.
 */
export function failingDeployment(hindrance: Hindrance): Act {
  const { id, title, story, promised, losses, profile, reason } = hindrance;
  const engine = hindrance.engine ?? Object.entries(PROFILES).find(([, known]) => known === profile)?.[0];
  return {
    id: `fault-${id}`,
    title,
    story,
    promised,
    losses,
    ...(engine === undefined ? {} : { expects: { engine, outcome: 'aborted' as const, reason } }),
    async run(stage, record) {
      const old = await stage.servingRevision();
      const before = await stage.appliedObjects();
      const revision = freshRevision();
      let deployed: Deployment;
      let turnedAt: Date | undefined;
      try {
        await hindrance.before?.(stage, record);
        const turning = hindrance.turn && turnBad(stage, record, revision, hindrance.turn);
        const meanwhile = hindrance.meanwhile?.(stage, record, revision);
        deployed = await stage.deployRevision(record, revision, profile ?? PROFILES.good, hindrance.options);
        await meanwhile;
        turnedAt = await turning;
      } finally {
        await hindrance.after?.(stage);
      }
      const detectionSeconds = await recordDetection(
        stage,
        record,
        revision,
        hindrance.turn ? 'late answers' : 'failures',
        turnedAt,
      );
      if (engine !== undefined)
        record.verdict({
          engine,
          outcome: deployed.exitCode === 0 ? 'promoted' : 'aborted',
          reason: reason.exec(deployed.output)?.[0],
          detectionSeconds,
        });
      assertFailed(record, deployed, reason);
      if (hindrance.late) {
        assertReady(record, 'the old revision has all its pods again', old);
        assertReady(record, 'the new one has none', revision, 0);
      } else assertStillServing(record, old);
      await assertSameApplied(stage, record, before);
      await assertNextDeployWorks(stage, record, old);
    },
  };
}

/** Waits until a pod of the canary serves. */
export function untilCanaryServes(record: ActRecorder, revision: string): Promise<boolean> {
  return until('a ready canary pod', 60, () => readyOf(record, revision) > 0);
}

/** Destroys a model that was deployed beside `chat`. */
export async function destroyModel(stage: RehearsalStage, record: ActRecorder, model: string): Promise<void> {
  await stage.destroy(record, `Serving-${model}`);
  stage.forget(model);
}

/** The old revision had pods ready at every look, and has all of them now. */
export function assertStillServing(record: ActRecorder, revision: string, least = 3, pods = 4): void {
  const fewest = Math.min(...record.history.map(({ ready }) => ready.get(revision) ?? 0));
  record.assert('the old revision kept serving', fewest >= least, `never fewer than ${fewest} of its pods were ready`);
  assertReady(record, 'it has all its pods now', revision, pods);
}

/** A deployment of a change that is right works, with nothing repaired manually. */
export async function assertNextDeployWorks(
  stage: RehearsalStage,
  record: ActRecorder,
  revision: string,
): Promise<void> {
  const next = await stage.deploy(record, { models: [{ name: 'chat', revision, ...stage.trifle() }] });
  assertSucceeds(record, 'the next cdk deploy works without manual repair', next);
}

/** Objects of a release, and a Service that the API server refuses. */
export function withRefusedService(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const metadata = { name: 'broken', namespace: NAMESPACE };
  return [...objects, { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 99999 }] } }];
}

/** Edits Service and Rollout of `chat`, as somebody would with kubectl. */
export async function editManually({ client }: RehearsalStage): Promise<void> {
  const edit = (kind: { apiVersion: string; kind: string }, spec: object): Promise<unknown> =>
    client.merge({ ...kind, name: CHAT.service, namespace: NAMESPACE }, { spec }, undefined, 'kubectl-edit');
  await edit({ apiVersion: 'v1', kind: 'Service' }, { ports: [{ name: 'http', port: 9999, targetPort: 'http' }] });
  await edit(ROLLOUTS, { replicas: 3 });
}
