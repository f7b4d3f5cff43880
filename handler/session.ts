import { type Inventory, InventoryStore } from './inventory';
import { type KubernetesClient } from '../kubernetes-client/kubernetes-client';
import { Superseded } from './failure';
import { type ReleaseSource } from './release-store';
import { type ReleaseRequest } from './request';

/** What a tick needs. */
export interface Dependencies {
  readonly client: KubernetesClient;
  readonly source: ReleaseSource;
  /** Milliseconds since the epoch at which the tick must have returned. */
  readonly until: number;
  /** @returns milliseconds since the epoch */
  readonly now: () => number;
  /** Milliseconds between the end of a tick and the next one of the same request. */
  readonly interval: number;
  /** Waits for some milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** What a tick came to. */
export interface Outcome {
  readonly complete: boolean;
  /** What is waited for, in one line. */
  readonly waitingFor?: string;
  /** What gates have said of the Rollouts of a deployment that is complete, in one line. */
  readonly judgement?: string;
}

/** Milliseconds after the start of a request in which a refused identity may just be new. */
export const ACCESS_GRACE = 120_000;

/** Milliseconds between two looks at the cluster within a tick. */
export const LOOK_INTERVAL = 1000;

/** Milliseconds one tick watches the cluster. */
export const TICK = 25_000;

/** Longest time that a tick takes, milliseconds: it watches, and then ends what it has begun. */
export const LONGEST_TICK = 30_000;

/**
 * Milliseconds after which nothing can reach the server any more that another request had begun to write when this one took the release
 * over: as long as the other one's fence holds, and as its client waits for an answer.
 */
const LONGEST_WRITE = 25_000;

/** Milliseconds without a tick after which the process of a request counts as gone, beside the time between two ticks. */
const HEARTBEAT_TIMEOUT = 90_000;

/** Milliseconds since the epoch at which a request must have ticked at the earliest, if its process is not gone. */
export function lastTickAtWork({ now, interval }: Dependencies): number {
  return now() - 2 * interval - HEARTBEAT_TIMEOUT;
}

/** One tick of one request: its place in the cluster, and its time. */
export class Session {
  public readonly store: InventoryStore;
  /** The release, as `<namespace>/<name>`. */
  public readonly release: string;
  /** The inventory as this tick has last written it, or found it, for its own request. */
  public own?: Inventory;
  /** The cluster has answered in this tick, so that it knows who asks. */
  public isKnown = false;
  private fenced = { at: -Infinity, result: Promise.resolve() };

  constructor(
    public readonly request: ReleaseRequest,
    public readonly dependencies: Dependencies,
  ) {
    this.store = new InventoryStore(dependencies.client, request);
    this.release = `${request.namespace}/${request.name}`;
  }

  public get client(): KubernetesClient {
    return this.dependencies.client;
  }

  public now(): number {
    return this.dependencies.now();
  }

  /** Milliseconds since the request was made. */
  public get age(): number {
    return this.now() - this.request.startedAt;
  }

  /** The end of the request, milliseconds since the epoch. */
  public get deadline(): number {
    return this.request.startedAt + this.request.deadlineSeconds * 1000;
  }

  /** Whether the waiter of a request that was canceled when this one came has ticked once more by now, and ended. */
  public get isAlone(): boolean {
    return this.age >= 2 * this.dependencies.interval + LONGEST_TICK;
  }

  /** Milliseconds since the epoch at which a request must have ticked at the earliest, if its process is not gone. */
  public get lastTickAtWork(): number {
    return lastTickAtWork(this.dependencies);
  }

  /** Whether nothing that another request had begun to write at a moment can reach the server any more. */
  public isPastWritesOf(moment: number): boolean {
    return this.now() - moment >= LONGEST_WRITE;
  }

  /** @returns false when the tick has no time left for another look */
  public async pause(): Promise<boolean> {
    // The deadline ends a tick as well: it may come long before the tick's own time is up.
    if (this.now() + LOOK_INTERVAL >= Math.min(this.dependencies.until, this.deadline)) return false;
    await this.dependencies.sleep(LOOK_INTERVAL);
    return true;
  }

  /**
   * Makes sure that the release is still this request's. An answer holds for a second, so what one request has begun to write may reach
   * the server after a newer one has claimed the release: the newer one waits for that before it ends, and applies everything again.
   *
   * @param age milliseconds for which an answer holds
   * @throws Superseded when it is not
   */
  public async fence(age = LOOK_INTERVAL): Promise<void> {
    const at = this.now();
    if (at - this.fenced.at >= age) {
      const result = this.store.otherHolder().then((other) => {
        // The Lease may go before the inventory where their namespace is part of what is deleted.
        if (other && !(other === 'none' && this.request.type === 'Delete')) throw new Superseded(other);
      });
      this.fenced = { at, result };
    }
    await this.fenced.result;
  }

  public async save(inventory: Inventory): Promise<void> {
    await this.store.write(inventory);
    this.own = inventory;
  }
}
