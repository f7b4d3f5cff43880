import { RELEASE_ANNOTATION, TEMPLATE_ANNOTATION } from '../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../constructs/kubernetes/contract/release-document';
import { WAVES, waveOf } from '../constructs/kubernetes/contract/waves';
import { messageOf } from '../kubernetes-client/kubernetes-client';
import { crdStateOf, isCustom } from './crds';
import { referenceTo } from '../kubernetes-client/objects';
import { identityOf, nameOf, oneLine } from './failure';
import { assessedAt, type Expectation, healthOf, type HealthStatus } from './health';
import { judgementOf } from './health/analysis';
import { inParallel } from '../kubernetes-client/in-parallel';
import { type Inventory } from './inventory';
import { type Outcome, type Session } from './session';
import { templateOf } from './target';

/** What became of an object. */
export interface Assessment {
  readonly object: KubernetesObject;
  readonly live: KubernetesObject | undefined;
  readonly health: HealthStatus;
}

/** How a reason says it. */
export function describe({ object, health }: Assessment): string {
  return `${nameOf(object)}: ${health.reason}`;
}

/** Looks at the objects of a release for a deployment, and changes nothing. */
export class Assessor {
  /** @param inventory as it is at each look, with the attempt of the session's request */
  constructor(
    private readonly session: Session,
    private readonly objects: readonly KubernetesObject[],
    private readonly inventory: () => Inventory,
  ) {}

  /** Looks at what others make and this release needs. */
  public async assessOthers(): Promise<Assessment[]> {
    const { waitFor = [] } = this.session.request;
    // What others make goes back by itself, and a rollback must not fail for it.
    if (this.inventory().attempt?.isRollback) return [];
    return inParallel(waitFor, async ({ apiVersion, kind, name, namespace }) => {
      const object: KubernetesObject = { apiVersion, kind, metadata: { name, namespace } };
      const seen = await this.look(object, () => ({ stableBefore: false, isRollback: false, detached: false }));
      if (seen.live) return seen;
      const { health } = seen;
      return { ...seen, health: { ...health, reason: `${health.reason}${await this.lackOf(object)}` } };
    });
  }

  /** What besides the object itself is missing: a kind that the cluster does not serve has no objects. */
  private async lackOf(object: KubernetesObject): Promise<string> {
    if (!isCustom(object)) return '';
    switch (await crdStateOf(this.session.client, object, this.objects)) {
      case 'served':
      case 'none known':
        return '';
      case 'another version':
        return `; the CustomResourceDefinition of ${object.kind} does not serve ${object.apiVersion}`;
      case 'none':
        return `; the cluster has no CustomResourceDefinition of ${object.kind} in ${object.apiVersion}, install it first`;
    }
  }

  /** Custom resources, applied before a wave has come to its end, that say why they do not work: what is waited for may need them. */
  public async besides(wave: number): Promise<Assessment[]> {
    if (wave >= WAVES.length) return [];
    const others = this.objects.filter((object) => assessedAt(object) === 'end' && waveOf(object) <= wave);
    return (await this.assess(others)).filter(({ health }) => health.noteworthy ?? health.state === 'failed');
  }

  /** Looks at objects of the release; at no Job that has done its work. */
  public async assess(objects: readonly KubernetesObject[]): Promise<Assessment[]> {
    const { detached } = this.session.request;
    return inParallel(
      objects.filter((object) => !this.isCompleted(object)),
      (object) =>
        this.look(object, () => {
          const { isRollback, stableBefore } = this.inventory().attempt!;
          return { stableBefore: stableBefore.includes(nameOf(object)), isRollback, detached };
        }),
    );
  }

  /** @param expectation asked when the object was read */
  private async look(
    object: KubernetesObject,
    expectation: () => Omit<Expectation, 'startedAt' | 'now'>,
  ): Promise<Assessment> {
    const { client, request } = this.session;
    const live = await client.find(referenceTo(object));
    const expected = { ...expectation(), startedAt: request.startedAt, now: this.session.now() };
    return { object, live, health: await healthOf(client, object, live, expected) };
  }

  /** Whether what an overtaken request had begun to write came after what this one has applied: it must be neither judged nor promoted. */
  public isOverwritten(object: KubernetesObject, live: KubernetesObject | undefined): boolean {
    const { [RELEASE_ANNOTATION]: holder, [TEMPLATE_ANNOTATION]: template } = live?.metadata.annotations ?? {};
    return holder === this.session.release && template !== templateOf(object);
  }

  /** A Job that has done its work, with the template that the release has now; it may be gone by its time to live. */
  public isCompleted(object: KubernetesObject): boolean {
    if (object.kind !== 'Job') return false;
    const identity = identityOf(referenceTo(object));
    const { attempt, jobs } = this.inventory();
    return (attempt?.completed?.includes(identity) ?? false) || jobs?.[identity] === templateOf(object);
  }

  /** What the gates have said; a deployment does not fail because nothing is known of it. */
  public async judgement(): Promise<Pick<Outcome, 'judgement'>> {
    const rollouts = this.objects.filter(({ kind }) => kind === 'Rollout');
    const { client, request } = this.session;
    const lines = await inParallel(rollouts, async (rollout) => {
      const live = await client.find(referenceTo(rollout)).catch(() => undefined);
      return (
        live &&
        `${nameOf(rollout)}: ${await judgementOf(client, live, request.startedAt).catch((error: unknown) => `what its gates said is not known: ${messageOf(error)}`)}`
      );
    });
    return lines.length === 0 ? {} : { judgement: oneLine(lines.filter((line) => line !== undefined).join('; ')) };
  }
}
