import { inventoryIn, inventoryName, type ReleaseInventory } from '../constructs/kubernetes/contract/inventory';
import { INVENTORY_LABEL } from '../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../constructs/kubernetes/contract/release-document';
import {
  isNamespaceGone,
  isStatus,
  type KubernetesClient,
  type ObjectReference,
} from '../kubernetes-client/kubernetes-client';
import { type ReleaseRequest } from './request';

/** A release that was healthy as a whole. */
export interface HealthyRelease {
  /** Digest of the objects. */
  readonly digest: string;
  /** Digest of each workload's pod template, by its name as in `Rollout models/chat`. */
  readonly templates: Readonly<Record<string, string>>;
}

/** A release that is being applied. */
export interface Attempt {
  readonly request: string;
  readonly digest: string;
  /** Number of waves applied so far. */
  readonly waves: number;
  /** Number of objects of the next wave that were applied already, where one tick did not suffice for it. */
  readonly applied?: number;
  /** What kept the last tick from applying the next wave. */
  readonly blockedBy?: string;
  /** Objects, by their identity, that another release has acquired since this one was last healthy: skipped. */
  readonly skipped?: readonly string[];
  /** Objects, by their identity, that this attempt or a failed one before it has acquired from another release. */
  readonly acquired?: readonly string[];
  /** The request has failed: nobody ticks for it any more. */
  readonly ended?: boolean;
  /** Objects, by their identity, that this attempt returns to the releases that they were acquired from. */
  readonly returned?: readonly string[];
  /** A person asked for it, beside CloudFormation. */
  readonly manual?: boolean;
  /** Deadline of the request, milliseconds since the epoch: after it nobody ticks for it either. */
  readonly until: number;
  /** A request that had not ended when this one took the release over, and when that was, milliseconds since the epoch. */
  readonly overtook?: { readonly request: string; readonly at: number };
  /** The request wants the release as it was deployed last, as a rollback does. */
  readonly isRollback: boolean;
  /** Workloads, by their name as in `Rollout models/chat`, whose pod template was stable before. */
  readonly stableBefore: readonly string[];
  /** Jobs, by their identity, that were seen to complete: they may be gone by now. */
  readonly completed?: readonly string[];
  /** Since when left-over objects are being removed, milliseconds since the epoch. */
  readonly pruningSince?: number;
  /** What was last seen to keep an object from being healthy, by the object's name. */
  readonly seen?: Readonly<Record<string, string>>;
}

/** What the handler knows of a release, kept in the cluster beside it. */
export interface Inventory extends ReleaseInventory {
  /** The owner from whom the release was taken over, until it is healthy under its new one. */
  readonly adoptedFrom?: string;
  readonly attempt?: Attempt;
  /**
   * Objects, by their identity, that were acquired from another living release, and which: they are returned to it when this release drops
   * them, as long as that one still lists them.
   */
  readonly acquiredFrom?: Readonly<Record<string, string>>;
  /** Jobs of the release, by their identity, that have done their work, and the digest of the pod template that they did it with. */
  readonly jobs?: Readonly<Record<string, string>>;
  /** Every object that this release may have left in the cluster. */
  readonly objects: readonly ObjectReference[];
  readonly history: readonly HealthyRelease[];
}

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' } as const;
const LEASE = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' } as const;

/** Number of healthy releases to remember. */
const HISTORY = 10;

/** What any release holds; undefined when there is none of that name. */
export async function readInventory(
  client: KubernetesClient,
  namespace: string,
  release: string,
): Promise<Inventory | undefined> {
  const stored = await client.find({ ...CONFIG_MAP, name: inventoryName(release), namespace });
  return stored && (inventoryIn(stored) as Inventory);
}

/**
 * Whether a request is at work on a release: it has not ended, holds the Lease, and has ticked lately. One whose process is gone has said
 * nothing of its end.
 *
 * @param since milliseconds since the epoch at which it must have ticked at the earliest
 */
export async function isAtWork(
  client: KubernetesClient,
  namespace: string,
  release: string,
  attempt: Attempt | undefined,
  since: number,
): Promise<boolean> {
  if (!attempt || attempt.ended) return false;
  const lease = await client.find({ ...LEASE, name: inventoryName(release), namespace });
  const { holderIdentity, renewTime } = (lease?.spec ?? {}) as { holderIdentity?: string; renewTime?: string };
  return holderIdentity === attempt.request && Date.parse(renewTime ?? '') >= since;
}

/** Reads and writes the inventory of one release, a ConfigMap, and its Lease. */
export class InventoryStore {
  private readonly configMap: ObjectReference;
  private readonly lease: ObjectReference;
  private resourceVersion?: string;

  constructor(
    private readonly client: KubernetesClient,
    private readonly request: ReleaseRequest,
  ) {
    const { namespace } = request;
    const name = inventoryName(request.name);
    this.configMap = { ...CONFIG_MAP, name, namespace };
    this.lease = { ...LEASE, name, namespace };
  }

  public async read(): Promise<Inventory | undefined> {
    const stored = await this.client.find(this.configMap);
    this.resourceVersion = stored && versionOf(stored);
    return stored && (inventoryIn(stored) as Inventory);
  }

  /**
   * Writes the inventory, if nobody has written it since it was read.
   *
   * @throws HTTP 409 when another request was faster
   */
  public async write(inventory: Inventory): Promise<void> {
    const object = {
      ...this.header(this.configMap, this.resourceVersion),
      data: { inventory: JSON.stringify({ ...inventory, history: inventory.history.slice(0, HISTORY) }) },
    };
    this.resourceVersion = versionOf(
      await (this.resourceVersion ? this.client.replace(object) : this.client.create(object)),
    );
  }

  /**
   * Claims the release for this request, or shows that the one that holds it is still at work.
   *
   * @param now milliseconds since the epoch
   * @returns the id of the newer request that holds it, or undefined when this request holds it now
   */
  public async claim(now: number): Promise<string | undefined> {
    const existing = await this.client.find(this.lease);
    const held = existing?.spec as { holderIdentity?: string; acquireTime?: string } | undefined;
    if (existing && held?.holderIdentity === this.request.id) {
      await this.renew(existing, now);
      return undefined;
    }
    if (held?.acquireTime && Date.parse(held.acquireTime) > this.request.startedAt) return held.holderIdentity;
    const lease = {
      ...this.header(this.lease, existing && versionOf(existing)),
      spec: {
        holderIdentity: this.request.id,
        acquireTime: microTime(this.request.startedAt),
        renewTime: microTime(now),
        leaseDurationSeconds: this.request.deadlineSeconds,
      },
    };
    try {
      await (existing ? this.client.replace(lease) : this.client.create(lease));
      return undefined;
    } catch (error) {
      if (isStatus(error, 409)) return this.claim(now);
      // Nobody else can claim a release either whose namespace is being deleted, and its deletion need not.
      if (isNamespaceGone(error) && this.request.type === 'Delete') return undefined;
      throw error;
    }
  }

  private async renew(lease: KubernetesObject, now: number): Promise<void> {
    try {
      await this.client.merge(this.lease, {
        metadata: { resourceVersion: versionOf(lease) },
        spec: { renewTime: microTime(now) },
      });
    } catch (error) {
      // Taken by a newer request in the meantime: the fence says so before anything is written.
      if (!isStatus(error, 404, 409)) throw error;
    }
  }

  /**
   * Who else has the release by now.
   *
   * @returns the id of the request that took it, `none` when it was deleted, or undefined when this request still holds it
   */
  public async otherHolder(): Promise<string | undefined> {
    const { holderIdentity = 'none' } = ((await this.client.find(this.lease))?.spec ?? {}) as {
      holderIdentity?: string;
    };
    return holderIdentity === this.request.id ? undefined : holderIdentity;
  }

  public async remove(): Promise<void> {
    await this.client.remove(this.configMap);
    await this.removeLease();
  }

  public async removeLease(): Promise<void> {
    await this.client.remove(this.lease);
  }

  private header(reference: ObjectReference, resourceVersion: string | undefined): KubernetesObject {
    const { apiVersion, kind, name, namespace } = reference;
    const labels = { 'app.kubernetes.io/managed-by': 'cdk-llm-platform', [INVENTORY_LABEL]: this.request.name };
    const metadata = { name, namespace, resourceVersion, labels };
    return { apiVersion, kind, metadata };
  }
}

/** A time as a Lease holds it. */
function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}

function versionOf({ metadata: { resourceVersion = '' } }: KubernetesObject): string {
  return resourceVersion;
}
