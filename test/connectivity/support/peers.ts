import { CALLS_MODELS_LABEL } from '../../../constructs/platform/namespaces-chart';
import type { KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';
import { MODEL_NAMESPACE } from '../../../constructs/models/names';
import type { EnvironmentConfig } from '../../../lib/environment';
import { CONTROLLER_PODS } from './controller-pods';
import type { Peer } from './peer';

/** What a container says of its ports. */
interface Container {
  readonly ports?: readonly { readonly containerPort: number }[];
}
interface PodTemplate {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly containers: readonly Container[]; readonly initContainers?: readonly Container[] };
}

/** Addresses outside the pods of a cluster. */
export const OUTSIDE: readonly Peer[] = [
  { name: 'the internet', ip: '198.51.100.7', ports: [80, 443] },
  { name: 'nodes, the API server and connected networks', ip: '10.0.0.10', ports: [443, 10_250] },
  { name: 'the metadata service', ip: '169.254.169.254', ports: [80] },
  { name: 'the agent of Pod Identity', ip: '169.254.170.23', ports: [80] },
];

/**
 * Everything that may meet in an environment: its workloads, the pods of its controllers, callers that its models name, pods that nobody has
 * declared, and what is outside.
 *
 * @param controllers names of the controllers that it has
 */
export function peersOf(
  environment: EnvironmentConfig,
  objects: readonly KubernetesObject[],
  controllers: readonly string[],
): readonly Peer[] {
  const namespaces = new Map(
    objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => [metadata.name, metadata.labels ?? {}]),
  );
  let count = 0;
  const pod = (
    namespace: string,
    name: string,
    labels: Readonly<Record<string, string>>,
    ports: readonly number[],
    more: Readonly<Record<string, string>> = {},
  ): Peer => ({
    name: `${namespace}/${name}`,
    ports,
    ip: `10.0.1.${++count}`,
    pod: {
      namespace,
      // The API server sets the first.
      namespaceLabels: { 'kubernetes.io/metadata.name': namespace, ...namespaces.get(namespace), ...more },
      labels,
    },
  });
  return [
    ...objects.flatMap(({ kind, metadata, spec }) =>
      templatesOf(spec).map(([suffix, template]) =>
        pod(
          metadata.namespace!,
          `${metadata.name}${suffix}${kind === 'Job' ? ' (Job)' : ''}`,
          template.metadata.labels ?? {},
          portsOf(template),
        ),
      ),
    ),
    ...controllers.flatMap((name) => {
      if (!(name in CONTROLLER_PODS)) throw new Error(`controller-pods: expected pods of ${name}, got none; add them`);
      return CONTROLLER_PODS[name].map(({ namespace, name: workload, labels, ports }) =>
        pod(namespace, workload, labels, ports),
      );
    }),
    ...environment.models.flatMap(({ name, callers = [], routing }) => [
      ...callers.map(({ namespaceLabels, podLabels = {} }, index) =>
        pod(
          namespaceLabels ? `callers-${index + 1}-of-${name}` : MODEL_NAMESPACE,
          `caller-${index + 1}-of-${name}`,
          namespaceLabels ? podLabels : { ...podLabels, [CALLS_MODELS_LABEL]: 'true' },
          [],
          namespaceLabels,
        ),
      ),
      ...(routing ? [pod(routing.dataPlaneNamespace ?? routing.gatewayNamespace, 'gateway', {}, [])] : []),
    ]),
    pod('kube-system', 'coredns', { 'k8s-app': 'kube-dns' }, [53]),
    pod('kube-system', 'any other pod', {}, []),
    ...[...namespaces.keys()].sort().map((namespace) => pod(namespace, 'any other pod', {}, [])),
    pod(MODEL_NAMESPACE, 'a pod that calls models', { [CALLS_MODELS_LABEL]: 'true' }, []),
    pod('default', 'any pod', {}, []),
    ...OUTSIDE,
  ];
}

/** Templates of the pods that an object makes, each with what its name ends on. */
function templatesOf(spec: unknown): [string, PodTemplate][] {
  const { template, leaderWorkerTemplate: group } = (spec ?? {}) as {
    template?: PodTemplate;
    leaderWorkerTemplate?: { leaderTemplate?: PodTemplate; workerTemplate: PodTemplate };
  };
  if (group)
    return [
      ...(group.leaderTemplate ? [[' (leader)', group.leaderTemplate] satisfies [string, PodTemplate]] : []),
      [' (worker)', group.workerTemplate],
    ];
  return (template as Partial<PodTemplate> | undefined)?.spec?.containers ? [['', template!]] : [];
}

function portsOf({ spec }: PodTemplate): number[] {
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  return [...new Set(containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort)))].sort(
    (left, right) => left - right,
  );
}
