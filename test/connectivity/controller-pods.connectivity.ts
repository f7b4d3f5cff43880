import { ARCHIVED, describeCharts, removeWork, renderChart } from '../support/charts';
import { CONTROLLER_PODS } from './support/controller-pods';

interface Workload {
  readonly template: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: {
      readonly hostNetwork?: boolean;
      readonly containers: readonly { readonly ports?: readonly { readonly containerPort: number }[] }[];
    };
  };
}

describeCharts('pods of controllers', () => {
  afterAll(removeWork);

  test.each(ARCHIVED)('%s has those that flows are judged with, and no others', (name, controller) => {
    const rendered = renderChart(controller)
      .objects.filter(({ kind }) => ['Deployment', 'DaemonSet', 'StatefulSet'].includes(kind))
      .map(({ metadata, spec }) => ({ namespace: metadata.namespace, ...(spec as Workload).template }))
      .filter(({ spec }) => !spec.hostNetwork)
      .map(({ namespace, metadata, spec }) => ({
        namespace,
        name: metadata.labels['app.kubernetes.io/name'],
        ports: spec.containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort)),
      }));
    const known = CONTROLLER_PODS[name]
      // What its operator makes is in no chart.
      .filter((pods) => pods.name !== 'prometheus')
      .map(({ namespace, labels, ports }) => ({
        namespace,
        name: labels['app.kubernetes.io/name'],
        ports: [...ports],
      }));
    const textsOf = (pods: readonly { readonly ports: readonly number[] }[]): string[] =>
      [...new Set(pods.map((pod) => JSON.stringify({ ...pod, ports: [...pod.ports].sort((a, b) => a - b) })))].sort();
    expect(textsOf(rendered)).toEqual(textsOf(known));
  });
});
