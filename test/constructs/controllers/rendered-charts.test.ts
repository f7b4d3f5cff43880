import { type KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';
import { Controller, ImageSources } from '../../../constructs/controllers';
import { imagesOf } from '../../../constructs/kubernetes/images-of';
import {
  ARCHIVED,
  defaultValues,
  describeCharts,
  releaseBytes,
  removeWork,
  renderChart,
  type RenderedChart,
} from '../../support/charts';

// What the charts of controllers hold with the values of the catalog, as the helm of the kubectl layer renders them.

/** Controllers that may read every Secret of the cluster, and why. */
const READERS_OF_SECRETS: Readonly<Record<string, string>> = {
  'argo-rollouts': 'an analysis may take the credentials of its source of measurements from one',
  lws: 'keeps the certificate of its webhooks in one, and looks for it in every namespace',
  'prometheus-stack':
    'the operator keeps the configuration of Prometheus in some, and looks for them in every namespace',
};

/** Deployments of two replicas whose chart has no budget for their disruption; they are apart. */
const WITHOUT_BUDGET = ['lws-controller-manager'];

interface Workload {
  readonly replicas?: number;
  readonly template: { readonly metadata: { readonly labels: Record<string, string> }; readonly spec: PodSpec };
}
interface PodSpec {
  readonly affinity?: { readonly podAntiAffinity?: object };
  readonly topologySpreadConstraints?: object[];
  readonly initContainers?: Container[];
  readonly containers: Container[];
}
interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: string[];
  readonly resources?: { readonly requests?: Record<string, string> };
}
interface Webhook {
  readonly name: string;
  readonly failurePolicy?: string;
  readonly clientConfig: { readonly service: { readonly name: string } };
}
interface Rule {
  readonly apiGroups?: string[];
  readonly resources?: string[];
  readonly resourceNames?: string[];
}

const render = (controller: Controller): RenderedChart => renderChart(controller);
const ofKind = (controller: Controller, ...kinds: string[]): KubernetesObject[] =>
  render(controller).objects.filter(({ kind }) => kinds.includes(kind));
const workloadsOf = (controller: Controller): KubernetesObject[] =>
  ofKind(controller, 'Deployment', 'DaemonSet', 'StatefulSet', 'Job');
const specOf = (object: KubernetesObject): Workload => object.spec as Workload;
const rulesOf = (object: KubernetesObject): Rule[] => (object.rules ?? []) as Rule[];

/** Images of containers, and those that an operator is told to run. */
function rendersImages(controller: Controller): string[] {
  const { objects } = render(controller);
  const told = workloadsOf(controller)
    .flatMap((workload) => specOf(workload).template.spec.containers)
    .flatMap(({ args = [] }) => args.flatMap((arg) => /^--prometheus-config-reloader=(.+)$/.exec(arg)?.[1] ?? []));
  const prometheus = objects
    .filter(({ kind }) => kind === 'Prometheus')
    .map(({ spec }) => (spec as { image: string }).image);
  return [...new Set([...workloadsOf(controller).flatMap(imagesOf), ...told, ...prometheus])].sort();
}

function kindsOf(crds: readonly KubernetesObject[]): string[] {
  return crds.map(({ spec }) => {
    const { group, names } = spec as { group: string; names: { kind: string } };
    return `${group}/${names.kind}`;
  });
}

/** Values that charts copy into pods as they are: the API server knows what may be in them. */
const PARTS_OF_PODS = /^(podS|containerS|s)ecurityContext$|^resources$|^nodeSelector$|^affinity$/;

/** Paths of values that the chart does not know; below an empty default everything is free. */
function unknownValues(values: unknown, defaults: unknown, path = ''): string[] {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return [];
  const known = defaults as Record<string, unknown> | null | undefined;
  if (known === null || known === undefined || Object.keys(known).length === 0) return [];
  return Object.entries(values).flatMap(([key, value]) => {
    if (!(key in known)) return [`${path}${key}`];
    return PARTS_OF_PODS.test(key) ? [] : unknownValues(value, known[key], `${path}${key}.`);
  });
}

describeCharts('charts of controllers', () => {
  afterAll(removeWork);

  test.each(ARCHIVED)('%s knows every value that the catalog sets', (_, controller) => {
    expect(unknownValues(controller.facts.values, defaultValues(controller))).toEqual([]);
  });

  test('a misspelled value is found', () => {
    const { facts } = Controller.KEDA;
    expect(
      unknownValues({ ...facts.values, operator: { replicas: 2 }, rebac: {} }, defaultValues(Controller.KEDA)),
    ).toEqual(['operator.replicas', 'rebac']);
  });

  test.each(ARCHIVED)('%s runs the images that the catalog names, and no others', (_, controller) => {
    expect(rendersImages(controller)).toEqual(controller.facts.images.map(({ reference }) => reference).sort());
  });

  test.each(ARCHIVED)('%s takes digests and mirrors for every image', (_, controller) => {
    const names = controller.facts.images.map(({ reference }) => reference.split('@')[0]);
    const mirrors = Object.fromEntries(
      names.map((name) => name.split('/')[0]).map((registry) => [registry, `mirror.example/${registry}`]),
    );
    const images = new ImageSources({
      mirrors,
      digests: Object.fromEntries(names.map((name) => [name, `sha256:${'a'.repeat(64)}`])),
    });
    const rendered = rendersImages(controller.withImages(images));
    expect(rendered).toHaveLength(names.length);
    for (const image of rendered) expect(image).toMatch(/^mirror\.example\/[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/);
  });

  test('every CRD that Helm would install once is updated by something else', () => {
    const all = ARCHIVED.map(([, controller]) => controller);
    const updated = new Set(
      all.flatMap((controller) => [
        ...ofKind(controller, 'CustomResourceDefinition').map(({ metadata }) => metadata.name),
        ...(controller.facts.crds ?? []).map(({ name }) => name),
        // A Job that Helm runs before each upgrade.
        ...ofKind(controller, 'ClusterRole')
          .filter(({ metadata }) => metadata.annotations?.['helm.sh/hook']?.includes('pre-upgrade'))
          .flatMap(rulesOf)
          .filter(({ resources }) => resources?.includes('customresourcedefinitions'))
          .flatMap(({ resourceNames = [] }) => resourceNames),
      ]),
    );
    const once = all.flatMap((controller) => render(controller).installedOnce.map(({ metadata }) => metadata.name));
    expect(once.length).toBeGreaterThan(10);
    expect(once.filter((name) => !updated.has(name))).toEqual([]);
  });

  test.each(ARCHIVED)('%s leaves its CRDs, and so their objects, when it goes', (_, controller) => {
    const kept = (object: KubernetesObject) => object.metadata.annotations?.['helm.sh/resource-policy'] === 'keep';
    expect(
      ofKind(controller, 'CustomResourceDefinition')
        .filter((crd) => !kept(crd))
        .map(({ metadata }) => metadata.name),
    ).toEqual([]);
  });

  test('the catalog names the kinds that come with the charts', () => {
    const all = ARCHIVED.map(([, controller]) => controller);
    const come = all.flatMap((controller) =>
      kindsOf([...render(controller).installedOnce, ...ofKind(controller, 'CustomResourceDefinition')]),
    );
    expect([...new Set(all.flatMap(({ facts }) => facts.provides.kinds))].sort()).toEqual([...new Set(come)].sort());
  });

  test.each(ARCHIVED)('of %s only those who must may read every Secret', (name, controller) => {
    const reading = ofKind(controller, 'ClusterRole').filter((role) =>
      rulesOf(role).some(
        ({ apiGroups = [], resources = [] }) =>
          apiGroups.some((group) => ['', '*'].includes(group)) &&
          resources.some((resource) => ['secrets', '*'].includes(resource)),
      ),
    );
    expect(reading.map(({ metadata }) => metadata.name)).toEqual(
      name in READERS_OF_SECRETS ? [expect.any(String)] : [],
    );
  });

  test('kube-state-metrics reads neither Secrets nor ConfigMaps', () => {
    const [role] = ofKind(Controller.PROMETHEUS_STACK, 'ClusterRole').filter(({ metadata }) =>
      metadata.name.endsWith('kube-state-metrics'),
    );
    const read = rulesOf(role).flatMap(({ resources = [] }) => resources);
    expect(read).toEqual(expect.arrayContaining(['pods', 'nodes', 'deployments']));
    expect(read.filter((resource) => /secret|configmap/.test(resource))).toEqual([]);
  });

  test.each(ARCHIVED)('every container of %s says what it needs', (_, controller) => {
    const without = workloadsOf(controller).flatMap((workload) => {
      const { containers, initContainers = [] } = specOf(workload).template.spec;
      return [...containers, ...initContainers]
        .filter(({ resources }) => !resources?.requests?.cpu || !resources.requests.memory)
        .map((container) => `${workload.metadata.name}/${container.name}`);
    });
    expect(without).toEqual([]);
  });

  test.each(ARCHIVED)('replicas of %s are apart, and do not go at once', (_, controller) => {
    const replicated = ofKind(controller, 'Deployment').filter((deployment) => specOf(deployment).replicas !== 1);
    const together = replicated.filter((deployment) => {
      const { affinity, topologySpreadConstraints } = specOf(deployment).template.spec;
      return !affinity?.podAntiAffinity && !topologySpreadConstraints;
    });
    expect(together.map(({ metadata }) => metadata.name)).toEqual([]);
    const budgets = ofKind(controller, 'PodDisruptionBudget').map(
      ({ spec }) => (spec as { selector: { matchLabels: Record<string, string> } }).selector.matchLabels,
    );
    const unprotected = replicated.filter((deployment) => {
      const { labels } = specOf(deployment).template.metadata;
      return !budgets.some((budget) => Object.entries(budget).every(([key, value]) => labels[key] === value));
    });
    expect(unprotected.map(({ metadata }) => metadata.name)).toEqual(unprotected.length > 0 ? WITHOUT_BUDGET : []);
  });

  test.each(ARCHIVED)('what %s must answer for others to continue has two replicas', (_, controller) => {
    const firm = ofKind(controller, 'ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration')
      .flatMap(({ webhooks }) => webhooks as Webhook[])
      .filter(({ failurePolicy = 'Fail' }) => failurePolicy === 'Fail');
    const asked = [
      ...firm.map(({ clientConfig }) => clientConfig.service.name),
      ...ofKind(controller, 'APIService').map(({ spec }) => (spec as { service: { name: string } }).service.name),
    ];
    const few = [...new Set(asked)].filter((name) => {
      const [service] = ofKind(controller, 'Service').filter(({ metadata }) => metadata.name === name);
      const selector = Object.entries((service.spec as { selector: Record<string, string> }).selector);
      const [deployment] = ofKind(controller, 'Deployment').filter((each) =>
        selector.every(([key, value]) => specOf(each).template.metadata.labels[key] === value),
      );
      return (specOf(deployment).replicas ?? 1) < 2;
    });
    expect(few).toEqual([]);
  });

  test.each(ARCHIVED)('Helm can keep a release of %s', (_, controller) => {
    expect(releaseBytes(controller)).toBeLessThan(1024 * 1024);
  });

  test('Prometheus gives series up before its disk is full', () => {
    const [{ spec }] = ofKind(Controller.PROMETHEUS_STACK, 'Prometheus') as unknown as [
      {
        spec: {
          retentionSize: string;
          storage: { volumeClaimTemplate: { spec: { resources: { requests: { storage: string } } } } };
        };
      },
    ];
    const gib = (amount: string): number => Number(/^(\d+)(GB|Gi)$/.exec(amount)![1]);
    // The file system takes its share, and a new block is written before an old one goes. A GB of Prometheus is 1024 MiB.
    expect(gib(spec.retentionSize)).toBeLessThanOrEqual(
      0.85 * gib(spec.storage.volumeClaimTemplate.spec.resources.requests.storage),
    );
  });
});
