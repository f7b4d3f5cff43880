import { createHash } from 'node:crypto';
import { type KubernetesObject } from '../release-document';
import { waveOf, WAVES } from '../waves';
import { applyObjects } from './apply';
import { type ClusterClient, isStatus, isTransient, messageOf } from './cluster-client';
import { decide, type Target } from './decide';
import { nameOf, referenceTo, ReleaseFailure, summarize } from './failure';
import { hasHealth, healthOf, type Verdict } from './health';
import { inParallel } from './in-parallel';
import { type Inventory, InventoryStore } from './inventory';
import { type ReleaseSource } from './release-store';
import { leftOver, removeObjects, union } from './remove';
import { type ReleaseRequest } from './request';

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

/**
 * One tick: reads the cluster afresh and moves the release towards what the request wants.
 *
 * @throws ReleaseFailure when the request has failed
 */
export async function reconcile(request: ReleaseRequest, surroundings: Surroundings): Promise<Outcome> {
  try {
    return await new Tick(request, surroundings).run();
  } catch (error) {
    if (error instanceof ReleaseFailure) throw error;
    // An access entry takes a while to be known to the cluster.
    if (isStatus(error, 401, 403) && surroundings.now() - request.startedAt < ACCESS_GRACE) return { complete: false, waitingFor: `access: ${messageOf(error)}` };
    // A newer request was faster: the next tick sees it and ends.
    if (isStatus(error, 409)) return { complete: false, waitingFor: 'another request' };
    if (!isTransient(error)) throw new ReleaseFailure(`release ${request.namespace}/${request.name}: ${messageOf(error)}`);
    const waitingFor = `the cluster: ${messageOf(error)}`;
    if (surroundings.now() - request.startedAt >= request.deadlineSeconds * 1000) throw expired(request, waitingFor);
    return { complete: false, waitingFor };
  }
}

function expired(request: ReleaseRequest, waitingFor: string): ReleaseFailure {
  return new ReleaseFailure(`deadline of ${request.deadlineSeconds} s reached while waiting for ${waitingFor}`);
}

class Tick {
  private readonly store: InventoryStore;
  private readonly owner: string;
  /** What was last seen to keep an object from being healthy, by its name. */
  private readonly seen = new Map<string, string>();

  constructor(private readonly request: ReleaseRequest, private readonly surroundings: Surroundings) {
    this.store = new InventoryStore(surroundings.client, request);
    this.owner = `${request.namespace}/${request.name}`;
  }

  public async run(): Promise<Outcome> {
    const { request, surroundings } = this;
    const objects = request.type === 'Delete' ? [] : await surroundings.source.load(request);
    const inventory = await this.store.read();
    if (request.type === 'Delete' && !inventory) return { complete: true };
    // Ownership is looked at before the Lease is touched: a foreign request must leave no trace.
    const target: Target = { digest: digest(objects), templates: templatesOf(objects) };
    const foreign = decide(request, inventory, undefined, target, surroundings.now());
    const newer = foreign.action === 'refuse' || foreign.action === 'nothing' ? undefined : await this.store.claim();
    const decision = decide(request, inventory, newer, target, surroundings.now());
    switch (decision.action) {
      case 'superseded': throw new ReleaseFailure(`superseded by the newer request ${decision.by}`);
      case 'refuse': throw new ReleaseFailure(decision.reason);
      case 'nothing': return { complete: true };
      case 'expire': throw expired(request, await this.unfinished(objects, inventory));
      case 'hand back': {
        await this.store.write({ ...inventory!, owner: decision.to, adoptedFrom: undefined, attempt: undefined });
        return { complete: true };
      }
      case 'delete': return this.delete(inventory!);
      case 'begin': return this.roll(objects, target, await this.begin(objects, target, inventory, decision.promote));
      case 'continue': return this.roll(objects, target, inventory!);
    }
  }

  /** Names everything that may come to be before any of it does, so that whatever happens it can be found again. */
  private async begin(objects: readonly KubernetesObject[], target: Target, inventory: Inventory | undefined, promote: readonly string[]): Promise<Inventory> {
    const { owner } = this.request;
    const begun: Inventory = {
      owner,
      adoptedFrom: inventory && inventory.owner !== owner ? inventory.owner : inventory?.adoptedFrom,
      attempt: { request: this.request.id, digest: target.digest, waves: 0, promote },
      objects: union(inventory?.objects ?? [], objects.map(referenceTo)),
      history: inventory?.history ?? [],
    };
    await this.store.write(begun);
    return begun;
  }

  private async roll(objects: readonly KubernetesObject[], target: Target, inventory: Inventory): Promise<Outcome> {
    let current = inventory;
    Object.entries(inventory.attempt?.seen ?? {}).forEach(([name, reason]) => this.seen.set(name, reason));
    for (let wave = 0; wave < WAVES.length; wave++) {
      const members = objects.filter((object) => waveOf(object) === wave);
      if (current.attempt!.waves <= wave) {
        await applyObjects(this.surroundings.client, members, objects, this.owner);
        current = { ...current, attempt: { ...current.attempt!, waves: wave + 1 } };
        // Empty waves need no record of their own.
        if (members.length > 0) await this.store.write(current);
      }
      const waitingFor = await this.watch(members, current);
      if (waitingFor) {
        await this.remember(current);
        return { complete: false, waitingFor };
      }
    }
    const going = await this.untilGone(leftOver(current.objects, objects.map(referenceTo)), false);
    if (going) return { complete: false, waitingFor: going };
    const past = current.history.filter(({ digest: known }) => known !== target.digest);
    await this.store.write({
      owner: current.owner,
      objects: objects.map(referenceTo),
      history: await this.isSettled(objects, current) ? [{ digest: target.digest, templates: target.templates }, ...past] : current.history,
    });
    return { complete: true };
  }

  /** A detached canary may still be aborted: its template is not known to be good yet. */
  private async isSettled(objects: readonly KubernetesObject[], inventory: Inventory): Promise<boolean> {
    if (!this.request.detached) return true;
    const verdicts = await this.judge(objects.filter(({ kind }) => hasHealth(kind)), inventory, false);
    return verdicts.every(({ verdict }) => verdict.state === 'healthy');
  }

  private async delete(inventory: Inventory): Promise<Outcome> {
    const going = await this.untilGone(inventory.objects, this.request.deleteEverything);
    if (going) return { complete: false, waitingFor: going };
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
      const waiting = verdicts.filter(({ verdict }) => verdict.state !== 'healthy');
      waiting.filter(({ verdict }) => verdict.telling).forEach(({ object, verdict }) => this.seen.set(nameOf(object), verdict.reason));
      if (waiting.length === 0) return undefined;
      if (!await this.pause()) return summarize(waiting.map(describe));
      pending = waiting.map(({ object }) => object);
    }
  }

  private async judge(objects: readonly KubernetesObject[], inventory: Inventory, detached = this.request.detached): Promise<Judged[]> {
    return inParallel(objects, async (object) => {
      const promote = inventory.attempt?.promote.includes(`${object.metadata.namespace}/${object.metadata.name}`) ?? false;
      const live = await this.surroundings.client.find(referenceTo(object));
      return { object, verdict: await healthOf(this.surroundings.client, live, { promote, detached }) };
    });
  }

  /** Keeps what was seen for the next tick, which may find the failure but no longer its cause. */
  private async remember(inventory: Inventory): Promise<void> {
    const seen = Object.fromEntries(this.seen);
    if (JSON.stringify(seen) === JSON.stringify(inventory.attempt?.seen ?? {})) return;
    await this.store.write({ ...inventory, attempt: { ...inventory.attempt!, seen } });
  }

  private explain(failure: Judged): string {
    const before = failure.verdict.unexplained ? this.seen.get(nameOf(failure.object)) : undefined;
    return before ? `${describe(failure)}; before that, ${before}` : describe(failure);
  }

  private async untilGone(references: Inventory['objects'], everything: boolean): Promise<string | undefined> {
    for (;;) {
      const going = await removeObjects(this.surroundings.client, references, this.owner, everything);
      if (going.length === 0) return undefined;
      if (!await this.pause()) return `${summarize(going.map(nameOf))} to be removed`;
    }
  }

  /** @returns false when the tick has no time left for another look */
  private async pause(): Promise<boolean> {
    const { now, until } = this.surroundings;
    // The deadline ends a tick as well: it may come long before the tick's own time is up.
    if (now() + LOOK_INTERVAL >= Math.min(until, this.request.startedAt + this.request.deadlineSeconds * 1000)) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL));
    return true;
  }

  private async unfinished(objects: readonly KubernetesObject[], inventory: Inventory | undefined): Promise<string> {
    if (this.request.type === 'Delete') return `${summarize((inventory?.objects ?? []).map(nameOf))} to be removed`;
    if (!inventory?.attempt) return 'a start';
    const verdicts = await this.judge(objects.filter(({ kind }) => hasHealth(kind)), inventory);
    const waiting = verdicts.filter(({ verdict }) => verdict.state !== 'healthy').map(describe);
    return waiting.length > 0 ? summarize(waiting) : 'left-over objects to be removed';
  }
}

interface Judged {
  readonly object: KubernetesObject;
  readonly verdict: Verdict;
}

function describe({ object, verdict }: Judged): string {
  return `${nameOf(object)}: ${verdict.reason}`;
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

function templatesOf(objects: readonly KubernetesObject[]): Record<string, string> {
  return Object.fromEntries(objects
    .filter(({ kind }) => kind === 'Rollout')
    .map((rollout) => [`${rollout.metadata.namespace}/${rollout.metadata.name}`, digest((rollout.spec as { template?: unknown }).template)]));
}
