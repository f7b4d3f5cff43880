import type { ControllerFacts } from '../controller-facts';
import { KUBECTL_IMAGE, MONITORING_NAMESPACE } from '../names';

/** Prometheus and its operator, with its volume of a storage class. */
export function prometheusStack(storageClass: string): ControllerFacts {
  return {
    name: 'prometheus-stack',
    namespace: MONITORING_NAMESPACE,
    chart: 'kube-prometheus-stack',
    repository: 'https://prometheus-community.github.io/helm-charts',
    version: '88.5.3',
    values: {
      fullnameOverride: 'prometheus',
      cleanPrometheusOperatorObjectNames: true,
      // Dashboards and alert routing are not part of the platform yet; alarms are in CloudWatch.
      grafana: { enabled: false },
      alertmanager: { enabled: false },
      // It needs the host's network and files, which no namespace of the platform allows.
      nodeExporter: { enabled: false },
      // EKS does not let these be scraped.
      kubeControllerManager: { enabled: false },
      kubeScheduler: { enabled: false },
      kubeEtcd: { enabled: false },
      kubeProxy: { enabled: false },
      // Helm installs the CRDs once; this Job, which runs before each upgrade, brings those of the chart's version.
      crds: {
        upgradeJob: {
          enabled: true,
          forceConflicts: true,
          resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
        },
      },
      prometheusOperator: {
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
        admissionWebhooks: {
          patch: { resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '64Mi' } } },
        },
      },
      'kube-state-metrics': {
        // No series of theirs is used, and whoever lists Secrets reads them.
        collectorsExclude: ['secrets', 'configmaps'],
        resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '256Mi' } },
      },
      prometheus: {
        prometheusSpec: {
          replicas: 1,
          version: 'v3.14.0',
          // Whichever comes first: a full disk would end all measuring. A GB of Prometheus is 1024 MiB.
          retention: '15d',
          retentionSize: '42GB',
          scrapeInterval: '15s',
          evaluationInterval: '15s',
          resources: { requests: { cpu: '500m', memory: '2Gi' }, limits: { memory: '4Gi' } },
          // Monitors and rules come with the releases of models, not with this chart.
          podMonitorSelectorNilUsesHelmValues: false,
          serviceMonitorSelectorNilUsesHelmValues: false,
          ruleSelectorNilUsesHelmValues: false,
          storageSpec: {
            volumeClaimTemplate: {
              spec: {
                storageClassName: storageClass,
                accessModes: ['ReadWriteOnce'],
                resources: { requests: { storage: '50Gi' } },
              },
            },
          },
        },
      },
    },
    images: [
      ['quay.io/prometheus/prometheus:v3.14.0-distroless', 'prometheus.prometheusSpec.image'],
      ['quay.io/prometheus-operator/prometheus-operator:v0.93.1', 'prometheusOperator.image'],
      [
        'quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1',
        'prometheusOperator.prometheusConfigReloader.image',
      ],
      ['registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0', 'kube-state-metrics.image'],
      ['ghcr.io/jkroepke/kube-webhook-certgen:1.8.7', 'prometheusOperator.admissionWebhooks.patch.image'],
      [KUBECTL_IMAGE, 'crds.upgradeJob.image.kubectl'],
      ['public.ecr.aws/docker/library/busybox:1.37.0', 'crds.upgradeJob.image.busybox'],
    ].map(([reference, values]) => ({ reference, values, registryApart: true })),
    provides: {
      kinds: [
        ...['Alertmanager', 'PodMonitor', 'Probe', 'Prometheus', 'PrometheusRule', 'ServiceMonitor', 'ThanosRuler'],
        ...['AlertmanagerConfig', 'PrometheusAgent', 'ScrapeConfig'],
      ].map((kind) => `monitoring.coreos.com/${kind}`),
      services: [`${MONITORING_NAMESPACE}/prometheus-operated`],
    },
  };
}
