import { MODEL_LABEL, REVISION_LABEL } from '../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../constructs/kubernetes/contract/release-document';
import { WAVES, waveOf } from '../constructs/kubernetes/contract/waves';
import { applyObjects } from './apply';
import { type Assessment, Assessor, describe } from './assessment';
import { retryableIfTransient, untilGone } from './deletion';
import { isTerminating, referenceTo } from '../kubernetes-client/objects';
import { identityOf, nameOf, RetryableError, oneLine, ReleaseFailure, summarize } from './failure';
import { returnToFormerReleases, acquiredAmong } from './ownership-transfer';
import { assessedAt } from './health';
import { hasFailedBefore } from './health/job';
import { type Attempt, type Inventory } from './inventory';
import { isStatus, type ObjectReference } from '../kubernetes-client/kubernetes-client';
import { leftOver, remaining, union } from './remove';
import { recordedOf } from './release-store';
import { ScalingPause } from './scaling-pause';
import { ACCESS_GRACE, LOOK_INTERVAL, type Outcome, type Session } from './session';
import { type Target, templateOf } from './target';

/** Milliseconds for which a release that is healthy waits for left-over objects whose finalizers nobody serves. */
const FINALIZER_TIMEOUT = 120_000;

/** A wave of which an object is not there any more as it was applied: it is applied once more. */
class Lost extends Error {
  constructor(public readonly wave: number) {
    super();
  }
}

/** Brings the cluster to the release that a request wants, as far as one tick comes. */
export class Deployment {
  private readonly objects: readonly KubernetesObject[];
  private readonly scaling: ScalingPause;
  private readonly assessor: Assessor;
  private inventory: Inventory;
  /** What was last seen to keep an object from being healthy, by its name. */
  private readonly seen: Map<string, string>;
  /** A rollout continues after the deployment. */
  private continues = false;

  /**
   * @param loaded objects of the release
   * @param inventory with the attempt of the session's request
   */
  constructor(
    private readonly session: Session,
    private readonly loaded: readonly KubernetesObject[],
    private readonly target: Target,
    inventory: Inventory,
  ) {
    this.inventory = inventory;
    this.objects = loaded.filter((object) => !inventory.attempt?.skipped?.includes(identityOf(referenceTo(object))));
    this.seen = new Map(Object.entries(inventory.attempt?.seen ?? {}));
    this.assessor = new Assessor(session, this.objects, () => this.inventory);
    this.scaling = new ScalingPause(session.client, session.request, () => session.now());
  }

  /**
   * Applies the waves that are left. Those that were applied are watched again by each tick: what they were may have changed since.
   *
   * @throws ReleaseFailure when the deployment has failed
   */
  public async advance(): Promise<Outcome> {
    for (;;) {
      try {
        const waitingFor = (await this.throughWaves()) ?? (await this.onceMore()) ?? (await this.finish());
        await this.remember();
        return waitingFor ? { complete: false, waitingFor } : { complete: true, ...(await this.assessor.judgement()) };
      } catch (error) {
        if (!(error instanceof Lost)) throw error;
        // It may be a newer request that has applied something else.
        await this.session.fence(0);
        await this.save({ waves: error.wave, applied: undefined });
        if (!(await this.session.pause()))
          return {
            complete: false,
            waitingFor: `what is not there any more of the ${WAVES[error.wave]} to be applied again`,
          };
      }
    }
  }

  /** What is not healthy yet, in words. */
  public async unfinished(): Promise<string> {
    if (this.attempt.blockedBy) return this.attempt.blockedBy;
    const assessments = [
      ...(await this.assessor.assess(this.objects.filter((object) => assessedAt(object) !== 'never'))),
      ...(await this.assessor.assessOthers()),
    ];
    const waiting = assessments.filter(({ health }) => health.state !== 'healthy').map(describe);
    return waiting.length > 0 ? summarize(waiting) : 'left-over objects to be removed';
  }

  private get attempt(): Attempt {
    return this.inventory.attempt!;
  }

  private async throughWaves(): Promise<string | undefined> {
    for (let wave = 0; wave < WAVES.length; wave++) {
      // A Service that would have turned to pods that were not ready does so now.
      const members = this.objects.filter(
        (object) => waveOf(object) === wave || (WAVES[wave] === 'routes' && object.kind === 'Service'),
      );
      // A Job that has done its work is not run again.
      const waitingFor =
        (await this.apply(
          members.filter((object) => !this.assessor.isCompleted(object)),
          wave,
        )) ??
        (await this.watch(
          members.filter((object) => assessedAt(object) === 'wave'),
          wave,
        ));
      if (waitingFor) return waitingFor;
    }
    return (
      (await this.watch(
        this.objects.filter((object) => assessedAt(object) === 'end'),
        WAVES.length,
      )) ?? this.watchOthers()
    );
  }

  /**
   * Where another request was overtaken, what it had begun to write may have come after what this one has applied: once that is over,
   * everything is applied again. @returns what is waited for
   */
  private async onceMore(): Promise<string | undefined> {
    const { overtook } = this.attempt;
    if (!overtook) return undefined;
    while (!this.session.isPastWritesOf(overtook.at)) {
      if (!(await this.session.pause())) return `the end of request ${overtook.request}`;
    }
    await this.save({ waves: 0, overtook: undefined });
    return this.throughWaves();
  }

  /** Applies what is left of a wave. @returns what is waited for */
  private async apply(members: readonly KubernetesObject[], wave: number): Promise<string | undefined> {
    if (this.attempt.waves > wave) return undefined;
    const scaling = WAVES[wave] === 'workloads' ? await this.untilPaused() : undefined;
    if (scaling) return scaling;
    const { client, dependencies } = this.session;
    await this.removeFailedJobs(members);
    const before = this.attempt.applied ?? 0;
    for (;;) {
      try {
        const applied =
          before +
          (await applyObjects(client, await this.scaling.pausedAtFirst(members.slice(before)), {
            release: this.objects,
            owner: this.session.release,
            accessMayCome: this.session.age < ACCESS_GRACE || this.session.now() + LOOK_INTERVAL < dependencies.until,
            mayContinue: () => this.session.now() < dependencies.until,
            fence: () => this.session.fence(),
          }));
        // Empty waves need no record of their own.
        const isWhole = applied === members.length;
        const progress = isWhole
          ? { waves: wave + 1, applied: undefined, blockedBy: undefined }
          : { applied, blockedBy: undefined };
        await this.save(progress, members.length === 0);
        return isWhole ? undefined : `${members.length - applied} of ${members.length} objects to be applied`;
      } catch (error) {
        if (!(error instanceof RetryableError)) throw error;
        if (await this.session.pause()) continue;
        await this.save({ blockedBy: error.message });
        return error.message;
      }
    }
  }

  /** A Job that failed before this request would be judged by that: it is run anew. */
  private async removeFailedJobs(members: readonly KubernetesObject[]): Promise<void> {
    const { client, request } = this.session;
    for (const reference of members.filter(({ kind }) => kind === 'Job').map(referenceTo)) {
      const live = await client.find(reference);
      if (!live || !hasFailedBefore(live, request.startedAt)) continue;
      await this.session.fence();
      await client.remove(reference, { asRead: live });
    }
  }

  /**
   * Watches objects until all are healthy or the tick's time is up.
   *
   * @param wave the wave that they belong to, or the number of waves after the last
   * @returns what is waited for
   */
  private async watch(members: readonly KubernetesObject[], wave: number): Promise<string | undefined> {
    let pending = members;
    for (;;) {
      const assessments = await this.assessor.assess(pending);
      await this.act(assessments);
      const waiting = assessments.filter(({ health }) => health.state !== 'healthy');
      if (waiting.length === 0) return undefined;
      if (!(await this.session.pause()))
        return summarize([...(await this.assessor.besides(wave)), ...waiting].map(describe));
      pending = waiting.map(({ object }) => object);
    }
  }

  /** Watches what others make and this release needs. @returns what is waited for */
  private async watchOthers(): Promise<string | undefined> {
    for (;;) {
      const assessments = await this.assessor.assessOthers();
      const failures = assessments.filter(({ health }) => health.state === 'failed');
      if (failures.length > 0) throw new ReleaseFailure(summarize(failures.map(describe)));
      const waiting = assessments.filter(({ health }) => health.state !== 'healthy');
      if (waiting.length === 0) return undefined;
      if (!(await this.session.pause())) return summarize(waiting.map(describe));
    }
  }

  /** Does what verdicts ask for. @throws ReleaseFailure when one of them is final */
  private async act(assessments: readonly Assessment[]): Promise<void> {
    const lost = assessments
      .filter(({ object, live, health }) => health.missing || this.assessor.isOverwritten(object, live))
      .map(({ object }) => waveOf(object));
    if (lost.length > 0) throw new Lost(Math.min(...lost));
    const failures = assessments.filter(({ health }) => health.state === 'failed');
    if (failures.length > 0) {
      const besides = await this.assessor.besides(Math.max(...failures.map(({ object }) => waveOf(object))));
      throw new ReleaseFailure(
        summarize([...failures.map((failure) => this.explain(failure)), ...besides.map(describe)]),
      );
    }
    this.continues ||= assessments.some(({ health }) => health.continues);
    for (const { live, health } of assessments) {
      if (health.promote) await this.writeStatus(live!, { promoteFull: true, pauseConditions: null });
      if (health.retry) await this.writeStatus(live!, { abort: false });
    }
    assessments
      .filter(({ health }) => health.noteworthy)
      .forEach(({ object, health }) => this.seen.set(nameOf(object), oneLine(health.reason)));
    const completed = assessments
      .filter(({ object, health }) => object.kind === 'Job' && health.state === 'healthy')
      .map(({ object }) => identityOf(referenceTo(object)));
    if (completed.length > 0)
      await this.save({ completed: [...new Set([...(this.attempt.completed ?? []), ...completed])] });
  }

  /**
   * Does what the command line of Argo Rollouts does to promote in full, or to try again.
   *
   * A newer request may have applied another template, which it must not be done to: the fence is asked after the Rollout was read, and
   * the server refuses the change when the Rollout has changed since.
   */
  private async writeStatus(live: KubernetesObject, status: object): Promise<void> {
    await this.session.fence(0);
    const { resourceVersion } = live.metadata;
    try {
      await this.session.client.merge(referenceTo(live), { metadata: { resourceVersion }, status }, 'status');
    } catch (error) {
      // Its controller writes to it all the time: the next look tries again.
      if (!isStatus(error, 409)) throw error;
    }
  }

  private explain(failure: Assessment): string {
    const before = failure.health.causeUnknown ? this.seen.get(nameOf(failure.object)) : undefined;
    return before ? `${describe(failure)}; before that, ${before}` : describe(failure);
  }

  /** Everything is healthy: removes what is left over, and remembers the release. @returns what is waited for */
  private async finish(): Promise<string | undefined> {
    const { request, store } = this.session;
    const { inventory, target } = this;
    const left = leftOver(inventory.objects, this.objects.map(referenceTo));
    const returned = Object.keys(acquiredAmong(inventory, left) ?? {});
    if (returned.length > 0) await this.save({ returned });
    await returnToFormerReleases(this.session, inventory, left);
    let leaving: readonly ObjectReference[] = [];
    if (!this.continues) {
      const going = await untilGone(this.session, left, false);
      if (going) {
        leaving = await this.staysLong(left);
        if (leaving.length === 0) return going;
      }
    }
    await this.session.fence();
    // Without a canary that continues there is nothing left that scaling could disturb.
    if (!this.continues || !request.detached) await this.scaling.end(inventory.objects);
    await this.keepRecord();
    const past = inventory.history.filter(({ digest: known }) => known !== target.digest);
    const kept = this.continues ? inventory.objects : union(this.loaded.map(referenceTo), leaving);
    const jobs = this.loaded
      .filter(({ kind }) => kind === 'Job')
      .map((object) => [identityOf(referenceTo(object)), templateOf(object)!]);
    const finished: Inventory = {
      owner: inventory.owner,
      acquiredFrom: acquiredAmong(inventory, kept),
      jobs: jobs.length > 0 ? (Object.fromEntries(jobs) as Record<string, string>) : undefined,
      released: target.digest,
      // The pods of the revision before may need what the release no longer holds, until they are gone: the next one removes it.
      objects: kept,
      // A detached canary may still be aborted: its template is not known to be good yet.
      history:
        !this.continues || !request.detached
          ? [{ digest: target.digest, templates: target.templates }, ...past]
          : inventory.history,
    };
    await store.write(finished);
    this.session.own = undefined;
    return undefined;
  }

  /**
   * What is being removed and stays for long is left behind: its finalizer waits for somebody, and a release that is healthy is not taken
   * back for it. The next deployment looks again.
   *
   * @returns what is left behind; empty when it is not time for that yet, or something has not even begun to go
   */
  private async staysLong(left: readonly ObjectReference[]): Promise<readonly ObjectReference[]> {
    const { pruningSince } = this.attempt;
    if (pruningSince === undefined) await this.save({ pruningSince: this.session.now() });
    else if (this.session.now() - pruningSince >= FINALIZER_TIMEOUT) {
      const live = await remaining(this.session.client, left, this.session.release, false);
      return live.every(isTerminating) ? live.map(referenceTo) : [];
    }
    return [];
  }

  private async keepRecord(): Promise<void> {
    const revisions = this.objects
      .filter(({ metadata: { labels } }) => labels?.[MODEL_LABEL] && labels[REVISION_LABEL])
      .map(({ metadata: { labels } }) => labels![REVISION_LABEL]);
    await this.session.fence();
    await retryableIfTransient('the records of releases', () =>
      this.session.dependencies.source.keep({
        ...recordedOf(this.session.request),
        digest: this.target.digest,
        revisions: [...new Set(revisions)],
        releasedAt: this.session.now(),
      }),
    );
  }

  private async untilPaused(): Promise<string | undefined> {
    for (;;) {
      await this.session.fence();
      const waitingFor = await this.scaling.begin(this.inventory.objects);
      if (!waitingFor || !(await this.session.pause())) return waitingFor;
    }
  }

  /** Keeps what was seen for the next tick, which may find the failure but no longer its cause. */
  private async remember(): Promise<void> {
    const seen = Object.fromEntries(this.seen);
    if (this.session.own && JSON.stringify(seen) !== JSON.stringify(this.attempt.seen ?? {})) await this.save({ seen });
  }

  /** @param onlyHere the change is not worth a write of its own */
  private async save(change: Partial<Attempt>, onlyHere = false): Promise<void> {
    const attempt = { ...this.attempt, ...change };
    const isSame = JSON.stringify(attempt) === JSON.stringify(this.attempt);
    this.inventory = { ...this.inventory, attempt };
    if (!isSame && !onlyHere) await this.session.save(this.inventory);
  }
}
