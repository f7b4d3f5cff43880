import { RELEASE_ANNOTATION, TEMPLATE_ANNOTATION } from '../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../constructs/kubernetes/contract/release-document';
import {
  type KubernetesClient,
  isAccessRefused,
  isImmutable,
  isStatus,
  isTransient,
  isUnknownKind,
  messageOf,
} from '../kubernetes-client/kubernetes-client';
import { isTerminating, referenceTo } from '../kubernetes-client/objects';
import { nameOf, RetryableError, ReleaseFailure, summarize } from './failure';
import { FieldOwners } from './field-owners';
import { takeOverManualEdits } from './manual-edits';
import { inParallel } from '../kubernetes-client/in-parallel';
import { crdStateOf } from './crds';
import { templateOf } from './target';

/** Attempts at an object that changes under our hands. */
const ATTEMPTS = 5;

/** On whose behalf objects are applied, and for how long. */
export interface ApplyOptions {
  /** All objects of the release, which say who owns what. */
  readonly release: readonly KubernetesObject[];
  /** The release, as `<namespace>/<name>`. */
  readonly owner: string;
  /** A refused identity may just be new. */
  readonly accessMayCome: boolean;
  /** Asked before each object but the first few; after `false` the rest is left. */
  readonly mayContinue: () => boolean;
  /** Asked before each request that writes; throws when the release is another request's by now. */
  readonly fence: () => Promise<void>;
}

/**
 * Applies objects in their order, except for the fields that others own.
 *
 * @param objects the objects of one wave
 * @returns the number of objects applied: all, or the first few when time was up
 * @throws ReleaseFailure that names every object that was refused
 * @throws RetryableError when an object could not be applied yet
 */
export async function applyObjects(
  client: KubernetesClient,
  objects: readonly KubernetesObject[],
  options: ApplyOptions,
): Promise<number> {
  const owners = await FieldOwners.read(client, objects, options.release);
  const refused: string[] = [];
  const retryable: string[] = [];
  const applied = await inParallel(
    objects,
    async (object) => {
      try {
        await applyOne(client, annotated(object, options.owner), owners, options.fence);
      } catch (error) {
        if (error instanceof ReleaseFailure) throw error;
        const refusal = await explainRefusal(client, error, object, options);
        (refusal.passes ? retryable : refused).push(`${nameOf(object)} ${refusal.reason}`);
        // There is no use in asking a server for the rest that does not answer.
        if (isTransient(error)) throw new RetryableError(summarize(retryable));
      }
    },
    options.mayContinue,
  );
  if (refused.length > 0) throw new ReleaseFailure(summarize(refused.sort()));
  if (retryable.length > 0) throw new RetryableError(summarize(retryable.sort()));
  return applied.length;
}

/** Why an object was not applied, and whether that may pass by itself. */
async function explainRefusal(
  client: KubernetesClient,
  error: unknown,
  object: KubernetesObject,
  options: ApplyOptions,
): Promise<{ reason: string; passes: boolean }> {
  const message = messageOf(error);
  if (error instanceof RetryableError) return { reason: message, passes: true };
  if (isTransient(error)) return { reason: `was not applied: ${message}`, passes: true };
  if (isStatus(error, 409)) return { reason: `keeps changing: ${message}`, passes: true };
  if (isAccessRefused(error)) return { reason: `was refused: ${message}`, passes: options.accessMayCome };
  if (!isUnknownKind(error)) return { reason: `was refused: ${message}`, passes: false };
  const unknown = `the cluster has no kind ${object.kind} in ${object.apiVersion}`;
  switch (await crdStateOf(client, object, options.release)) {
    case 'served':
      return { reason: `was not applied: ${unknown} yet, although it is defined`, passes: true };
    case 'another version':
      return {
        reason: `was refused: ${unknown}; its CustomResourceDefinition does not serve this version`,
        passes: false,
      };
    case 'none':
    case 'none known':
      return { reason: `was refused: ${unknown}; install its CustomResourceDefinition first`, passes: false };
  }
}

async function applyOne(
  client: KubernetesClient,
  object: KubernetesObject,
  owners: FieldOwners,
  fence: () => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const wanted = await owners.keep(object);
      await fence();
      const applied = await client.apply(wanted);
      if (isTerminating(applied)) throw new RetryableError('is still being removed');
      if ((await takeOverManualEdits(client, applied)) && attempt < ATTEMPTS) continue;
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !(await isRepaired(client, object, error, fence))) throw error;
    }
  }
}

/** Repairs what stands in the way of an apply, as far as that is known how to. */
async function isRepaired(
  client: KubernetesClient,
  object: KubernetesObject,
  error: unknown,
  fence: () => Promise<void>,
): Promise<boolean> {
  // What others own changed between the read and the apply: it is read again.
  if (isStatus(error, 409)) return true;
  if (!isStatus(error, 422)) return false;
  // What a person has added may be what makes the object invalid.
  const live = await client.find(referenceTo(object));
  if (live && (await takeOverManualEdits(client, live))) return true;
  if (live && object.kind === 'Job' && isImmutable(error)) {
    // A Job's template cannot be changed; a new run of it replaces the old one.
    await fence();
    await client.remove(referenceTo(object), { asRead: live });
    return true;
  }
  return false;
}

/** The object with the annotations that say what was applied, and by which release, as `<namespace>/<name>`. */
export function annotated(object: KubernetesObject, owner: string): KubernetesObject {
  const template = templateOf(object);
  const annotations = {
    ...object.metadata.annotations,
    [RELEASE_ANNOTATION]: owner,
    ...(template === undefined ? {} : { [TEMPLATE_ANNOTATION]: template }),
  };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
