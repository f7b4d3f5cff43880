import { type KubernetesObject } from '../constructs/kubernetes/contract/release-document';
import { decide, wantsRollback, refusalOf } from './decide';
import { Deletion, retryableIfTransient } from './deletion';
import { Deployment } from './deployment';
import { isTerminating, referenceTo } from '../kubernetes-client/objects';
import { identityOf, RetryableError, oneLine, ReleaseFailure, Superseded } from './failure';
import { type Inventory, isAtWork } from './inventory';
import {
  isAccessRefused,
  isNamespaceGone,
  isStatus,
  isTransient,
  messageOf,
} from '../kubernetes-client/kubernetes-client';
import { describeHeld, type HeldObject, heldByOthers } from './object-owners';
import { union } from './remove';
import { type ReleaseRequest } from './request';
import { ACCESS_GRACE, type Outcome, Session, type Dependencies } from './session';
import { type Target, targetOf } from './target';

export { type Outcome, type Dependencies } from './session';

/**
 * One tick: reads the cluster afresh and moves the release toward what the request wants.
 *
 * @throws ReleaseFailure when the request has failed; its message is one line that fits into CloudFormation's reason
 */
export async function reconcile(request: ReleaseRequest, dependencies: Dependencies): Promise<Outcome> {
  const session = new Session(request, dependencies);
  for (;;) {
    try {
      const outcome = await tick(session);
      if (!outcome.complete && session.now() >= session.deadline)
        throw expired(request, outcome.waitingFor ?? 'an end');
      return inLine(outcome);
    } catch (error) {
      const otherwise = outcomeOf(error, request, session.now());
      const outcome = mayLackNamespace(error, otherwise, request)
        ? ((await withoutNamespace(session)) ?? otherwise)
        : otherwise;
      if (!(outcome instanceof ReleaseFailure)) return inLine(outcome);
      // A server that has just been started may refuse those it knows: it is asked again while the tick lasts.
      if (isAccessRefused(error) && (await session.pause())) continue;
      // Who was known in this very tick has not lost its rights: the cluster could not tell for a moment.
      if (isAccessRefused(error) && session.isKnown && session.now() < session.deadline)
        return inLine({ complete: false, waitingFor: `access: ${messageOf(error)}` });
      await end(session);
      outcome.message = oneLine(outcome.message);
      throw outcome;
    }
  }
}

/** What is waited for is read by people too, and comes from servers and webhooks. */
function inLine(outcome: Outcome): Outcome {
  return outcome.waitingFor === undefined ? outcome : { ...outcome, waitingFor: oneLine(outcome.waitingFor) };
}

/** What an error means for the request: something to wait for, or its failure. */
function outcomeOf(error: unknown, request: ReleaseRequest, now: number): Outcome | ReleaseFailure {
  if (error instanceof ReleaseFailure) return error;
  const age = now - request.startedAt;
  const late = age >= request.deadlineSeconds * 1000;
  // An access entry takes a while to be known to the cluster.
  if (isStatus(error, 401, 403) && age < ACCESS_GRACE && !late)
    return { complete: false, waitingFor: `access: ${messageOf(error)}` };
  // A newer request was faster: the next tick sees it and ends.
  if (isStatus(error, 409) && !late) return { complete: false, waitingFor: 'another request' };
  if (!isTransient(error) && !(error instanceof RetryableError))
    return new ReleaseFailure(`release ${request.namespace}/${request.name}: ${messageOf(error)}`);
  const waitingFor = error instanceof RetryableError ? error.message : `the cluster: ${messageOf(error)}`;
  return late ? expired(request, waitingFor) : { complete: false, waitingFor };
}

function expired(request: ReleaseRequest, waitingFor: string): ReleaseFailure {
  return new ReleaseFailure(`deadline of ${request.deadlineSeconds} s reached while waiting for ${waitingFor}`);
}

/**
 * Whether a namespace that is gone may be behind an error. The rights of the model tier are in the namespace, so it shows as refused
 * access, as a release that is not there any more, or as any other failure.
 */
function mayLackNamespace(error: unknown, outcome: Outcome | ReleaseFailure, { type }: ReleaseRequest): boolean {
  if ((error instanceof Superseded && error.by === 'none') || isAccessRefused(error) || isNamespaceGone(error))
    return true;
  return type !== 'Delete' && outcome instanceof ReleaseFailure;
}

/**
 * What a request comes to when its namespace is gone, or going: a deletion has nothing left to do, and anything else fails at once,
 * because waiting brings no namespace back.
 *
 * @returns undefined when the namespace is there, or it is not known
 */
async function withoutNamespace(session: Session): Promise<Outcome | ReleaseFailure | undefined> {
  const { request } = session;
  const state = await namespaceState(session);
  if (state === 'there' || state === 'unknown') return undefined;
  if (request.type !== 'Delete') return lacksNamespace(request, state);
  if (state === 'going')
    return session.now() < session.deadline
      ? { complete: false, waitingFor: `namespace ${request.namespace} to be gone` }
      : undefined;
  try {
    return await new Deletion(session).forget(false);
  } catch (later) {
    return outcomeOf(later, request, session.now());
  }
}

function lacksNamespace({ namespace }: ReleaseRequest, state: 'going' | 'gone'): ReleaseFailure {
  const what = state === 'gone' ? 'does not exist' : 'is being deleted';
  return new ReleaseFailure(
    `namespace ${namespace} ${what}; put back what it belongs to, for a model with \`npm run releases -- <environment> reapply kube-system/platform\`, and deploy this release again`,
  );
}

async function namespaceState({ client, request }: Session): Promise<'there' | 'going' | 'gone' | 'unknown'> {
  try {
    const namespace = await client.find({ apiVersion: 'v1', kind: 'Namespace', name: request.namespace });
    if (!namespace) return 'gone';
    return isTerminating(namespace) ? 'going' : 'there';
  } catch {
    return 'unknown';
  }
}

/** Remembers that the request has failed, as far as that is still possible: nobody ticks for it any more. */
async function end({ own, request, store }: Session): Promise<void> {
  if (own?.attempt?.request !== request.id) return;
  try {
    await store.write({ ...own, attempt: { ...own.attempt, ended: true } });
  } catch {
    // The failure itself matters more; without the mark a deletion only takes its time.
  }
}

async function tick(session: Session): Promise<Outcome> {
  const { request, store, dependencies } = session;
  const objects =
    request.type === 'Delete'
      ? []
      : await retryableIfTransient("the release's asset", () => dependencies.source.load(request));
  const inventory = await store.read();
  session.isKnown = true;
  const target = targetOf(objects);
  const isBusy =
    request.manual === true &&
    (await isAtWork(session.client, request.namespace, request.name, inventory?.attempt, session.lastTickAtWork));
  const refusal = refusalOf(request, inventory, isBusy);
  if (refusal && request.type === 'Delete') return { complete: true };
  if (refusal) throw new ReleaseFailure(refusal);
  const begins = inventory?.attempt?.request !== request.id || inventory.owner !== request.owner;
  const held = begins ? await heldObjects(session, objects, target, inventory) : [];
  const newer = await store.claim(session.now());
  if (!begins) session.own = inventory;
  const decision = decide(request, inventory, newer, target, session.now());
  switch (decision.action) {
    case 'superseded':
      throw new Superseded(decision.by);
    case 'expire':
      throw expired(request, await unfinished(session, objects, target, inventory));
    case 'return ownership':
      return new Deletion(session).returnOwnership(inventory!, decision.to);
    case 'delete':
      return new Deletion(session).delete(inventory!);
    case 'forget':
      return new Deletion(session).forget(true);
    case 'begin':
      return new Deployment(
        session,
        objects,
        target,
        await begin(session, objects, target, inventory, decision, held),
      ).advance();
    case 'continue':
      return new Deployment(session, objects, target, inventory!).advance();
  }
}

/**
 * Objects that another living release holds and that this one is to take over, or to leave where they are.
 *
 * @throws ReleaseFailure when it may do neither
 */
async function heldObjects(
  { client, request }: Session,
  objects: readonly KubernetesObject[],
  target: Target,
  inventory: Inventory | undefined,
): Promise<HeldObject[]> {
  const held = await heldByOthers(client, objects, request);
  // A rollback must not fail: what another release has acquired since stays with it.
  if (held.length > 0 && !request.adopt && !wantsRollback(inventory, target))
    throw new ReleaseFailure(describeHeld(held));
  return held;
}

/** Names everything that may come to be before any of it does, so that whatever happens it can be found again. */
async function begin(
  session: Session,
  objects: readonly KubernetesObject[],
  target: Target,
  inventory: Inventory | undefined,
  { isRollback, stableBefore }: { readonly isRollback: boolean; readonly stableBefore: readonly string[] },
  held: readonly HeldObject[],
): Promise<Inventory> {
  const {
    request: { id, owner, adopt, namespace, name, startedAt },
    dependencies: { source },
  } = session;
  // What is there already can be changed in a namespace that is being deleted, and then goes with it.
  if (inventory && (await namespaceState(session)) === 'going') throw lacksNamespace(session.request, 'going');
  const record = await retryableIfTransient('the records of releases', () => source.record({ namespace, name }));
  // The waiter of a request that was canceled may come long after the deletion that followed it.
  if (record && 'deletedAt' in record && record.deletedAt >= startedAt) {
    await session.store.removeLease();
    throw new Superseded('none');
  }
  const before = inventory?.attempt;
  const overtook =
    before && before.request !== id && !before.ended && session.now() < before.until
      ? { request: before.request, at: session.now() }
      : undefined;
  // What a failed attempt had returned is this release's again.
  const returned = before?.returned ?? [];
  const mayTake = held.filter(({ reference }) => adopt || returned.includes(identityOf(reference)));
  const acquired: Readonly<Record<string, string>> = Object.fromEntries(
    mayTake.map(({ reference, release }) => [identityOf(reference), release]),
  );
  // What a failed attempt had acquired is returned, also where this release has had it once.
  const skipped = adopt
    ? []
    : [...held.map(({ reference }) => identityOf(reference)), ...(before?.acquired ?? [])].filter(
        (identity) => !(identity in acquired),
      );
  const begun: Inventory = {
    owner,
    released: inventory?.released,
    jobs: inventory?.jobs,
    adoptedFrom: inventory && inventory.owner !== owner ? inventory.owner : inventory?.adoptedFrom,
    acquiredFrom: { ...inventory?.acquiredFrom, ...acquired },
    attempt: {
      acquired: [
        ...new Set([
          ...(before?.acquired ?? []),
          ...Object.keys(acquired).filter((identity) => !returned.includes(identity)),
        ]),
      ],
      manual: session.request.manual,
      request: id,
      digest: target.digest,
      waves: 0,
      skipped,
      until: session.deadline,
      overtook,
      isRollback,
      stableBefore,
    },
    // What another release keeps is listed too: it comes back when that one drops it.
    objects: union(inventory?.objects ?? [], objects.map(referenceTo)),
    history: inventory?.history ?? [],
  };
  await session.save(begun);
  return begun;
}

/** What a request whose time is up has waited for. */
async function unfinished(
  session: Session,
  objects: readonly KubernetesObject[],
  target: Target,
  inventory: Inventory | undefined,
): Promise<string> {
  if (session.request.type === 'Delete') return new Deletion(session).unfinished(inventory);
  return session.own ? new Deployment(session, objects, target, session.own).unfinished() : 'a start';
}
