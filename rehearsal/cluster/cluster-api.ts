import type { PodStatus } from 'kubernetes-types/core/v1';

/** What becomes of an object that is watched. */
export interface WatchListener<T> {
  /** The object is new or has changed. */
  onChange(object: T): void;
  /** The object is gone; its last known state. */
  onGone(object: T): void;
}

export interface WatchScope {
  /** Collection, for example `/api/v1/pods`. */
  readonly path: string;
  /** @default every object of the collection */
  readonly labelSelector?: string;
}

/** The few things the simulation asks of the API server. */
export interface IClusterApi {
  /** Watches until the returned function is called; survives a restart of the API server and a collection that does not exist yet. */
  watch<T>(scope: WatchScope, listener: WatchListener<T>): () => void;
  /** False when the pod no longer exists. */
  patchPodStatus(namespace: string, name: string, uid: string, status: PodStatus): Promise<boolean>;
  /** Deletes the pod without a grace period, if it is still the one of this uid. */
  deletePod(namespace: string, name: string, uid: string): Promise<void>;
}
