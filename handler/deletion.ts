import { referenceTo } from '../kubernetes-client/objects';
import { identityOf, nameOf, RetryableError, summarize } from './failure';
import { returnToFormerReleases, restore, acquiredAmong } from './ownership-transfer';
import { type Inventory } from './inventory';
import { isTransient, messageOf } from '../kubernetes-client/kubernetes-client';
import { isReleased, objectsOf } from './release-store';
import { remaining, removeObjects } from './remove';
import { ScalingPause } from './scaling-pause';
import { type Outcome, type Session } from './session';

/** Ends a release: removes its objects, or returns them. */
export class Deletion {
  private readonly scaling: ScalingPause;

  constructor(private readonly session: Session) {
    this.scaling = new ScalingPause(session.client, session.request, () => session.now());
  }

  /** Returns an adopted release to its former owner, as that owner deployed it last. */
  public async returnOwnership(inventory: Inventory, to: string): Promise<Outcome> {
    const { session } = this;
    await this.scaling.end(inventory.objects);
    const acquired = inventory.attempt?.acquired ?? [];
    await returnToFormerReleases(
      session,
      inventory,
      inventory.objects.filter((reference) => acquired.includes(identityOf(reference))),
    );
    await stored(() => restore(session, session.request, () => true, to));
    const acquiredFrom = acquiredAmong(
      inventory,
      inventory.objects.filter((reference) => !acquired.includes(identityOf(reference))),
    );
    await session.store.write({ ...inventory, owner: to, adoptedFrom: undefined, acquiredFrom, attempt: undefined });
    return { complete: true };
  }

  /** Removes what the inventory names. */
  public async delete(inventory: Inventory): Promise<Outcome> {
    const { session } = this;
    // The releases that objects are returned to did not ask for a pause of scaling.
    await this.scaling.end(
      inventory.objects.filter((reference) => inventory.acquiredFrom?.[identityOf(reference)] !== undefined),
    );
    await returnToFormerReleases(session, inventory, inventory.objects);
    const going = await untilGone(session, inventory.objects, session.request.deleteEverything);
    if (going) return { complete: false, waitingFor: going };
    // A waiter that was canceled would find nothing that says so, and begin anew: the Lease stays until it has seen it.
    const { attempt } = inventory;
    if (attempt && !attempt.ended && !session.isAlone)
      return { complete: false, waitingFor: `the end of request ${attempt.request}` };
    return this.end();
  }

  /**
   * There is no inventory: nothing was ever deployed, or somebody has deleted it, perhaps with its namespace and with it the right to
   * look. What the release has left is removed as far as the record of what was deployed last knows it.
   */
  public async forget(namespaceExists: boolean): Promise<Outcome> {
    const { session } = this;
    const {
      request,
      dependencies: { source },
    } = session;
    // A creation that was canceled before it has left a trace may still be on its way.
    if (namespaceExists && !session.isAlone)
      return { complete: false, waitingFor: 'the end of a request that may have been canceled' };
    const record = await stored(() => source.record(request));
    const released = isReleased(record) ? record : undefined;
    if (released && released.owner !== request.owner) return { complete: true };
    const objects = released ? await stored(() => objectsOf(source, released)) : [];
    const left = objects
      .filter(({ metadata }) => namespaceExists || metadata.namespace !== request.namespace)
      .map(referenceTo);
    const going = await removeObjects(session.client, left, session.release, request.deleteEverything);
    return going.length > 0
      ? { complete: false, waitingFor: `${summarize(going.map(nameOf))} to be removed` }
      : this.end(namespaceExists);
  }

  /** What is left of a release whose time is up, in words. */
  public async unfinished(inventory: Inventory | undefined): Promise<string> {
    const { client, release, request } = this.session;
    const left = await remaining(client, inventory?.objects ?? [], release, request.deleteEverything);
    return `${summarize(left.map(nameOf))} to be removed`;
  }

  /** Requests from before may not begin any more, however late they come; then there is no use for the Lease. */
  private async end(namespaceExists = true): Promise<Outcome> {
    const { namespace, name, startedAt } = this.session.request;
    await stored(() => this.session.dependencies.source.keep({ namespace, name, deletedAt: startedAt }));
    if (namespaceExists) await this.session.store.remove();
    return { complete: true };
  }
}

async function stored<T>(task: () => Promise<T>): Promise<T> {
  return retryableIfTransient('the records of releases', task);
}

/** Removes objects, and waits as long as the tick may last until they are gone. @returns what is waited for */
export async function untilGone(
  session: Session,
  references: Inventory['objects'],
  everything: boolean,
): Promise<string | undefined> {
  for (;;) {
    await session.fence();
    const going = await removeObjects(session.client, references, session.release, everything);
    if (going.length === 0) return undefined;
    if (!(await session.pause())) return `${summarize(going.map(nameOf))} to be removed`;
  }
}

/** @throws RetryableError when the store did not answer, which may pass */
export async function retryableIfTransient<T>(what: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (isTransient(error)) throw new RetryableError(`${what}: ${messageOf(error)}`);
    throw error;
  }
}
