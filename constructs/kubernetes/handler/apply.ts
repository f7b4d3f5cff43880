import { POD_TEMPLATE_HASH_LABEL, RELEASE_ANNOTATION } from '../names';
import { type KubernetesObject } from '../release-document';
import { type ClusterClient, isStatus, isTransient, isUnknownKind, messageOf } from './cluster-client';
import { takeOverHandEdits } from './hand-edits';
import { nameOf, referenceTo, ReleaseFailure, summarize } from './failure';
import { inParallel } from './in-parallel';

/** Attempts at an object that changes under our hands. */
const ATTEMPTS = 5;

/**
 * Applies objects, except for the fields that others own.
 *
 * @param objects the objects of one wave
 * @param release all objects of the release, which say who owns what
 * @param owner the release, as `<namespace>/<name>`
 * @throws ReleaseFailure that names every object that was refused
 */
export async function applyObjects(client: ClusterClient, objects: readonly KubernetesObject[], release: readonly KubernetesObject[], owner: string): Promise<void> {
  const ownership = await Ownership.read(client, objects, release);
  const problems: string[] = [];
  await inParallel(objects, async (object) => {
    try {
      await applyOne(client, annotated(object, owner), ownership);
    } catch (error) {
      if (isTransient(error)) throw error;
      problems.push(`${nameOf(object)} was refused: ${explain(error, object, release)}`);
    }
  });
  if (problems.length > 0) throw new ReleaseFailure(summarize(problems.sort()));
}

function explain(error: unknown, object: KubernetesObject, release: readonly KubernetesObject[]): string {
  if (!isUnknownKind(error)) return messageOf(error);
  const defined = release.some(({ kind, spec }) => kind === 'CustomResourceDefinition' && (spec as { names?: { kind?: string } }).names?.kind === object.kind);
  return `the cluster has no kind ${object.kind} in ${object.apiVersion}; ${defined ? 'its definition is not served yet' : 'install its CustomResourceDefinition first'}`;
}

async function applyOne(client: ClusterClient, object: KubernetesObject, ownership: Ownership): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const desired = ownership.mayOwn(object)
      ? ownership.keep(object, await client.find(referenceTo(object)))
      : object;
    try {
      const applied = await client.apply(desired);
      if (await takeOverHandEdits(client, applied) && attempt < ATTEMPTS) continue;
      return;
    } catch (error) {
      // What a hand has added may be what makes the object invalid.
      if (isStatus(error, 422) && attempt < ATTEMPTS) {
        const live = await client.find(referenceTo(object));
        if (live && await takeOverHandEdits(client, live)) continue;
      }
      // What others own changed between the read and the apply: read it again.
      if (isStatus(error, 409) && attempt < ATTEMPTS) continue;
      if (object.kind === 'Job' && isStatus(error, 422)) {
        // A Job's template cannot be changed; a new run of it replaces the old one.
        await client.remove(referenceTo(object));
        if (attempt < ATTEMPTS) continue;
      }
      throw error;
    }
  }
}

function annotated(object: KubernetesObject, owner: string): KubernetesObject {
  const annotations = { ...object.metadata.annotations, [RELEASE_ANNOTATION]: owner };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

interface RolloutSpec { strategy?: { canary?: { stableService?: string; canaryService?: string }; blueGreen?: { activeService?: string; previewService?: string } } }
interface ScaleTarget { kind?: string; name?: string }
interface RouteSpec { rules?: { backendRefs?: { name: string; weight?: number }[] }[] }

/** Knows which fields of which objects belong to a rollout controller or an autoscaler. */
class Ownership {
  /** Reads what is needed to know the owners of these objects' fields. */
  public static async read(client: ClusterClient, objects: readonly KubernetesObject[], release: readonly KubernetesObject[]): Promise<Ownership> {
    const scalable = objects.filter(({ spec }) => (spec as { replicas?: number } | undefined)?.replicas !== undefined);
    const namespaces = [...new Set(scalable.map(({ metadata }) => metadata.namespace))];
    const autoscalers = [
      ...release.filter(({ kind }) => kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject'),
      ...(await inParallel(namespaces, (namespace) => client.list('autoscaling/v2', 'HorizontalPodAutoscaler', namespace))).flat(),
    ];
    return new Ownership(release.filter(({ kind }) => kind === 'Rollout'), autoscalers);
  }

  private readonly rolloutServices: Set<string>;
  private readonly scaled: Set<string>;

  constructor(rollouts: readonly KubernetesObject[], autoscalers: readonly KubernetesObject[]) {
    this.rolloutServices = new Set(rollouts.flatMap(({ metadata, spec }) => {
      const { canary, blueGreen } = (spec as RolloutSpec).strategy ?? {};
      return [canary?.stableService, canary?.canaryService, blueGreen?.activeService, blueGreen?.previewService]
        .filter((service) => service !== undefined)
        .map((service) => `${metadata.namespace}/${service}`);
    }));
    this.scaled = new Set(autoscalers.map(({ metadata, spec }) => {
      const target = (spec as { scaleTargetRef?: ScaleTarget }).scaleTargetRef;
      return `${target?.kind ?? 'Deployment'} ${metadata.namespace}/${target?.name}`;
    }));
  }

  /** True when someone else may own a field of the object. */
  public mayOwn(object: KubernetesObject): boolean {
    return object.kind === 'Service' || object.kind === 'HTTPRoute' || this.scaled.has(nameOf(object));
  }

  /** The object with the fields of others as they are now. */
  public keep(object: KubernetesObject, live: KubernetesObject | undefined): KubernetesObject {
    if (!live) return object;
    switch (object.kind) {
      case 'Service': return keepSelector(object, live);
      case 'HTTPRoute': return this.keepWeights(object, live);
      default: return { ...object, spec: { ...object.spec as object, replicas: (live.spec as { replicas?: number }).replicas } };
    }
  }

  /** Weights between the Services of a Rollout belong to its controller while the Rollout lives. */
  private keepWeights(object: KubernetesObject, live: KubernetesObject): KubernetesObject {
    const weights = new Map((live.spec as RouteSpec).rules?.flatMap(({ backendRefs }) => backendRefs ?? []).map(({ name, weight }) => [name, weight]));
    const spec = object.spec as RouteSpec;
    const rules = spec.rules?.map((rule) => ({
      ...rule,
      ...(rule.backendRefs && {
        backendRefs: rule.backendRefs.map((backend) => (
          this.rolloutServices.has(`${object.metadata.namespace}/${backend.name}`) && weights.get(backend.name) !== undefined
            ? { ...backend, weight: weights.get(backend.name) }
            : backend)),
      }),
    }));
    return withVersion({ ...object, spec: { ...spec, rules } }, live);
  }
}

/** A forced apply strips the pod-template hash from the selector, and the Service then selects stable and canary pods alike. */
function keepSelector(object: KubernetesObject, live: KubernetesObject): KubernetesObject {
  const hash = (live.spec as { selector?: Record<string, string> }).selector?.[POD_TEMPLATE_HASH_LABEL];
  if (hash === undefined) return object;
  const spec = object.spec as { selector?: Record<string, string> };
  return withVersion({ ...object, spec: { ...spec, selector: { ...spec.selector, [POD_TEMPLATE_HASH_LABEL]: hash } } }, live);
}

/** Makes the server refuse the apply when the object has changed since it was read. */
function withVersion(object: KubernetesObject, live: KubernetesObject): KubernetesObject {
  const { resourceVersion } = live.metadata as { resourceVersion?: string };
  return { ...object, metadata: { ...object.metadata, resourceVersion } as KubernetesObject['metadata'] };
}
