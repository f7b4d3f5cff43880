import {
  type ObjectDrift,
  type ReapplyTick,
  type ReleaseOperation,
  type ReleaseSummary,
} from '../constructs/kubernetes/contract/release-operations';
import { type ReleaseName } from '../constructs/kubernetes/contract/release-bucket';
import { type ReleaseTier } from '../constructs/kubernetes/contract/release-tier';
import { driftOf } from './drift';
import { referenceTo } from '../kubernetes-client/objects';
import { nameOf, oneLine, ReleaseFailure, summarize } from './failure';
import { healthOf } from './health';
import { inParallel } from '../kubernetes-client/in-parallel';
import { isAtWork, readInventory } from './inventory';
import { isAccessRefused, messageOf } from '../kubernetes-client/kubernetes-client';
import { reconcile } from './reconcile';
import { isReleased, recordedOf, type ReleasedRecord } from './release-store';
import { lastTickAtWork, type Dependencies } from './session';

/** Releases that are looked at at once: each looks at many objects at once. */
const AT_ONCE = 4;

/**
 * Carries out what a person asks beside CloudFormation.
 *
 * @param tier whose releases they are
 * @throws when there is no such release
 */
export async function operate(
  asked: ReleaseOperation,
  tier: ReleaseTier,
  dependencies: Dependencies,
): Promise<ReleaseSummary[] | ObjectDrift[] | ReapplyTick> {
  switch (asked.operation) {
    case 'list':
      return list(tier, dependencies, asked.recordsOnly ?? false);
    case 'drift': {
      const released = await recordOf(asked, dependencies);
      return driftOf(dependencies.client, await dependencies.source.load(released), `${asked.namespace}/${asked.name}`);
    }
    case 'reapply':
      return reapply(asked, dependencies);
  }
}

async function list(tier: ReleaseTier, dependencies: Dependencies, recordsOnly: boolean): Promise<ReleaseSummary[]> {
  const released = (await dependencies.source.records()).filter(isReleased);
  if (recordsOnly) return released.map((record) => ({ ...headOf(record, tier), state: 'unknown' }));
  return inParallel(released, (record) => summaryOf(record, tier, dependencies), undefined, AT_ONCE);
}

async function summaryOf(
  record: ReleasedRecord,
  tier: ReleaseTier,
  dependencies: Dependencies,
): Promise<ReleaseSummary> {
  const { namespace, name } = record;
  const summary = headOf(record, tier);
  try {
    const inventory = await readInventory(dependencies.client, namespace, name);
    const { owner = record.owner, attempt } = inventory ?? {};
    if (await isAtWork(dependencies.client, namespace, name, attempt, lastTickAtWork(dependencies)))
      return { ...summary, owner, state: 'deploying' };
    const reason = await reasonAgainst(record, dependencies);
    const failedSince = attempt ? 'the deployment after it has not ended well' : undefined;
    return (reason ?? failedSince)
      ? { ...summary, owner, state: 'unhealthy', reason: reason ?? failedSince }
      : { ...summary, owner, state: 'healthy' };
  } catch (error) {
    // The rights of the model tier are in the namespace.
    const exists =
      !isAccessRefused(error) ||
      (await dependencies.client.find({ apiVersion: 'v1', kind: 'Namespace', name: namespace }).catch(() => 'unknown'));
    // One release that cannot be looked at hides no other.
    return exists
      ? { ...summary, state: 'unknown', reason: oneLine(messageOf(error)) }
      : { ...summary, state: 'unhealthy', reason: `namespace ${namespace} does not exist` };
  }
}

function headOf(
  { namespace, name, owner, digest, revisions, releasedAt }: ReleasedRecord,
  tier: ReleaseTier,
): Omit<ReleaseSummary, 'state'> {
  return { namespace, name, tier, owner, digest, revisions, releasedAt: new Date(releasedAt).toISOString() };
}

/** Why a release is not healthy, in one line. */
async function reasonAgainst(
  record: ReleasedRecord,
  { client, source, now }: Dependencies,
): Promise<string | undefined> {
  const objects = await source.load(record);
  // Nothing is being deployed: what is unhealthy now is so for whatever reason it says.
  const expected = {
    stableBefore: false,
    isRollback: false,
    detached: record.detached,
    startedAt: record.releasedAt,
    now: now(),
  };
  const reasons = await inParallel(objects, async (object) => {
    const live = await client.find(referenceTo(object));
    // A Job may have gone by its time to live since.
    if (!live && object.kind === 'Job') return undefined;
    if (!live) return `${nameOf(object)} does not exist`;
    const health = await healthOf(client, object, live, expected);
    return health.state === 'healthy' ? undefined : `${nameOf(object)}: ${health.reason}`;
  });
  const against = reasons.filter((reason) => reason !== undefined);
  return against.length > 0 ? summarize(against) : undefined;
}

/** One tick of putting back what was deployed last, by the rules of every other deployment. */
async function reapply(
  asked: ReleaseOperation & { operation: 'reapply' },
  dependencies: Dependencies,
): Promise<ReapplyTick> {
  const { namespace, name, id, startedAt = dependencies.now() } = asked;
  if (startedAt > dependencies.now())
    throw new Error('startedAt: expected the time of the first answer, got one that is still to come; leave it out');
  const released = recordedOf(await recordOf({ namespace, name }, dependencies));
  try {
    const outcome = await reconcile(
      { type: 'Update', id, startedAt, ...released, adopt: false, manual: true },
      dependencies,
    );
    return { ...outcome, startedAt };
  } catch (error) {
    if (!(error instanceof ReleaseFailure)) throw error;
    return { complete: false, startedAt, failure: error.message };
  }
}

async function recordOf({ namespace, name }: ReleaseName, { source }: Dependencies): Promise<ReleasedRecord> {
  const record = await source.record({ namespace, name });
  if (isReleased(record)) return record;
  throw new Error(
    `release ${namespace}/${name}: expected one that was deployed, got none of that name; list them with \`npm run releases -- <environment>\``,
  );
}
