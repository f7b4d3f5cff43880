import { type Act } from '../scenario/act';
import { type Losses } from '../scenario/act-recorder';
import { type ActRecorder } from '../scenario/act-recorder';
import { type Deployment, type DeployOptions, type RehearsalStage } from '../scenario/rehearsal-stage';
import { PROFILES, type RevisionProfile } from '../models/profiles';
import { recordDetection } from '../scenario/detection';
import { assertSameApplied, readyOf } from '../acts/steps';

/** Number of the next revision; each fault deploys revisions of its own. */
let next = 1;

/** A revision that no other fault has used. */
export function freshRevision(): string {
  return `f${next++}`;
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
  /** @default 'none' */
  readonly losses?: Losses;
  /** What is put right afterwards, also when the fault went wrong. */
  readonly after?: (stage: RehearsalStage) => Promise<void>;
}

/**
 * A fault that a deployment must not survive: it fails with a reason, the stack is rolled back, the old revision has
 * served all along, and the next deployment works without manual repair.
 */
export function failingDeployment(hindrance: Hindrance): Act {
  const { id, title, story, promised, profile, reason } = hindrance;
  const engine = Object.entries(PROFILES).find(([, known]) => known === profile)?.[0];
  return {
    id: `fault-${id}`,
    title,
    story,
    promised,
    losses: hindrance.losses,
    ...(engine === undefined ? {} : { expects: { engine, outcome: 'aborted' as const, reason } }),
    async run(stage, record) {
      const old = await stage.servingRevision();
      const before = await stage.appliedObjects();
      const revision = freshRevision();
      let deployed: Deployment;
      try {
        await hindrance.before?.(stage, record);
        const meanwhile = hindrance.meanwhile?.(stage, record, revision);
        deployed = await stage.deployRevision(record, revision, profile ?? PROFILES.good, hindrance.options);
        await meanwhile;
      } finally {
        await hindrance.after?.(stage);
      }
      record.duration('cdk deploy', deployed.milliseconds);
      const detectionSeconds = await recordDetection(stage, record, revision);
      if (engine !== undefined) {
        record.verdict({
          engine,
          outcome: deployed.exitCode === 0 ? 'promoted' : 'aborted',
          reason: reason.exec(deployed.output)?.[0],
          detectionSeconds,
        });
      }
      record.assert('cdk deploy fails', deployed.exitCode !== 0, `exit code ${deployed.exitCode}`);
      record.assert(`its output says why: ${reason.source}`, reason.test(deployed.output), reasonIn(deployed.output));
      record.assert(
        'the stack ends UPDATE_ROLLBACK_COMPLETE',
        deployed.statuses['Serving-chat'] === 'UPDATE_ROLLBACK_COMPLETE',
        deployed.statuses['Serving-chat'],
      );
      assertStillServing(record, old);
      await assertSameApplied(stage, record, before);
      await assertNextDeployWorks(stage, record, old);
    },
  };
}

/** The old revision had pods ready at every look, and has all of them now. */
export function assertStillServing(record: ActRecorder, revision: string): void {
  const fewest = Math.min(...record.history.map(({ ready }) => ready.get(revision) ?? 0));
  record.assert('the old revision kept serving', fewest >= 3, `never fewer than ${fewest} of its 4 pods were ready`);
  record.assert('it has all its pods now', readyOf(record, revision) === 4, `${readyOf(record, revision)} ready`);
}

/** A deployment of a change that is right works, with nothing repaired manually. */
export async function assertNextDeployWorks(
  stage: RehearsalStage,
  record: ActRecorder,
  revision: string,
): Promise<void> {
  const next = await stage.deploy(record, {
    models: [{ name: 'chat', revision, ...stage.trifle() }],
    stacks: ['Serving-chat'],
  });
  record.assert('the next cdk deploy works without manual repair', next.exitCode === 0, `exit code ${next.exitCode}`);
}

/** The lines of an output that are likely to say why. */
export function reasonIn(output: string): string {
  return output
    .split('\n')
    .filter((line) => /FAILED|reason|error/i.test(line))
    .slice(-3)
    .join(' | ')
    .slice(0, 600);
}
