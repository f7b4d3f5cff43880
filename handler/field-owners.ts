import { FIELD_MANAGER, POD_TEMPLATE_HASH_LABEL } from '../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../constructs/kubernetes/contract/release-document';
import { type KubernetesClient } from '../kubernetes-client/kubernetes-client';
import { holds, isTerminating, referenceTo } from '../kubernetes-client/objects';
import { nameOf } from './failure';
import { isShiftingTraffic } from './health/rollout';
import { inParallel } from '../kubernetes-client/in-parallel';
import { keepPause } from './scaling-pause';

interface RolloutSpec {
  strategy?: {
    canary?: { stableService?: string; canaryService?: string };
    blueGreen?: { activeService?: string; previewService?: string };
  };
}
interface ScaleTarget {
  kind?: string;
  name?: string;
}
interface Backend {
  name: string;
  namespace?: string;
  weight?: number;
}
type Selector = Readonly<Record<string, string>>;
interface RouteSpec {
  rules?: { backendRefs?: Backend[] }[];
}

/** Routes of the Gateway API whose backends a rollout controller weighs. */
const ROUTES = new Set(['HTTPRoute', 'GRPCRoute', 'TCPRoute', 'TLSRoute']);

/** Knows which fields of which objects belong to a rollout controller or an autoscaler. */
export class FieldOwners {
  /**
   * Reads what is needed to know the owners of these objects' fields.
   *
   * @param objects the objects that are to be applied
   * @param release all objects of the release, some of which own fields of others
   */
  public static async read(
    client: KubernetesClient,
    objects: readonly KubernetesObject[],
    release: readonly KubernetesObject[],
  ): Promise<FieldOwners> {
    const scalable = objects.filter(({ spec }) => (spec as { replicas?: number } | undefined)?.replicas !== undefined);
    const namespaces = [...new Set(scalable.map(({ metadata }) => metadata.namespace))];
    const autoscalers = [
      ...release.filter(({ kind }) => kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject'),
      ...(
        await inParallel(namespaces, (namespace) => client.list('autoscaling/v2', 'HorizontalPodAutoscaler', namespace))
      ).flat(),
    ];
    return new FieldOwners(
      client,
      autoscalers,
      new Set(release.filter(({ kind }) => kind === 'Rollout').flatMap(servicesOf)),
    );
  }

  private readonly scaled: Set<string>;

  /** @param managed Services, as `<namespace>/<name>`, whose selectors Rollouts of the release manage */
  private constructor(
    private readonly client: KubernetesClient,
    autoscalers: readonly KubernetesObject[],
    private readonly managed: ReadonlySet<string>,
  ) {
    this.scaled = new Set(
      autoscalers.map(({ metadata, spec }) => {
        const target = (spec as { scaleTargetRef?: ScaleTarget }).scaleTargetRef;
        return `${target?.kind ?? 'Deployment'} ${metadata.namespace}/${target?.name}`;
      }),
    );
  }

  /** The object as it is to be applied: with the fields of others as they are now. */
  public async keep(object: KubernetesObject): Promise<KubernetesObject> {
    const route = ROUTES.has(object.kind);
    const paused = object.kind === 'ScaledObject';
    if (object.kind !== 'Service' && !route && !paused && !this.scaled.has(nameOf(object))) return object;
    const live = await this.client.find(referenceTo(object));
    if (!live) return object;
    if (object.kind === 'Service')
      return (await this.isTooEarly(object, live))
        ? withSelector(object, live, selectorOf(live)!)
        : this.keepHash(object, live);
    if (route) return this.keepWeights(object, live);
    if (paused) return withVersion(keepPause(object, live), live);
    return leaveReplicas(object, live);
  }

  /**
   * Whether a Service would leave pods that answer for others of which none is ready yet, as where a model goes from a Rollout to groups of
   * several nodes. It is applied once more when the workloads are healthy.
   */
  private async isTooEarly(object: KubernetesObject, live: KubernetesObject): Promise<boolean> {
    const now = selectorWithoutHash(live);
    const wanted = selectorOf(object) ?? {};
    if (Object.keys(now).length === 0 || Object.keys(wanted).length === 0 || textOf(now) === textOf(wanted))
      return false;
    const ready = async (selector: Selector): Promise<boolean> =>
      (await this.client.list('v1', 'Pod', object.metadata.namespace, { labelSelector: textOf(selector) })).some(
        isReady,
      );
    return !(await ready(wanted)) && (await ready(now));
  }

  /**
   * A forced apply strips the pod-template hash from the selector, and the Service then selects stable and canary pods alike. To other pods
   * than those of the Rollout the hash means nothing: with it the Service would select none.
   */
  private keepHash(object: KubernetesObject, live: KubernetesObject): KubernetesObject {
    const hash = selectorOf(live)?.[POD_TEMPLATE_HASH_LABEL];
    const selector = selectorOf(object) ?? {};
    const isManaged =
      this.managed.has(`${object.metadata.namespace}/${object.metadata.name}`) ||
      textOf(selectorWithoutHash(live)) === textOf(selector);
    return hash !== undefined && isManaged
      ? withSelector(object, live, { ...selector, [POD_TEMPLATE_HASH_LABEL]: hash })
      : object;
  }

  /** Weights between the Services of a Rollout belong to its controller while it shifts traffic; before and after, to the release. */
  private async keepWeights(object: KubernetesObject, live: KubernetesObject): Promise<KubernetesObject> {
    const identify = ({ name, namespace = object.metadata.namespace }: Backend): string => `${namespace}/${name}`;
    const spec = object.spec as RouteSpec;
    const namespaces = (spec.rules ?? []).flatMap(({ backendRefs = [] }) =>
      backendRefs.map(({ namespace = object.metadata.namespace }) => namespace),
    );
    // The Rollouts are read after the route: what their controller writes to the route from then on makes the apply a conflict.
    const shifted = await this.shiftedServices([...new Set(namespaces)]);
    const now = new Map(
      (live.spec as RouteSpec).rules?.flatMap(({ backendRefs = [] }) =>
        backendRefs.map((backend) => [identify(backend), backend.weight]),
      ),
    );
    const kept = (backend: Backend): Backend => {
      const weight = now.get(identify(backend));
      return shifted.has(identify(backend)) && weight !== undefined ? { ...backend, weight } : backend;
    };
    const rules = spec.rules?.map((rule) => ({
      ...rule,
      ...(rule.backendRefs && { backendRefs: rule.backendRefs.map(kept) }),
    }));
    return withVersion({ ...object, spec: { ...spec, ...(rules && { rules }) } }, live);
  }

  /** Services, as `<namespace>/<name>`, between which a live Rollout shifts traffic now. */
  private async shiftedServices(namespaces: readonly (string | undefined)[]): Promise<Set<string>> {
    const rollouts = (
      await inParallel(namespaces, (namespace) => this.client.list('argoproj.io/v1alpha1', 'Rollout', namespace))
    ).flat();
    return new Set(rollouts.filter(isShiftingTraffic).flatMap(servicesOf));
  }
}

/** Services of a Rollout, as `<namespace>/<name>`. */
function servicesOf({ metadata, spec }: KubernetesObject): string[] {
  const { canary, blueGreen } = (spec as RolloutSpec | undefined)?.strategy ?? {};
  return [canary?.stableService, canary?.canaryService, blueGreen?.activeService, blueGreen?.previewService]
    .filter((service) => service !== undefined)
    .map((service) => `${metadata.namespace}/${service}`);
}

/** Replicas belong to the autoscaler. Only as long as it has never set them, the release names those that there are: nobody else does. */
function leaveReplicas(object: KubernetesObject, live: KubernetesObject): KubernetesObject {
  const owned = (live.metadata.managedFields ?? []).some(
    ({ manager, operation, fieldsV1 }) =>
      fieldsV1?.['f:spec']?.['f:replicas'] !== undefined && !(manager === FIELD_MANAGER && operation === 'Apply'),
  );
  const { replicas } = live.spec as { replicas?: number };
  const spec = { ...(object.spec as object), replicas: owned ? undefined : replicas };
  return owned ? { ...object, spec } : withVersion({ ...object, spec }, live);
}

function withSelector(object: KubernetesObject, live: KubernetesObject, selector: Selector): KubernetesObject {
  return withVersion({ ...object, spec: { ...(object.spec as object), selector } }, live);
}

function selectorOf({ spec }: KubernetesObject): Selector | undefined {
  return (spec as { selector?: Selector } | undefined)?.selector;
}

function selectorWithoutHash(object: KubernetesObject): Selector {
  return Object.fromEntries(
    Object.entries(selectorOf(object) ?? {}).filter(([label]) => label !== POD_TEMPLATE_HASH_LABEL),
  );
}

/** A selector as the API server takes it, its labels in their order. */
function textOf(selector: Selector): string {
  return Object.entries(selector)
    .map(([label, value]) => `${label}=${value}`)
    .sort()
    .join(',');
}

function isReady(pod: KubernetesObject): boolean {
  return !isTerminating(pod) && holds(pod, 'Ready');
}

/** Makes the server refuse the apply when the object has changed since it was read. */
function withVersion(object: KubernetesObject, live: KubernetesObject): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: live.metadata.resourceVersion } };
}
