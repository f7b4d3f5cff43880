import type { ImageSources } from './image-sources';
import {
  KEDA_NAMESPACE,
  KUBECTL_IMAGE,
  LEADER_WORKER_SET_NAMESPACE,
  MONITORING_NAMESPACE,
  ROLLOUTS_NAMESPACE,
  STORAGE_CLASS,
} from './names';

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

/** An image that a chart runs. */
export interface ControllerImage {
  /** The image, as `<registry>/<repository>:<tag>`; with its digest where the chart says it. */
  readonly reference: string;
  /** Path in the chart's values of what names the image by `repository` and `tag`, such as `image.manager`. */
  readonly values: string;
  /**
   * Whether `registry` is a value of its own beside `repository`.
   *
   * @default false
   */
  readonly registryApart?: boolean;
}

/** A CustomResourceDefinition that is no part of what Helm updates. */
export interface ControllerCrd {
  /** Name, as `<plural>.<group>`. */
  readonly name: string;
  /** Address of its YAML, of the same version as the controller. */
  readonly url: string;
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
  /** Images that the chart runs with these values, which they are added to. */
  readonly images: ControllerImage[];
  /**
   * CRDs that the chart keeps in its folder `crds`: Helm installs those once and never updates them.
   *
   * @default - none: the chart brings its CRDs so that they are updated
   */
  readonly crds?: ControllerCrd[];
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

/** CRDs outlive their controllers: without them, every object of their kinds would be gone. */
const KEEP = { 'helm.sh/resource-policy': 'keep' };

/** Two replicas are of use on two nodes. */
function apart(name: string): object {
  const labelSelector = { matchLabels: { 'app.kubernetes.io/name': name } };
  return {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 100, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector } },
      ],
    },
  };
}

const NON_ROOT = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };

/** The third-party controllers of the platform, pinned. Every way of deployment reads this one list. */
export class Controller {
  /** Prometheus and its operator. It comes first: other charts ask for its kinds. */
  public static readonly PROMETHEUS_STACK = Controller.of({
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
                storageClassName: STORAGE_CLASS,
                accessModes: ['ReadWriteOnce'],
                resources: { requests: { storage: '50Gi' } },
              },
            },
          },
        },
      },
    },
    images: [
      {
        reference: 'quay.io/prometheus/prometheus:v3.14.0-distroless',
        values: 'prometheus.prometheusSpec.image',
        registryApart: true,
      },
      {
        reference: 'quay.io/prometheus-operator/prometheus-operator:v0.93.1',
        values: 'prometheusOperator.image',
        registryApart: true,
      },
      {
        reference: 'quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1',
        values: 'prometheusOperator.prometheusConfigReloader.image',
        registryApart: true,
      },
      {
        reference: 'registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0',
        values: 'kube-state-metrics.image',
        registryApart: true,
      },
      {
        reference: 'ghcr.io/jkroepke/kube-webhook-certgen:1.8.7',
        values: 'prometheusOperator.admissionWebhooks.patch.image',
        registryApart: true,
      },
      { reference: KUBECTL_IMAGE, values: 'crds.upgradeJob.image.kubectl', registryApart: true },
      {
        reference: 'public.ecr.aws/docker/library/busybox:1.37.0',
        values: 'crds.upgradeJob.image.busybox',
        registryApart: true,
      },
    ],
    provides: {
      kinds: [
        'Alertmanager',
        'PodMonitor',
        'Probe',
        'Prometheus',
        'PrometheusRule',
        'ServiceMonitor',
        'ThanosRuler',
        'AlertmanagerConfig',
        'PrometheusAgent',
        'ScrapeConfig',
      ].map((kind) => `monitoring.coreos.com/${kind}`),
      services: [`${MONITORING_NAMESPACE}/prometheus-operated`],
    },
  });

  /** Argo Rollouts, the engine of canaries. */
  public static readonly ARGO_ROLLOUTS = Controller.of({
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
        affinity: apart('argo-rollouts'),
        pdb: { enabled: true, maxUnavailable: 1 },
        resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '512Mi' } },
        metrics: { enabled: true, serviceMonitor: { enabled: true } },
      },
      dashboard: { enabled: false },
    },
    images: [{ reference: 'quay.io/argoproj/argo-rollouts:v1.9.2', values: 'controller.image', registryApart: true }],
    provides: {
      kinds: ['AnalysisRun', 'AnalysisTemplate', 'ClusterAnalysisTemplate', 'Experiment', 'Rollout'].map(
        (kind) => `argoproj.io/${kind}`,
      ),
    },
  });

  /** Karpenter's CRDs. Helm would install them with the controller and never update them. */
  public static readonly KARPENTER_CRDS = Controller.of({
    name: 'karpenter-crd',
    namespace: NODE_CONTROLLERS_NAMESPACE,
    chart: 'karpenter-crd',
    repository: 'oci://public.ecr.aws/karpenter/karpenter-crd',
    version: '1.14.1',
    values: { additionalAnnotations: KEEP },
    images: [],
    provides: {
      kinds: [
        ...['NodePool', 'NodeClaim', 'NodeOverlay'].map((kind) => `karpenter.sh/${kind}`),
        'karpenter.k8s.aws/EC2NodeClass',
        'autoscaling.x-k8s.io/CapacityBuffer',
      ],
    },
  });

  /** NVIDIA's device plugin, for nodes whose image brings none. The labels of such nodes lead it there. */
  public static readonly NVIDIA_DEVICE_PLUGIN = Controller.of({
    name: 'nvidia-device-plugin',
    namespace: NODE_CONTROLLERS_NAMESPACE,
    chart: 'nvidia-device-plugin',
    repository: 'https://nvidia.github.io/k8s-device-plugin',
    version: '0.20.0',
    values: {
      fullnameOverride: 'nvidia-device-plugin',
      nodeSelector: { 'llm-platform.dev/node-image': 'al2023' },
      resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    },
    images: [{ reference: 'nvcr.io/nvidia/k8s-device-plugin:v0.20.0', values: 'image' }],
    provides: { kinds: [] },
  });

  /** Neuron's device plugin. Models that take a part of a node's Neuron devices need its scheduler too, which is off here. */
  public static readonly NEURON_DEVICE_PLUGIN = Controller.of({
    name: 'neuron',
    namespace: NODE_CONTROLLERS_NAMESPACE,
    chart: 'neuron-helm-chart',
    repository: 'oci://public.ecr.aws/neuron/neuron-helm-chart',
    version: '1.10.0',
    values: {
      neuronInstances: [
        'inf2.xlarge',
        'inf2.8xlarge',
        'inf2.24xlarge',
        'inf2.48xlarge',
        'trn1.2xlarge',
        'trn1.32xlarge',
        'trn1n.32xlarge',
        'trn2.48xlarge',
      ],
      scheduler: { enabled: false },
      npd: { enabled: false },
    },
    images: [{ reference: 'public.ecr.aws/neuron/neuron-device-plugin:2.32.0.0', values: 'devicePlugin.image' }],
    provides: { kinds: [] },
  });

  /** The device plugin of the Elastic Fabric Adapter, which no image brings. */
  public static readonly EFA_DEVICE_PLUGIN = Controller.of({
    name: 'aws-efa-k8s-device-plugin',
    namespace: NODE_CONTROLLERS_NAMESPACE,
    chart: 'aws-efa-k8s-device-plugin',
    repository: 'https://aws.github.io/eks-charts',
    version: 'v0.5.30',
    values: {
      nodeSelector: { 'llm-platform.dev/nodes': 'gpu' },
      tolerations: ['nvidia.com/gpu', 'aws.amazon.com/neuron'].map((key) => ({
        key,
        operator: 'Exists',
        effect: 'NoSchedule',
      })),
    },
    images: [
      {
        reference: '602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/aws-efa-k8s-device-plugin:v0.5.20',
        values: 'image',
      },
    ],
    provides: { kinds: [] },
  });

  /** Karpenter, on the nodes for system pods: it cannot run on nodes that it starts. */
  public static karpenter(settings: KarpenterSettings): Controller {
    return Controller.of({
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
        controller: {
          // The image's tag has it.
          image: { digest: '' },
          resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '1Gi' } },
        },
      },
      images: [
        {
          reference:
            'public.ecr.aws/karpenter/controller:1.14.1@sha256:723130949e4cab989461ff07d1be4cd781d63515432494641b33c235f300ae23',
          values: 'controller.image',
        },
      ],
      provides: { kinds: [] },
    });
  }

  /** Device plugins, by the name that nodes ask for. */
  public static devicePlugins(): Controller[] {
    return [Controller.NVIDIA_DEVICE_PLUGIN, Controller.NEURON_DEVICE_PLUGIN, Controller.EFA_DEVICE_PLUGIN];
  }

  /** KEDA, which scales models by their load. Its CRDs come with it. */
  public static readonly KEDA = Controller.of({
    name: 'keda',
    namespace: KEDA_NAMESPACE,
    chart: 'keda',
    repository: 'https://kedacore.github.io/charts',
    version: '2.20.2',
    values: {
      // Containers are restricted by the chart itself.
      podSecurityContext: { operator: NON_ROOT, metricServer: NON_ROOT, webhooks: NON_ROOT },
      operator: { replicaCount: 2, affinity: apart('keda-operator') },
      metricsServer: { replicaCount: 2, affinity: apart('keda-operator-metrics-apiserver') },
      webhooks: { replicaCount: 2, affinity: apart('keda-admission-webhooks') },
      podDisruptionBudget: {
        operator: { maxUnavailable: 1 },
        metricServer: { maxUnavailable: 1 },
        webhooks: { maxUnavailable: 1 },
      },
      crds: { additionalAnnotations: KEEP },
      // Models are scaled by what Prometheus says, which asks for no Secret.
      permissions: { operator: { restrict: { secret: true } }, metricServer: { restrict: { secret: true } } },
      // The chart's default is to get every object of the cluster, Secrets among them.
      rbac: {
        scaledRefKinds: [
          { apiGroup: 'argoproj.io', kind: 'rollouts' },
          { apiGroup: 'leaderworkerset.x-k8s.io', kind: 'leaderworkersets' },
        ],
      },
      resources: {
        operator: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
        metricServer: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
        webhooks: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
      },
      // The alert on a pause that was forgotten reads these.
      prometheus: { operator: { enabled: true, serviceMonitor: { enabled: true } } },
    },
    images: [
      { reference: 'ghcr.io/kedacore/keda:2.20.2', values: 'image.keda', registryApart: true },
      {
        reference: 'ghcr.io/kedacore/keda-metrics-apiserver:2.20.2',
        values: 'image.metricsApiServer',
        registryApart: true,
      },
      { reference: 'ghcr.io/kedacore/keda-admission-webhooks:2.20.2', values: 'image.webhooks', registryApart: true },
    ],
    provides: {
      kinds: [
        ...['ScaledObject', 'ScaledJob', 'TriggerAuthentication', 'ClusterTriggerAuthentication'].map(
          (kind) => `keda.sh/${kind}`,
        ),
        'eventing.keda.sh/CloudEventSource',
        'eventing.keda.sh/ClusterCloudEventSource',
      ],
    },
  });

  /** LeaderWorkerSet, for models beyond one node. 0.9 is the first that says what generation it has seen. */
  public static readonly LEADER_WORKER_SET = Controller.of({
    name: 'lws',
    namespace: LEADER_WORKER_SET_NAMESPACE,
    chart: 'lws',
    repository: 'oci://registry.k8s.io/lws/charts/lws',
    version: '0.10.0',
    values: {
      image: { manager: { pullPolicy: 'IfNotPresent' } },
      podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      replicaCount: 2,
      affinity: apart('lws'),
      enablePrometheus: true,
      resources: { requests: { cpu: '200m', memory: '256Mi' }, limits: { memory: '512Mi' } },
    },
    images: [{ reference: 'registry.k8s.io/lws/lws:v0.10.0', values: 'image.manager' }],
    crds: [
      ['leaderworkersets', 'leaderworkerset'],
      ['disaggregatedsets', 'disaggregatedset'],
      ['disaggregatedsetrolescalers', 'disaggregatedset'],
    ].map(([plural, group]) => ({
      name: `${plural}.${group}.x-k8s.io`,
      url: `https://raw.githubusercontent.com/kubernetes-sigs/lws/v0.10.0/config/crd/bases/${group}.x-k8s.io_${plural}.yaml`,
    })),
    provides: {
      kinds: [
        'leaderworkerset.x-k8s.io/LeaderWorkerSet',
        ...['DisaggregatedSet', 'DisaggregatedSetRoleScaler'].map((kind) => `disaggregatedset.x-k8s.io/${kind}`),
      ],
    },
  });

  /** Name of the Prometheus object that `PROMETHEUS_STACK` makes. */
  public static readonly PROMETHEUS_NAME = 'prometheus';

  /** Controllers that every cluster of models needs, in the order in which they must be installed. */
  public static required(): Controller[] {
    return [Controller.PROMETHEUS_STACK, Controller.ARGO_ROLLOUTS];
  }

  /**
   * A controller that the catalog does not hold.
   *
   * @throws when an image is not given as `<registry>/<repository>:<tag>`.
   */
  public static of(facts: ControllerFacts): Controller {
    return new Controller(facts);
  }

  /** Facts of the controller; the values name its images. */
  public readonly facts: ControllerFacts;

  private constructor(facts: ControllerFacts) {
    this.facts = { ...facts, values: facts.images.reduce(withImage, facts.values) };
  }

  /** This controller, with its images from elsewhere or by their digests. */
  public withImages(images: ImageSources): Controller {
    return new Controller({
      ...this.facts,
      images: this.facts.images.map((image) => ({ ...image, reference: images.reference(image.reference) })),
    });
  }
}

type Values = ControllerFacts['values'];

/** Values that name an image too. In every chart the digest may follow the tag, and not in every chart is there another place for it. */
function withImage(values: Values, { reference, values: path, registryApart }: ControllerImage): Values {
  const parts = /^(?<registry>[^/]+)\/(?<repository>[^:@]+):(?<tag>.+)$/.exec(reference)?.groups;
  if (!parts)
    throw new Error(
      `images: expected <registry>/<repository>:<tag>, got "${reference}"; write the registry too, docker.io for those of Docker Hub`,
    );
  const { registry, repository, tag } = parts;
  return withValues(
    values,
    path.split('.'),
    registryApart ? { registry, repository, tag } : { repository: `${registry}/${repository}`, tag },
  );
}

function withValues(values: Values, [key, ...deeper]: string[], own: Values): Values {
  return key === undefined
    ? { ...values, ...own }
    : { ...values, [key]: withValues((values[key] ?? {}) as Values, deeper, own) };
}
