import type { Container } from 'kubernetes-types/core/v1';
import type { LabelSelector, ObjectMeta } from 'kubernetes-types/meta/v1';
import type { PodView } from './simulated-pod';

/** One relabeling as a PodMonitor holds it; only the actions used to name series are known. */
export interface Relabeling {
  readonly action?: string;
  readonly sourceLabels?: readonly string[];
  readonly separator?: string;
  readonly regex?: string;
  readonly replacement?: string;
  readonly targetLabel?: string;
}

export interface PodMetricsEndpoint {
  readonly port?: string;
  readonly portNumber?: number;
  readonly path?: string;
  readonly relabelings?: readonly Relabeling[];
}

/** The part of monitoring.coreos.com/v1 PodMonitor that discovery obeys. */
export interface PodMonitor {
  readonly metadata?: ObjectMeta;
  readonly spec: {
    readonly selector: LabelSelector;
    readonly namespaceSelector?: { readonly any?: boolean; readonly matchNames?: readonly string[] };
    readonly podTargetLabels?: readonly string[];
    readonly podMetricsEndpoints: readonly PodMetricsEndpoint[];
  };
}

/** A group of Prometheus' file-based discovery. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * What Prometheus would scrape for a PodMonitor: one target a selected pod and matching port, with the labels that the
 * operator's configuration and the monitor's relabelings give it, so that a wrong PodMonitor fails here as it would there.
 */
export function scrapeTargets(monitor: PodMonitor, pods: readonly PodView[]): TargetGroup[] {
  const selected = pods.filter((pod) => inNamespace(monitor, pod) && matches(monitor.spec.selector, pod.labels));
  return selected.flatMap((pod) =>
    monitor.spec.podMetricsEndpoints.flatMap((endpoint) => {
      const found = portOf(pod, endpoint);
      const labels = found === undefined ? undefined : labelsOf(monitor, pod, endpoint, found);
      return labels === undefined ? [] : [{ targets: [`127.0.0.1:${pod.port}`], labels }];
    }),
  );
}

interface FoundPort {
  readonly container: Container;
  readonly number: number;
}

function inNamespace(monitor: PodMonitor, pod: PodView): boolean {
  const { any = false, matchNames } = monitor.spec.namespaceSelector ?? {};
  return any || (matchNames ?? [monitor.metadata?.namespace]).includes(pod.namespace);
}

function matches(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      switch (operator) {
        case 'In':
          return key in labels && values.includes(labels[key]);
        case 'NotIn':
          return !(key in labels) || !values.includes(labels[key]);
        case 'Exists':
          return key in labels;
        case 'DoesNotExist':
          return !(key in labels);
        default:
          throw new Error(
            `selector.matchExpressions: expected In, NotIn, Exists or DoesNotExist, got ${operator}; correct the PodMonitor`,
          );
      }
    })
  );
}

function portOf(pod: PodView, endpoint: PodMetricsEndpoint): FoundPort | undefined {
  // Port 0: the engine has not been started yet, so there is nothing that could be scraped.
  if (pod.port === 0) return undefined;
  for (const container of pod.containers) {
    const port = (container.ports ?? []).find((candidate) =>
      endpoint.port !== undefined ? candidate.name === endpoint.port : candidate.containerPort === endpoint.portNumber,
    );
    if (port !== undefined) return { container, number: port.containerPort };
  }
  return undefined;
}

function labelsOf(
  monitor: PodMonitor,
  pod: PodView,
  endpoint: PodMetricsEndpoint,
  port: FoundPort,
): Record<string, string> | undefined {
  const labels: Record<string, string> = {
    ...metaLabels(pod, port),
    __metrics_path__: endpoint.path ?? '/metrics',
    job: `${monitor.metadata?.namespace}/${monitor.metadata?.name}`,
    namespace: pod.namespace,
    pod: pod.name,
    container: port.container.name,
    endpoint: endpoint.port ?? String(endpoint.portNumber),
    // The address that a real Prometheus would have scraped, not the loopback port that stands for it.
    instance: `${pod.ip}:${port.number}`,
  };
  for (const label of monitor.spec.podTargetLabels ?? []) {
    if (pod.labels[label] !== undefined) labels[sanitize(label)] = pod.labels[label];
  }
  for (const relabeling of endpoint.relabelings ?? []) {
    if (!relabel(labels, relabeling)) return undefined;
  }
  return Object.fromEntries(
    Object.entries(labels).filter(([name, value]) => !name.startsWith('__meta_') && value !== ''),
  );
}

function metaLabels(pod: PodView, port: FoundPort): Record<string, string> {
  const prefix = '__meta_kubernetes_pod_';
  const meta: Record<string, string> = {
    __meta_kubernetes_namespace: pod.namespace,
    [`${prefix}name`]: pod.name,
    [`${prefix}ip`]: pod.ip,
    [`${prefix}uid`]: pod.uid,
    [`${prefix}node_name`]: pod.nodeName,
    [`${prefix}ready`]: String(pod.ready),
    [`${prefix}container_name`]: port.container.name,
    [`${prefix}container_port_number`]: String(port.number),
  };
  for (const [name, value] of Object.entries(pod.labels)) {
    meta[`${prefix}label_${sanitize(name)}`] = value;
    meta[`${prefix}labelpresent_${sanitize(name)}`] = 'true';
  }
  for (const [name, value] of Object.entries(pod.annotations)) meta[`${prefix}annotation_${sanitize(name)}`] = value;
  return meta;
}

/** Applies one relabeling in place; false when it drops the target. */
function relabel(labels: Record<string, string>, relabeling: Relabeling): boolean {
  const source = (relabeling.sourceLabels ?? []).map((name) => labels[name] ?? '').join(relabeling.separator ?? ';');
  const match = new RegExp(`^(?:${relabeling.regex ?? '(.*)'})$`, 's').exec(source);
  switch ((relabeling.action ?? 'replace').toLowerCase()) {
    case 'replace':
      if (match !== null && relabeling.targetLabel !== undefined) {
        const value = (relabeling.replacement ?? '$1').replace(
          /\$(?:\{(\w+)\}|(\d+))/g,
          (_, braced, plain) => match[Number(braced ?? plain)] ?? '',
        );
        labels[relabeling.targetLabel] = value;
      }
      return true;
    case 'keep':
      return match !== null;
    case 'drop':
      return match === null;
    default:
      throw new Error(
        `relabelings.action: expected replace, keep or drop, got ${relabeling.action}; the simulated discovery obeys no other`,
      );
  }
}

function sanitize(label: string): string {
  return label.replace(/[^a-zA-Z0-9_]/g, '_');
}
