import { type Inventory } from './inventory';
import { type ReleaseRequest } from './request';
import { type Target } from './target';

/** What a tick does. */
export type Decision =
  /** Nothing: a newer request holds the release. */
  | { readonly action: 'superseded'; readonly by: string }
  /** Nothing: another construct owns the release. */
  | { readonly action: 'refuse'; readonly reason: string }
  /** Fail with what is not healthy yet. */
  | { readonly action: 'expire' }
  /** Record the attempt, then go on. */
  | { readonly action: 'begin'; readonly promote: readonly string[] }
  /** Apply the waves that are left, and watch those that were applied. */
  | { readonly action: 'continue' }
  /** Succeed without a change. */
  | { readonly action: 'nothing' }
  /** Give a release that was taken over, and was never healthy since, back to its former owner. */
  | { readonly action: 'hand back'; readonly to: string }
  /** Remove what the inventory names. */
  | { readonly action: 'delete' };

/**
 * The table "event × cluster state → action" of the architecture.
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
  const mine = inventory?.owner === request.owner;
  if (request.type === 'Delete') {
    if (!inventory || !mine) return { action: 'nothing' };
    if (inventory.adoptedFrom) return { action: 'hand back', to: inventory.adoptedFrom };
    return isExpired(request, now) ? { action: 'expire' } : { action: 'delete' };
  }
  if (inventory && !mine && !request.adopt) {
    return {
      action: 'refuse',
      reason: `release ${request.namespace}/${request.name} belongs to ${inventory.owner}; delete it there, choose another name, or set adopt to take it over`,
    };
  }
  if (isExpired(request, now)) return { action: 'expire' };
  if (inventory?.attempt?.request === request.id && mine) return { action: 'continue' };
  return { action: 'begin', promote: stableBefore(inventory, target?.templates ?? {}) };
}

function isExpired(request: ReleaseRequest, now: number): boolean {
  return now - request.startedAt >= request.deadlineSeconds * 1000;
}

/**
 * Rollouts whose pod template was stable in the newest healthy release, or in the one before it.
 *
 * The newest counts because an attempt after it may have been promoted before the deployment failed elsewhere.
 */
function stableBefore(inventory: Inventory | undefined, templates: Readonly<Record<string, string>>): string[] {
  return Object.entries(templates)
    .filter(([rollout, template]) => {
      const past = (inventory?.history ?? []).map((release) => release.templates[rollout]).filter((digest) => digest !== undefined);
      const previous = past.find((digest) => digest !== past[0]);
      return template === past[0] || template === previous;
    })
    .map(([rollout]) => rollout);
}
