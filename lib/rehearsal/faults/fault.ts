import { type Act } from '../scenario/act';
import { type ActRecorder } from '../scenario/act-recorder';
import { type Deployment, type DeployOptions, NAMESPACE, type RehearsalStage } from '../scenario/rehearsal-stage';
import { PROFILES, type RevisionProfile } from '../models/profiles';
import { assertSameApplied, readyOf } from '../acts/steps';

/** Number of the next revision; each fault deploys revisions of its own. */
let next = 1;

/** A revision that no other fault has used. */
export function freshRevision(): string {
  return `f${next++}`;
}

/** The revision that serves when a fault begins. */
export async function servingRevision(stage: RehearsalStage): Promise<string> {
  const rollout = await stage.client.find({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'chat', namespace: NAMESPACE });
  return rollout?.metadata.labels?.['llm-platform.dev/revision'] ?? 'none';
}

/** How a deployment is hindered. */
export interface Hindrance {
  readonly id: string;
  readonly title: string;
  readonly story: string;
  readonly promised: string;
  /** What the output of `cdk deploy` must say. */
  readonly reason: RegExp;
  /** @default - a good revision */
  readonly profile?: RevisionProfile;
  /** @default - nothing is tampered with */
  readonly options?: DeployOptions;
  /** What is done at the side while the deployment runs. */
  readonly meanwhile?: (stage: RehearsalStage, record: ActRecorder, revision: string) => Promise<void>;
  /** What is done before. */
  readonly before?: (stage: RehearsalStage, record: ActRecorder) => Promise<void>;
  /** The revision is so broken that requests which reach it are lost whatever the platform does. */
  readonly losesOwnRequests?: boolean;
  /** What is put right afterwards, also when the fault went wrong. */
  readonly after?: (stage: RehearsalStage) => Promise<void>;
}

/**
 * A fault that a deployment must not survive: it fails with a reason, the stack is rolled back, the old revision has
 * served all along, and the next deployment works without a hand.
 */
export function failingDeployment(hindrance: Hindrance): Act {
  const { id, title, story, promised } = hindrance;
  return {
    id: `fault-${id}`,
    title,
    story,
    promised,
    async run(stage, record) {
      const old = await servingRevision(stage);
      const before = await stage.appliedObjects();
      const revision = freshRevision();
      let deployed: Deployment;
      try {
        await hindrance.before?.(stage, record);
        const meanwhile = hindrance.meanwhile?.(stage, record, revision);
        deployed = await stage.deployRevision(record, revision, hindrance.profile ?? PROFILES.good, hindrance.options);
        await meanwhile;
      } finally {
        await hindrance.after?.(stage);
      }
      record.duration('cdk deploy', deployed.milliseconds);
      record.assert('cdk deploy fails', deployed.exitCode !== 0, `exit code ${deployed.exitCode}`);
      record.assert(`its output says why: ${hindrance.reason.source}`, hindrance.reason.test(deployed.output), reasonIn(deployed.output));
      record.assert('the stack ends UPDATE_ROLLBACK_COMPLETE', deployed.statuses['Serving-chat'] === 'UPDATE_ROLLBACK_COMPLETE', deployed.statuses['Serving-chat']);
      await assertStillServing(record, old, hindrance.losesOwnRequests);
      await assertSameApplied(stage, record, before);
      await assertNextDeployWorks(stage, record, old);
    },
  };
}

/** The old revision had pods ready at every look, and has all of them now. */
export async function assertStillServing(record: ActRecorder, revision: string, canaryLoses = false): Promise<void> {
  const fewest = Math.min(...record.history.map(({ ready }) => ready.get(revision) ?? 0));
  record.assert('the old revision kept serving', fewest >= 3, `never fewer than ${fewest} of its 4 pods were ready`);
  record.assert('it has all its pods now', readyOf(record, revision) === 4, `${readyOf(record, revision)} ready`);
  const { lost, timeouts, sent, causes, byPodHash } = await record.counters();
  if (canaryLoses) {
    const ofOld = Object.values(byPodHash).filter((counts) => counts.revision === revision).reduce((sum, counts) => sum + counts.lost + counts.timeouts, 0);
    record.assert('no request to the old revision was lost', ofOld === 0, `${ofOld} lost, of ${lost + timeouts} in all`);
  } else {
    record.assert('no request was lost', lost + timeouts === 0, `${lost + timeouts} of ${sent} lost ${JSON.stringify(causes)}`);
  }
}

/** A deployment of a change that is right works, with nothing repaired by hand. */
export async function assertNextDeployWorks(stage: RehearsalStage, record: ActRecorder, revision: string): Promise<void> {
  const next = await stage.deploy(record, { models: [{ name: 'chat', revision, ...stage.trifle() }], stacks: ['Serving-chat'] });
  record.assert('the next cdk deploy works without hand repair', next.exitCode === 0, `exit code ${next.exitCode}`);
}

function reasonIn(output: string): string {
  return output.split('\n').filter((line) => /FAILED|reason|error/i.test(line)).slice(-3).join(' | ').slice(0, 600);
}

