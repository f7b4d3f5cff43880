import { type KubernetesObject } from '../release-document';
import { waveOf, WAVES } from '../waves';
import { applyObjects } from './apply';
import { type ClusterClient, isAccessRefused, isStatus, isTransient, messageOf } from './cluster-client';
import { decide } from './decide';
import { identityOf, nameOf, Obstacle, referenceTo, ReleaseFailure, summarize, Superseded } from './failure';
import { hasHealth, healthOf, type Verdict } from './health';
import { inParallel } from './in-parallel';
import { type Attempt, type Inventory, InventoryStore } from './inventory';
import { describeHeld, giveBack, type HeldObject, heldByOthers } from './object-owners';
import { type ReleaseSource } from './release-store';
import { leftOver, remaining, removeObjects, union } from './remove';
import { type ReleaseRequest } from './request';
import { ScalingPause } from './scaling-pause';
import { type Target, targetOf } from './target';

/** What a tick needs. */
export interface Surroundings {
  readonly client: ClusterClient;
  readonly source: ReleaseSource;
  /** Milliseconds since the epoch at which the tick must have returned. */
  readonly until: number;
  /** @returns milliseconds since the epoch */
  readonly now: () => number;
}

/** What a tick came to. */
export interface Outcome {
  readonly complete: boolean;
  /** What is waited for, in one line. */
  readonly waitingFor?: string;
}

/** Milliseconds after the start of a request in which a refused identity may just be new. */
const ACCESS_GRACE = 120_000;

/** Milliseconds between two looks at the cluster within a tick. */
const LOOK_INTERVAL = 1000;

/** Milliseconds after which the waiter of a cancelled request has ticked once more and ended: a tick and the time to the next. */
const LAST_TICK_OF_OTHERS = 60_000;

/**
 * One tick: reads the cluster afresh and moves the release towards what the request wants.
 *
 * @throws ReleaseFailure when the request has failed
 */
export async function reconcile(request: ReleaseRequest, surroundings: Surroundings): Promise<Outcome> {
  for (;;) {
    const tick = new Tick(request, surroundings);
    try {
      return await tick.run();
    } catch (error) {
      const outcome = outcomeOf(error, request, surroundings.now());
      if (!(outcome instanceof ReleaseFailure)) return outcome;
      // A server that has just been started may refuse those it knows: it is asked again while the tick lasts.
      if (isAccessRefused(error) && await pause(request, surroundings)) continue;
      await tick.end();
      throw outcome;
    }
  }
}

/** @returns false when the tick has no time left for another look */
async function pause({ startedAt, deadlineSeconds }: ReleaseRequest, { now, until }: Surroundings): Promise<boolean> {
  // The deadline ends a tick as well: it may come long before the tick's own time is up.
  if (now() + LOOK_INTERVAL >= Math.min(until, startedAt + deadlineSeconds * 1000)) return false;
  await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL));
  return true;
}

/** What an error means for the request: something to wait for, or its failure. */
function outcomeOf(error: unknown, request: ReleaseRequest, now: number): Outcome | ReleaseFailure {
  if (error instanceof ReleaseFailure) return error;
  const age = now - request.startedAt;
  const late = age >= request.deadlineSeconds * 1000;
  // An access entry takes a while to be known to the cluster.
  if (isStatus(error, 401, 403) && age < ACCESS_GRACE && !late) return { complete: false, waitingFor: `access: ${messageOf(error)}` };
  // A newer request was faster: the next tick sees it and ends.
  if (isStatus(error, 409)) return { complete: false, waitingFor: 'another request' };
  if (!isTransient(error) && !(error instanceof Obstacle)) return new ReleaseFailure(`release ${request.namespace}/${request.name}: ${messageOf(error)}`);
  const waitingFor = error instanceof Obstacle ? error.message : `the cluster: ${messageOf(error)}`;
  return late ? expired(request, waitingFor) : { complete: false, waitingFor };
}

function expired(request: ReleaseRequest, waitingFor: string): ReleaseFailure {
  return new ReleaseFailure(`deadline of ${request.deadlineSeconds} s reached while waiting for ${waitingFor}`);
}

class Tick {
  private readonly store: InventoryStore;
  private readonly owner: string;
  private readonly scaling: ScalingPause;
  /** What was last seen to keep an object from being healthy, by its name. */
  private readonly seen = new Map<string, string>();
  /** The inventory as this tick has last written it for its own request. */
  private written?: Inventory;
  /** A rollout goes on after the deployment. */
  private goesOn = false;
  private fenced = { at: -Infinity, result: Promise.resolve() };

  constructor(private readonly request: ReleaseRequest, private readonly surroundings: Surroundings) {
    this.store = new InventoryStore(surroundings.client, request);
    this.owner = `${request.namespace}/${request.name}`;
    this.scaling = new ScalingPause(surroundings.client, request, surroundings.now);
  }

  public async run(): Promise<Outcome> {
    const { request, surroundings } = this;
    const objects = request.type === 'Delete' ? [] : await this.load();
    const inventory = await this.store.read();
    if (request.type === 'Delete' && !inventory) return { complete: true };
    // Ownership is looked at before the Lease is touched: a foreign request must leave no trace.
    const target = targetOf(objects);
    const foreign = decide(request, inventory, undefined, target, surroundings.now());
    const held = foreign.action === 'begin' ? await this.held(objects, target, inventory) : [];
    const newer = foreign.action === 'refuse' || foreign.action === 'nothing' ? undefined : await this.store.claim();
    const decision = decide(request, inventory, newer, target, surroundings.now());
    switch (decision.action) {
      case 'superseded': {
        this.written = inventory;
        throw new Superseded(decision.by);
      }
      case 'refuse': throw new ReleaseFailure(decision.reason);
      case 'nothing': return { complete: true };
      case 'expire': {
        this.written = inventory;
        throw expired(request, await this.unfinished(objects, inventory));
      }
      case 'hand back': {
        await this.giveBack(inventory!, inventory!.objects);
        await this.store.write({ ...inventory!, owner: decision.to, adoptedFrom: undefined, takenFrom: undefined, attempt: undefined });
        return { complete: true };
      }
      case 'delete': return this.delete(inventory!);
      case 'begin': return this.roll(objects, target, await this.begin(objects, target, inventory, decision.promote, held));
      case 'continue': {
        this.written = inventory;
        return this.roll(objects, target, inventory!);
      }
    }
  }

  private async load(): Promise<KubernetesObject[]> {
    try {
      return await this.surroundings.source.load(this.request);
    } catch (error) {
      if (isTransient(error)) throw new Obstacle(`the release's asset: ${messageOf(error)}`);
      throw error;
    }
  }

  /** Remembers that the request has failed, as far as that is still possible: nobody ticks for it any more. */
  public async end(): Promise<void> {
    if (this.written?.attempt?.request !== this.request.id) return;
    try {
      await this.save({ ...this.written, attempt: { ...this.written.attempt, ended: true } });
    } catch {
      // The failure itself matters more; without the mark a deletion only takes its time.
    }
  }

  /**
   * Objects that another living release holds and that this one is to take over, or to leave where they are.
   *
   * @throws ReleaseFailure when it may do neither
   */
  private async held(objects: readonly KubernetesObject[], target: Target, inventory: Inventory | undefined): Promise<HeldObject[]> {
    const held = await heldByOthers(this.surroundings.client, objects, this.request);
    // A way back must not fail: what another release has taken since stays with it.
    if (held.length > 0 && !this.request.adopt && !isLastHealthy(target, inventory)) throw new ReleaseFailure(describeHeld(held));
    return held;
  }

  /** Names everything that may come to be before any of it does, so that whatever happens it can be found again. */
  private async begin(
    objects: readonly KubernetesObject[], target: Target, inventory: Inventory | undefined, promote: readonly string[], held: readonly HeldObject[],
  ): Promise<Inventory> {
    const { owner, adopt } = this.request;
    const taken = Object.fromEntries(held.map(({ reference, release }) => [identityOf(reference), release]));
    const left = adopt ? [] : Object.keys(taken);
    const kept = objects.map(referenceTo).filter((reference) => !left.includes(identityOf(reference)));
    const begun: Inventory = {
      owner,
      adoptedFrom: inventory && inventory.owner !== owner ? inventory.owner : inventory?.adoptedFrom,
      takenFrom: { ...inventory?.takenFrom, ...(adopt ? taken : {}) },
      attempt: { request: this.request.id, digest: target.digest, waves: 0, promote, left },
      objects: union(inventory?.objects ?? [], kept),
      history: inventory?.history ?? [],
    };
    await this.save(begun);
    return begun;
  }

  private async roll(loaded: readonly KubernetesObject[], target: Target, inventory: Inventory): Promise<Outcome> {
    let current = inventory;
    const objects = loaded.filter((object) => !inventory.attempt?.left?.includes(identityOf(referenceTo(object))));
    Object.entries(inventory.attempt?.seen ?? {}).forEach(([name, reason]) => this.seen.set(name, reason));
    for (let wave = 0; wave < WAVES.length; wave++) {
      const members = objects.filter((object) => waveOf(object) === wave);
      if (current.attempt!.waves <= wave) {
        const scaling = WAVES[wave] === 'workloads' ? await this.untilPaused(current.objects) : undefined;
        if (scaling) return { complete: false, waitingFor: scaling };
        const { attempt, waitingFor } = await this.apply(members, objects, current.attempt!, wave);
        // Empty waves need no record of their own.
        if (members.length > 0 && JSON.stringify(attempt) !== JSON.stringify(current.attempt)) await this.save({ ...current, attempt });
        current = { ...current, attempt };
        if (waitingFor) return { complete: false, waitingFor };
      }
      const waitingFor = await this.watch(members, current);
      if (waitingFor) {
        await this.remember(current);
        return { complete: false, waitingFor };
      }
    }
    return this.settle(objects, target, current);
  }

  /** Applies what is left of a wave. */
  private async apply(members: readonly KubernetesObject[], release: readonly KubernetesObject[], attempt: Attempt, wave: number): Promise<{ attempt: Attempt; waitingFor?: string }> {
    const { client, now, until } = this.surroundings;
    const before = attempt.applied ?? 0;
    for (;;) {
      try {
        const applied = before + await applyObjects(client, await this.scaling.pausedAtFirst(members.slice(before)), {
          release,
          owner: this.owner,
          accessMayCome: now() - this.request.startedAt < ACCESS_GRACE || now() + LOOK_INTERVAL < until,
          goOn: () => now() < until,
          fence: () => this.fence(),
        });
        if (applied === members.length) return { attempt: { ...attempt, waves: wave + 1, applied: undefined, obstacle: undefined } };
        return { attempt: { ...attempt, applied, obstacle: undefined }, waitingFor: `${members.length - applied} of ${members.length} objects to be applied` };
      } catch (error) {
        if (!(error instanceof Obstacle)) throw error;
        if (!await pause(this.request, this.surroundings)) return { attempt: { ...attempt, obstacle: error.message }, waitingFor: error.message };
      }
    }
  }

  /** Everything is healthy: removes what is left over, and remembers the release. */
  private async settle(objects: readonly KubernetesObject[], target: Target, inventory: Inventory): Promise<Outcome> {
    if (!this.goesOn) {
      const left = leftOver(inventory.objects, objects.map(referenceTo));
      await this.giveBack(inventory, left);
      const going = await this.untilGone(left, false);
      if (going) return { complete: false, waitingFor: going };
    }
    // Without a canary that goes on there is nothing left that scaling could disturb.
    if (!this.goesOn || !this.request.detached) await this.scaling.end(inventory.objects);
    const past = inventory.history.filter(({ digest: known }) => known !== target.digest);
    await this.store.write({
      owner: inventory.owner,
      // The pods of the revision before may need what the release no longer holds, until they are gone: the next one removes it.
      objects: this.goesOn ? inventory.objects : objects.map(referenceTo),
      // A detached canary may still be aborted: its template is not known to be good yet.
      history: !this.goesOn || !this.request.detached ? [{ digest: target.digest, templates: target.templates }, ...past] : inventory.history,
    });
    return { complete: true };
  }

  private async delete(inventory: Inventory): Promise<Outcome> {
    await this.giveBack(inventory, inventory.objects);
    const going = await this.untilGone(inventory.objects, this.request.deleteEverything);
    if (going) return { complete: false, waitingFor: going };
    // A waiter that was cancelled would find nothing that tells it so, and begin anew: the Lease stays until it has seen it.
    const { attempt } = inventory;
    if (attempt && !attempt.ended && this.surroundings.now() - this.request.startedAt < LAST_TICK_OF_OTHERS) {
      return { complete: false, waitingFor: `the end of request ${attempt.request}` };
    }
    await this.store.remove();
    return { complete: true };
  }

  /** Watches objects until all are healthy or the tick's time is up. */
  private async watch(members: readonly KubernetesObject[], inventory: Inventory): Promise<string | undefined> {
    let pending = members.filter(({ kind }) => hasHealth(kind));
    for (;;) {
      const verdicts = await this.judge(pending, inventory);
      const failures = verdicts.filter(({ verdict }) => verdict.state === 'failed');
      if (failures.length > 0) throw new ReleaseFailure(summarize(failures.map((failure) => this.explain(failure))));
      this.goesOn ||= verdicts.some(({ verdict }) => verdict.goesOn);
      for (const { live } of verdicts.filter(({ verdict }) => verdict.promote)) await this.promote(live!);
      const waiting = verdicts.filter(({ verdict }) => verdict.state !== 'healthy');
      waiting.filter(({ verdict }) => verdict.telling).forEach(({ object, verdict }) => this.seen.set(nameOf(object), verdict.reason));
      if (waiting.length === 0) return undefined;
      if (!await pause(this.request, this.surroundings)) return summarize(waiting.map(describe));
      pending = waiting.map(({ object }) => object);
    }
  }

  private async judge(objects: readonly KubernetesObject[], inventory: Inventory): Promise<Judged[]> {
    return inParallel(objects, async (object) => {
      const promote = inventory.attempt?.promote.includes(`${object.metadata.namespace}/${object.metadata.name}`) ?? false;
      const live = await this.surroundings.client.find(referenceTo(object));
      const expected = { promote, detached: this.request.detached, now: this.surroundings.now() };
      return { object, live, verdict: await healthOf(this.surroundings.client, live, expected) };
    });
  }

  /**
   * Does what the command line's "promote --full" does.
   *
   * A newer request may have applied another template, which must not be promoted: the fence is asked after the Rollout was
   * read, and the server refuses the change when the Rollout has changed since.
   */
  private async promote(live: KubernetesObject): Promise<void> {
    await this.fence(0);
    const { resourceVersion } = live.metadata as { resourceVersion?: string };
    try {
      await this.surroundings.client.merge(referenceTo(live), { metadata: { resourceVersion }, status: { promoteFull: true, pauseConditions: null } }, 'status');
    } catch (error) {
      // Its controller writes to it all the time: the next look tries again.
      if (!isStatus(error, 409)) throw error;
    }
  }

  /**
   * Makes sure that the release is still this request's.
   *
   * @param age milliseconds for which an answer holds
   * @throws Superseded when it is not
   */
  private async fence(age = LOOK_INTERVAL): Promise<void> {
    const at = this.surroundings.now();
    if (at - this.fenced.at >= age) {
      const result = this.store.takenBy().then((other) => {
        // The Lease may go before the inventory where their namespace is part of what is deleted.
        if (other && !(other === 'none' && this.request.type === 'Delete')) throw new Superseded(other);
      });
      this.fenced = { at, result };
    }
    return this.fenced.result;
  }

  private async save(inventory: Inventory): Promise<void> {
    await this.store.write(inventory);
    this.written = inventory;
  }

  private async giveBack(inventory: Inventory, references: Inventory['objects']): Promise<void> {
    await giveBack(this.surroundings.client, references, inventory.takenFrom ?? {}, this.owner);
  }

  /** Keeps what was seen for the next tick, which may find the failure but no longer its cause. */
  private async remember(inventory: Inventory): Promise<void> {
    const seen = Object.fromEntries(this.seen);
    if (JSON.stringify(seen) === JSON.stringify(inventory.attempt?.seen ?? {})) return;
    await this.save({ ...inventory, attempt: { ...inventory.attempt!, seen } });
  }

  private explain(failure: Judged): string {
    const before = failure.verdict.unexplained ? this.seen.get(nameOf(failure.object)) : undefined;
    return before ? `${describe(failure)}; before that, ${before}` : describe(failure);
  }

  private async untilPaused(references: Inventory['objects']): Promise<string | undefined> {
    for (;;) {
      await this.fence();
      const waitingFor = await this.scaling.begin(references);
      if (!waitingFor || !await pause(this.request, this.surroundings)) return waitingFor;
    }
  }

  private async untilGone(references: Inventory['objects'], everything: boolean): Promise<string | undefined> {
    for (;;) {
      await this.fence();
      const going = await removeObjects(this.surroundings.client, references, this.owner, everything);
      if (going.length === 0) return undefined;
      if (!await pause(this.request, this.surroundings)) return `${summarize(going.map(nameOf))} to be removed`;
    }
  }

  private async unfinished(objects: readonly KubernetesObject[], inventory: Inventory | undefined): Promise<string> {
    if (this.request.type === 'Delete') {
      const left = await remaining(this.surroundings.client, inventory?.objects ?? [], this.owner, this.request.deleteEverything);
      return `${summarize(left.map(nameOf))} to be removed`;
    }
    if (!inventory?.attempt) return 'a start';
    if (inventory.attempt.obstacle) return inventory.attempt.obstacle;
    const verdicts = await this.judge(objects.filter(({ kind }) => hasHealth(kind)), inventory);
    const waiting = verdicts.filter(({ verdict }) => verdict.state !== 'healthy').map(describe);
    return waiting.length > 0 ? summarize(waiting) : 'left-over objects to be removed';
  }
}

interface Judged {
  readonly object: KubernetesObject;
  readonly live: KubernetesObject | undefined;
  readonly verdict: Verdict;
}

function describe({ object, verdict }: Judged): string {
  return `${nameOf(object)}: ${verdict.reason}`;
}

/** Whether a request wants what was last healthy, as a rollback does. */
function isLastHealthy(target: Target, inventory: Inventory | undefined): boolean {
  return inventory !== undefined && inventory.history[0]?.digest === target.digest;
}
