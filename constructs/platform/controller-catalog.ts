import { KEDA_NAMESPACE, LEADER_WORKER_SET_NAMESPACE, MONITORING_NAMESPACE, ROLLOUTS_NAMESPACE, STORAGE_CLASS } from './names';

/** Namespace of what makes nodes and their devices: device plugins need the host's files, which no other namespace allows. */
const NODE_CONTROLLERS_NAMESPACE = 'kube-system';

/** What a controller brings into the cluster, for the check that nothing refers to what nobody provides. */
export interface ControllerProvisions {
  /** Kinds that it defines, as `<group>/<kind>`. */
  readonly kinds: string[];
  /**
   * Services that it makes, as `<namespace>/<name>`.
   *
   * @default - none
   */
  readonly services?: string[];
}

/** Facts of a third-party controller. */
export interface ControllerFacts {
  /** Name of the Helm release; fixed, because renaming a release removes the controller with everything it runs. */
  readonly name: string;
  /** Namespace it runs in. */
  readonly namespace: string;
  /** Name of the Helm chart. */
  readonly chart: string;
  /** Repository of the Helm chart. */
  readonly repository: string;
  /** Version of the Helm chart. */
  readonly version: string;
  /** Values of the Helm chart. */
  readonly values: { readonly [key: string]: unknown };
  /** Images that the chart runs with these values. */
  readonly images: string[];
  /** What it brings into the cluster. */
  readonly provides: ControllerProvisions;
}

const RESTRICTED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** What Karpenter's controller has to be told. */
export interface KarpenterSettings {
  /** Name of the cluster. */
  readonly clusterName: string;
  /** Name of the queue with EC2's warnings. */
  readonly interruptionQueue: string;
}

const NON_ROOT = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };

/** The third-party controllers of the platform, pinned. Every way of deployment reads this one list. */
export class ControllerCatalog {
  /** Prometheus and its operator. It comes first: other charts ask for its kinds. */
  public static readonly PROMETHEUS_STACK = ControllerCatalog.of({
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
      prometheusOperator: {
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
      },
      'kube-state-metrics': {
        resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '256Mi' } },
      },
      prometheus: {
        prometheusSpec: {
          replicas: 1,
          retention: '15d',
          scrapeInterval: '15s',
          evaluationInterval: '15s',
          resources: { requests: { cpu: '500m', memory: '2Gi' }, limits: { memory: '4Gi' } },
          // Monitors and rules come with the releases of models, not with this chart.
          podMonitorSelectorNilUsesHelmValues: false,
          serviceMonitorSelectorNilUsesHelmValues: false,
          ruleSelectorNilUsesHelmValues: false,
          storageSpec: {
            volumeClaimTemplate: {
              spec: { storageClassName: STORAGE_CLASS, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '50Gi' } } },
            },
          },
        },
      },
    },
    images: [
      'quay.io/prometheus/prometheus',
      'quay.io/prometheus-operator/prometheus-operator',
      'quay.io/prometheus-operator/prometheus-config-reloader',
      'registry.k8s.io/kube-state-metrics/kube-state-metrics',
      'ghcr.io/jkroepke/kube-webhook-certgen',
    ],
    provides: {
      kinds: [
        'Alertmanager', 'PodMonitor', 'Probe', 'Prometheus', 'PrometheusRule', 'ServiceMonitor', 'ThanosRuler',
        'AlertmanagerConfig', 'PrometheusAgent', 'ScrapeConfig',
      ].map((kind) => `monitoring.coreos.com/${kind}`),
      services: [`${MONITORING_NAMESPACE}/prometheus-operated`],
    },
  });

  /** Argo Rollouts, the engine of canaries. */
  public static readonly ARGO_ROLLOUTS = ControllerCatalog.of({
    name: 'argo-rollouts',
    namespace: ROLLOUTS_NAMESPACE,
    chart: 'argo-rollouts',
    repository: 'https://argoproj.github.io/argo-helm',
    version: '2.41.0',
    values: {
      fullnameOverride: 'argo-rollouts',
      installCRDs: true,
      keepCRDs: true,
      podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containerSecurityContext: RESTRICTED,
      controller: {
        replicas: 2,
        image: { tag: 'v1.9.2' },
        pdb: { enabled: true, maxUnavailable: 1 },
        resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '512Mi' } },
        metrics: { enabled: true, serviceMonitor: { enabled: true } },
      },
      dashboard: { enabled: false },
    },
    images: ['quay.io/argoproj/argo-rollouts:v1.9.2'],
    provides: {
      kinds: ['AnalysisRun', 'AnalysisTemplate', 'ClusterAnalysisTemplate', 'Experiment', 'Rollout'].map((kind) => `argoproj.io/${kind}`),
    },
  });

  /** Karpenter's definitions. Helm would install them with the controller and never update them. */
  public static readonly KARPENTER_DEFINITIONS = ControllerCatalog.of({
    name: 'karpenter-crd',
    namespace: NODE_CONTROLLERS_NAMESPACE,
    chart: 'karpenter-crd',
    repository: 'oci://public.ecr.aws/karpenter/karpenter-crd',
    version: '1.14.1',
    values: {},
    images: [],
    provides: {
      kinds: [
        ...['NodePool', 'NodeClaim', 'NodeOverlay'].map((kind) => `karpenter.sh/${kind}`),
        'karpenter.k8s.aws/EC2NodeClass', 'autoscaling.x-k8s.io/CapacityBuffer',
      ],
    },
  });

  /** NVIDIA's device plugin, for nodes whose image brings none. The labels of such nodes lead it there. */
  public static readonly NVIDIA_DEVICE_PLUGIN = ControllerCatalog.of({
    name: 'nvidia-device-plugin',
    namespace: NODE_CONTROLLERS_NAMESPACE,
    chart: 'nvidia-device-plugin',
    repository: 'https://nvidia.github.io/k8s-device-plugin',
    version: '0.19.2',
    values: {
      fullnameOverride: 'nvidia-device-plugin',
      nodeSelector: { 'llm-platform.dev/node-image': 'al2023' },
      resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    },
    images: ['nvcr.io/nvidia/k8s-device-plugin:v0.19.2'],
    provides: { kinds: [] },
  });

  /**
   * Neuron's device plugin. Models that take a part of a node's Neuron devices need its scheduler too, which is off here.
   * The version is that of the chart's source; whether the registry has a newer one was not looked up.
   */
  public static readonly NEURON_DEVICE_PLUGIN = ControllerCatalog.of({
    name: 'neuron',
    namespace: NODE_CONTROLLERS_NAMESPACE,
    chart: 'neuron-helm-chart',
    repository: 'oci://public.ecr.aws/neuron/neuron-helm-chart',
    version: '1.0.0',
    values: {
      neuronInstances: [
        'inf2.xlarge', 'inf2.8xlarge', 'inf2.24xlarge', 'inf2.48xlarge', 'trn1.2xlarge', 'trn1.32xlarge', 'trn1n.32xlarge', 'trn2.48xlarge',
      ],
      scheduler: { enabled: false },
      npd: { enabled: false },
    },
    images: ['public.ecr.aws/neuron/neuron-device-plugin'],
    provides: { kinds: [] },
  });

  /** The device plugin of the Elastic Fabric Adapter, which no image brings. */
  public static readonly EFA_DEVICE_PLUGIN = ControllerCatalog.of({
    name: 'aws-efa-k8s-device-plugin',
    namespace: NODE_CONTROLLERS_NAMESPACE,
    chart: 'aws-efa-k8s-device-plugin',
    repository: 'https://aws.github.io/eks-charts',
    version: 'v0.5.26',
    values: {
      nodeSelector: { 'llm-platform.dev/nodes': 'gpu' },
      tolerations: ['nvidia.com/gpu', 'aws.amazon.com/neuron'].map((key) => ({ key, operator: 'Exists', effect: 'NoSchedule' })),
    },
    images: ['602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/aws-efa-k8s-device-plugin'],
    provides: { kinds: [] },
  });

  /** Karpenter, on the nodes for system pods: it cannot run on nodes that it starts. */
  public static karpenter(settings: KarpenterSettings): ControllerCatalog {
    return ControllerCatalog.of({
      name: 'karpenter',
      namespace: NODE_CONTROLLERS_NAMESPACE,
      chart: 'karpenter',
      repository: 'oci://public.ecr.aws/karpenter/karpenter',
      version: '1.14.1',
      values: {
        settings: {
          clusterName: settings.clusterName,
          interruptionQueue: settings.interruptionQueue,
          eksControlPlane: true,
          // What the node monitoring agent finds is repaired by nobody else here; it is an alpha feature.
          featureGates: { nodeRepair: true },
        },
        serviceAccount: { name: 'karpenter' },
        replicas: 2,
        nodeSelector: { 'llm-platform.dev/nodes': 'system' },
        serviceMonitor: { enabled: true },
        controller: { resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '1Gi' } } },
      },
      images: ['public.ecr.aws/karpenter/controller:1.14.1'],
      provides: { kinds: [] },
    });
  }

  /** Device plugins, by the name that nodes ask for. */
  public static devicePlugins(): ControllerCatalog[] {
    return [ControllerCatalog.NVIDIA_DEVICE_PLUGIN, ControllerCatalog.NEURON_DEVICE_PLUGIN, ControllerCatalog.EFA_DEVICE_PLUGIN];
  }

  /** KEDA, which scales models by their load. Its definitions come with it. */
  public static readonly KEDA = ControllerCatalog.of({
    name: 'keda',
    namespace: KEDA_NAMESPACE,
    chart: 'keda',
    repository: 'https://kedacore.github.io/charts',
    version: '2.20.2',
    values: {
      // Containers are restricted by the chart itself.
      podSecurityContext: { operator: NON_ROOT, metricServer: NON_ROOT, webhooks: NON_ROOT },
      operator: { replicaCount: 2 },
      metricsServer: { replicaCount: 2 },
      webhooks: { replicaCount: 2 },
      resources: {
        operator: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
        metricServer: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
        webhooks: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
      },
      // The alert on a pause that was forgotten reads these.
      prometheus: { operator: { enabled: true, serviceMonitor: { enabled: true } } },
    },
    images: [
      'ghcr.io/kedacore/keda:2.20.2', 'ghcr.io/kedacore/keda-metrics-apiserver:2.20.2', 'ghcr.io/kedacore/keda-admission-webhooks:2.20.2',
    ],
    provides: {
      kinds: [
        ...['ScaledObject', 'ScaledJob', 'TriggerAuthentication', 'ClusterTriggerAuthentication'].map((kind) => `keda.sh/${kind}`),
        'eventing.keda.sh/CloudEventSource', 'eventing.keda.sh/ClusterCloudEventSource',
      ],
    },
  });

  /** LeaderWorkerSet, for models beyond one node. 0.9 is the first that says what generation it has seen. */
  public static readonly LEADER_WORKER_SET = ControllerCatalog.of({
    name: 'lws',
    namespace: LEADER_WORKER_SET_NAMESPACE,
    chart: 'lws',
    repository: 'oci://registry.k8s.io/lws/charts/lws',
    version: '0.10.0',
    values: {
      image: { manager: { tag: 'v0.10.0', pullPolicy: 'IfNotPresent' } },
      podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      replicaCount: 2,
      enablePrometheus: true,
      resources: { requests: { cpu: '200m', memory: '256Mi' }, limits: { memory: '512Mi' } },
    },
    images: ['registry.k8s.io/lws/lws:v0.10.0'],
    provides: { kinds: ['leaderworkerset.x-k8s.io/LeaderWorkerSet', 'disaggregatedset.x-k8s.io/DisaggregatedSet'] },
  });

  /** Name of the Prometheus object that `PROMETHEUS_STACK` makes. */
  public static readonly PROMETHEUS_NAME = 'prometheus';

  /** Controllers that every cluster of models needs, in the order in which they must be installed. */
  public static required(): ControllerCatalog[] {
    return [ControllerCatalog.PROMETHEUS_STACK, ControllerCatalog.ARGO_ROLLOUTS];
  }

  /** A controller that the catalogue does not hold. */
  public static of(facts: ControllerFacts): ControllerCatalog {
    return new ControllerCatalog(facts);
  }

  /** Facts of the controller. */
  public readonly facts: ControllerFacts;

  private constructor(facts: ControllerFacts) {
    this.facts = facts;
  }
}
