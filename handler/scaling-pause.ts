import {
  KEDA_PAUSED_ANNOTATION,
  KEDA_PAUSED_REPLICAS_ANNOTATION,
  SCALING_PAUSE_ANNOTATIONS,
  SCALING_PAUSED_BY_ANNOTATION,
  SCALING_PAUSED_UNTIL_ANNOTATION,
} from '../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../constructs/kubernetes/contract/release-document';
import { type KubernetesClient, isStatus, type ObjectReference } from '../kubernetes-client/kubernetes-client';
import { holds, referenceTo } from '../kubernetes-client/objects';
import { nameOf, summarize } from './failure';
import { inParallel } from '../kubernetes-client/in-parallel';
import { type ReleaseRequest } from './request';

/** Values of its annotation with which KEDA does not pause; any other does. */
const NOT_PAUSED = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** Milliseconds that KEDA gets to notice a pause; a rollout does not wait for longer for a KEDA that is down and scales nothing. */
const TIMEOUT = 30_000;

/** Milliseconds after the deadline of a request at which its pause has no reason left. */
const SLACK = 600_000;

interface ScaledObjectSpec {
  readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind?: string; readonly name: string };
}

/**
 * Keeps autoscalers from changing replicas while a release rolls out.
 *
 * Without it an autoscaler and a canary work against each other: the steps are shares of a number of replicas that the
 * autoscaler moves, and it moves the number by what it reads of both revisions (argo-rollouts #4847).
 *
 * A pause carries the request that set it and the time at which it has lost its reason. A newer request takes it over; the
 * request that ends well takes it off. Where neither comes, as after a failed rollback, it stays, so that nothing scales a
 * rollout of unknown state, until the next request or, after its time, anybody. What a person has paused stays paused.
 */
export class ScalingPause {
  public constructor(
    private readonly client: KubernetesClient,
    private readonly request: ReleaseRequest,
    private readonly now: () => number,
  ) {}

  /**
   * Pauses what scales a workload that exists.
   *
   * @param references objects of the release, and of the one before
   * @returns what is waited for, in one line; undefined when nothing scales any more
   */
  public async begin(references: readonly ObjectReference[]): Promise<string | undefined> {
    const waiting: string[] = [];
    for (const scaler of await this.scalers(references)) {
      const target = await this.targetOf(scaler);
      if (!target || isPausedByAPerson(scaler)) continue;
      if (ownerOf(scaler) !== this.request.id)
        await this.annotate(scaler, { [KEDA_PAUSED_REPLICAS_ANNOTATION]: null, ...this.pauseOf(target) });
      else if ((await this.isAcknowledged(scaler)) || this.now() - this.request.startedAt >= TIMEOUT) continue;
      waiting.push(`${nameOf(scaler)} to be paused`);
    }
    return waiting.length > 0 ? summarize(waiting) : undefined;
  }

  /**
   * The objects as they are to be applied: an autoscaler that is new, for a workload that is not, comes paused. It could not be paused
   * before, and would scale the rollout that it comes with.
   */
  public async pausedAtFirst(objects: readonly KubernetesObject[]): Promise<KubernetesObject[]> {
    return inParallel(objects, async (object) => {
      if (object.kind !== 'ScaledObject' || (await this.client.find(referenceTo(object)))) return object;
      const target = await this.targetOf(object);
      return target ? withAnnotations(object, this.pauseOf(target)) : object;
    });
  }

  /** Takes off every pause that a release has set. The caller holds the Lease, so no newer request has one of its own. */
  public async end(references: readonly ObjectReference[]): Promise<void> {
    for (const scaler of await this.scalers(references)) {
      if (ownerOf(scaler) === undefined) continue;
      await this.annotate(scaler, Object.fromEntries(SCALING_PAUSE_ANNOTATIONS.map((name) => [name, null])));
    }
  }

  private async scalers(references: readonly ObjectReference[]): Promise<KubernetesObject[]> {
    const found = await inParallel(
      references.filter(({ kind }) => kind === 'ScaledObject'),
      (reference) => this.client.find(reference),
    );
    return found.filter((object) => object !== undefined);
  }

  private async targetOf(scaler: KubernetesObject): Promise<KubernetesObject | undefined> {
    const { apiVersion = 'apps/v1', kind = 'Deployment', name } = (scaler.spec as ScaledObjectSpec).scaleTargetRef;
    return this.client.find({ apiVersion, kind, name, namespace: scaler.metadata.namespace });
  }

  private pauseOf(target: KubernetesObject): Record<string, string> {
    const { startedAt, deadlineSeconds, id } = this.request;
    return {
      [KEDA_PAUSED_ANNOTATION]: 'true',
      // A model that sleeps is woken: a canary without a replica would be promoted without having answered anything.
      ...((target.spec as { replicas?: number }).replicas === 0 ? { [KEDA_PAUSED_REPLICAS_ANNOTATION]: '1' } : {}),
      [SCALING_PAUSED_BY_ANNOTATION]: id,
      [SCALING_PAUSED_UNTIL_ANNOTATION]: new Date(startedAt + deadlineSeconds * 1000 + SLACK).toISOString(),
    };
  }

  /** KEDA says so, and then removes its HorizontalPodAutoscaler, which scales by itself as long as it is there. */
  private async isAcknowledged(scaler: KubernetesObject): Promise<boolean> {
    if (!holds(scaler, 'Paused')) return false;
    const { name: scalerName, namespace } = scaler.metadata;
    const { hpaName: name = `keda-hpa-${scalerName}` } = scaler.status as { hpaName?: string };
    const autoscaler = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name, namespace };
    return (await this.client.find(autoscaler)) === undefined;
  }

  private async annotate(
    scaler: KubernetesObject,
    annotations: { readonly [name: string]: string | null },
  ): Promise<void> {
    try {
      await this.client.merge(referenceTo(scaler), { metadata: { annotations } });
    } catch (error) {
      // Removed in the meantime: it scales nothing any more.
      if (!isStatus(error, 404)) throw error;
    }
  }
}

/** The object with the pause that is on it now: neither a release's nor a person's is taken off by an apply. */
export function keepPause(object: KubernetesObject, live: KubernetesObject): KubernetesObject {
  return withAnnotations(
    object,
    Object.fromEntries(
      Object.entries(live.metadata.annotations ?? {}).filter(([name]) => SCALING_PAUSE_ANNOTATIONS.includes(name)),
    ),
  );
}

function withAnnotations(object: KubernetesObject, annotations: Readonly<Record<string, string>>): KubernetesObject {
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } },
  };
}

function ownerOf(scaler: KubernetesObject): string | undefined {
  return scaler.metadata.annotations?.[SCALING_PAUSED_BY_ANNOTATION];
}

function isPausedByAPerson(scaler: KubernetesObject): boolean {
  const annotations = scaler.metadata.annotations ?? {};
  return (
    ownerOf(scaler) === undefined &&
    (KEDA_PAUSED_REPLICAS_ANNOTATION in annotations ||
      (KEDA_PAUSED_ANNOTATION in annotations && !NOT_PAUSED.has(annotations[KEDA_PAUSED_ANNOTATION])))
  );
}
