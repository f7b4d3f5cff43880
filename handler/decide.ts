import { type Inventory } from './inventory';
import { type ReleaseRequest } from './request';
import { type Target } from './target';

/** What a tick does. */
export type Decision =
  /** Nothing: a newer request holds the release. */
  | { readonly action: 'superseded'; readonly by: string }
  /** Fail with what is not healthy yet. */
  | { readonly action: 'expire' }
  /** Record the attempt, then continue. */
  | { readonly action: 'begin'; readonly isRollback: boolean; readonly stableBefore: readonly string[] }
  /** Apply the waves that are left, and watch those that were applied. */
  | { readonly action: 'continue' }
  /** Return a release that was adopted, and was never healthy since, to its former owner. */
  | { readonly action: 'return ownership'; readonly to: string }
  /** Remove what the inventory names. */
  | { readonly action: 'delete' }
  /** There is nothing to remove: keep those from beginning that may still be on their way. */
  | { readonly action: 'forget' };

/**
 * Why a request may not touch a release at all; undefined when it may. It is asked before the Lease is touched: who may not, leaves no
 * trace. A Delete that may not has nothing to do.
 *
 * @param isAtWork whether the request that the inventory's attempt is of still ticks
 */
export function refusalOf(
  { type, id, owner, namespace, name, adopt, manual }: ReleaseRequest,
  inventory: Inventory | undefined,
  isAtWork: boolean,
): string | undefined {
  if (!inventory) return undefined;
  if (inventory.owner !== owner && (type === 'Delete' || !adopt)) {
    return `release ${namespace}/${name} belongs to ${inventory.owner}; delete it there, choose another name, or set adopt to take it over`;
  }
  const { attempt } = inventory;
  // What a person has begun another one may take over: it may have been cut off.
  if (manual && attempt && attempt.request !== id && !attempt.manual && isAtWork) {
    return `release ${namespace}/${name} is being deployed, until ${new Date(attempt.until).toISOString()} at the latest; wait for the end of that deployment`;
  }
  return undefined;
}

/**
 * The table "event × cluster state → action" of the architecture, for a request that may touch the release.
 *
 * @param request the event
 * @param inventory what the cluster holds of this release
 * @param newerRequest id of a newer request that holds the Lease
 * @param target the release that the request wants; not needed for a Delete
 * @param now milliseconds since the epoch
 */
export function decide(
  request: ReleaseRequest,
  inventory: Inventory | undefined,
  newerRequest: string | undefined,
  target: Target | undefined,
  now: number,
): Decision {
  if (newerRequest) return { action: 'superseded', by: newerRequest };
  if (request.type === 'Delete') {
    if (!inventory) return { action: 'forget' };
    if (inventory.adoptedFrom) return { action: 'return ownership', to: inventory.adoptedFrom };
    return isExpired(request, now) ? { action: 'expire' } : { action: 'delete' };
  }
  if (isExpired(request, now)) return { action: 'expire' };
  if (inventory?.attempt?.request === request.id && inventory.owner === request.owner) return { action: 'continue' };
  return {
    action: 'begin',
    isRollback: wantsRollback(inventory, target),
    stableBefore: stableBefore(inventory, target?.templates ?? {}),
  };
}

/** Whether a request wants what was deployed last, or was last healthy, as a rollback does. */
export function wantsRollback(inventory: Inventory | undefined, target: Target | undefined): boolean {
  return target !== undefined && [inventory?.released, inventory?.history[0]?.digest].includes(target.digest);
}

function isExpired(request: ReleaseRequest, now: number): boolean {
  return now - request.startedAt >= request.deadlineSeconds * 1000;
}

/**
 * Workloads whose pod template was stable in the newest healthy release, or in the one before it.
 *
 * The newest counts because an attempt after it may have been promoted before the deployment failed elsewhere.
 */
function stableBefore(inventory: Inventory | undefined, templates: Readonly<Record<string, string>>): string[] {
  return Object.entries(templates)
    .filter(([workload, template]) => {
      const past = (inventory?.history ?? [])
        .map((release) => release.templates[workload])
        .filter((digest) => digest !== undefined);
      const previous = past.find((digest) => digest !== past[0]);
      return template === past[0] || template === previous;
    })
    .map(([workload]) => workload);
}
