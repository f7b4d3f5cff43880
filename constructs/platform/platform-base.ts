import { createHash } from 'node:crypto';
import { Duration, Lazy, Token } from 'aws-cdk-lib';
import type * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as cdk8s from 'cdk8s';
import { Construct } from 'constructs';
import { KubernetesRelease } from '../kubernetes/kubernetes-release';
import type { IReleaseProvider } from '../kubernetes/release-provider';
import { ReleaseTier } from '../kubernetes/contract/release-tier';
import { EndpointPickerRbacChart } from '../routing/endpoint-picker-rbac-chart';
import { Controller } from '../controllers/controller';
import { CrdsChart } from '../controllers/crds-chart';
import { CrdsJobChart } from '../controllers/crds-job-chart';
import { HelmController } from '../controllers/helm-controller';
import { ImageSources } from '../controllers/image-sources';
import { ModelRbacChart } from './model-rbac-chart';
import { KUBECTL_IMAGE, MONITORING_NAMESPACE } from '../controllers/names';
import { MODEL_NAMESPACE } from '../models/names';
import { type ModelQuota, NamespacesChart } from './namespaces-chart';
import { PrometheusServiceChart } from './prometheus-service-chart';
import { StorageChart } from './storage-chart';
import type { WorkloadAdmission } from './workload-admission';
import { WorkloadAdmissionChart } from './workload-admission-chart';

/** Where volumes of controllers come from. Prometheus has one of 50 GiB. */
export interface PlatformStorage {
  /**
   * Name of a storage class that the cluster has.
   *
   * @default - a new one, `gp3`, which is the cluster's default
   */
  readonly existingClass?: string;

  /**
   * Driver of the new class, which the cluster has.
   *
   * @default 'ebs.csi.aws.com', or 'ebs.csi.eks.amazonaws.com' of EKS Auto Mode, where an existing cluster of this app has that
   */
  readonly provisioner?: string;
}

/** What runs in a cluster beside models, and is shared by all of them. */
export interface PlatformControllers {
  /**
   * Whether the controllers are installed, as they must be in a new cluster. Without, the cluster has Argo Rollouts, the operator of Prometheus and a storage class
   * already, and what else is asked for here.
   *
   * @default true
   */
  readonly install?: boolean;

  /**
   * Where volumes of controllers come from.
   *
   * @default - a new storage class `gp3`, by the cluster's EBS driver
   */
  readonly storage?: PlatformStorage;

  /**
   * Whether KEDA is installed, for models with `autoscaling`.
   *
   * @default false
   */
  readonly autoscaling?: boolean;

  /**
   * Whether LeaderWorkerSet is installed, for models beyond one node.
   *
   * @default false
   */
  readonly leaderWorkerSet?: boolean;

  /**
   * Whether endpoint pickers get their rights, for models with `routing`. Their Gateway and its controller are not installed here.
   *
   * @default false
   */
  readonly endpointPickers?: boolean;

  /**
   * Further controllers, in the order in which they must be installed, before KEDA and LeaderWorkerSet.
   *
   * @default - none
   */
  readonly further?: Controller[];

  /**
   * CustomResourceDefinitions of controllers that run without their Helm charts.
   *
   * @default - none
   */
  readonly crds?: cdk8s.ApiObjectProps[];

  /**
   * Where the images of controllers come from, and what pins them.
   *
   * @default - their own registries, by tag
   */
  readonly images?: ImageSources;
}

/** What the nodes for models have room for; the quota of the models' namespace follows from it. */
export interface ModelCapacity {
  /** GPUs that the nodes announce together, known at synth: one that pods share counts once for each. */
  readonly gpus: number;

  /** Pods of models at the height of a rollout, known at synth. */
  readonly pods: number;
}

/** Properties of `PlatformBase`. */
export interface PlatformBaseProps {
  /** Cluster that gets the controllers. It has a `kubectlProvider`, where controllers are installed. */
  readonly cluster: eks.ICluster;

  /** Provider of the cluster. */
  readonly provider: IReleaseProvider;

  /** What the nodes for models have room for. */
  readonly capacity: ModelCapacity;

  /**
   * What runs beside models.
   *
   * @default - Prometheus and Argo Rollouts
   */
  readonly controllers?: PlatformControllers;

  /**
   * What pods in namespaces of workloads must be, beyond their Pod Security level.
   *
   * @default - nothing more
   */
  readonly admission?: WorkloadAdmission;

  /**
   * Pools and classes of nodes and what else is released when the controllers run.
   *
   * @default - none
   */
  readonly nodeCharts?: cdk8s.Chart[];

  /**
   * Whether the deletion of the platform also removes its namespaces and CRDs, with all that they hold.
   *
   * @default false
   */
  readonly deleteNamespacesAndData?: boolean;
}

/** Time after which a release of the platform fails: nothing in it waits for a node with an accelerator. */
const DEADLINE = Duration.minutes(10);

/**
 * What models need in a cluster before they can be there, in this order: namespaces with their limits, rights and a storage class;
 * controllers one after another; Prometheus as gates find it; pools of nodes.
 */
export class PlatformBase extends Construct {
  /** Controllers that are installed here, in their order. */
  public readonly controllers: Controller[] = [];

  private readonly images: ImageSources;
  private last: Construct;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: PlatformBaseProps,
  ) {
    super(scope, id);
    const {
      install = true,
      autoscaling = false,
      leaderWorkerSet = false,
      further = [],
      storage,
      images = new ImageSources(),
    } = props.controllers ?? {};
    this.images = images;
    const controllers = install
      ? [
          ...Controller.required(storage?.existingClass),
          ...further,
          ...(autoscaling ? [Controller.KEDA] : []),
          ...(leaderWorkerSet ? [Controller.LEADER_WORKER_SET] : []),
        ].map((controller) => controller.withImages(images))
      : [];
    const app = new cdk8s.App();
    this.last = this.release('Release', 'platform', this.charts(app, controllers), props.deleteNamespacesAndData);
    controllers.forEach((controller) => this.install(controller));
    if (install) this.monitoring(app).node.addDependency(this.last);
    if (props.nodeCharts?.length) this.release('Nodes', 'nodes', props.nodeCharts).node.addDependency(this.last);
  }

  /**
   * Installs a controller after all others; one that is installed already stays as it is.
   *
   * @throws when it asks for CustomResourceDefinitions that Helm does not update: those are in the release before all controllers.
   */
  public addController(controller: Controller): void {
    const { name, crds } = controller.facts;
    if (this.controllers.some(({ facts }) => facts.name === name)) return;
    if (crds)
      throw new Error(
        `${this.node.path}: controllers: expected ${name} from the start, because of its CRDs, got it later; name it in controllers`,
      );
    this.install(controller.withImages(this.images));
  }

  /** One after another: the second asks for kinds that the first defines, and both run in namespaces of the release. */
  private install(controller: Controller): void {
    const installed = new HelmController(this, controller.facts.name, { cluster: this.props.cluster, controller });
    installed.node.addDependency(this.last);
    this.controllers.push(controller);
    this.last = installed;
  }

  private charts(app: cdk8s.App, controllers: readonly Controller[]): cdk8s.Chart[] {
    const {
      install = true,
      autoscaling,
      leaderWorkerSet,
      endpointPickers,
      crds,
      storage = {},
    } = this.props.controllers ?? {};
    return [
      ...(crds ? [new CrdsChart(app, 'definitions', { crds })] : []),
      new NamespacesChart(app, 'namespaces', {
        quota: quotaOf(this.props.capacity),
        controllers: install,
        autoscaling: install && autoscaling,
        leaderWorkerSet: install && leaderWorkerSet,
      }),
      new ModelRbacChart(app, 'model-access'),
      ...(this.props.admission ? [new WorkloadAdmissionChart(app, 'workload-admission', this.props.admission)] : []),
      ...(endpointPickers
        ? [new EndpointPickerRbacChart(app, 'endpoint-pickers', { namespace: MODEL_NAMESPACE })]
        : []),
      ...(install && storage.existingClass === undefined
        ? [new StorageChart(app, 'storage', { provisioner: storage.provisioner })]
        : []),
      // Before the charts that would install them once and for all.
      ...controllers
        .filter(({ facts }) => facts.crds)
        .map(
          ({ facts }) =>
            new CrdsJobChart(app, `${facts.name}-definitions`, {
              controller: facts.name,
              namespace: facts.namespace,
              crds: facts.crds!,
              image: this.images.reference(KUBECTL_IMAGE),
            }),
        ),
    ];
  }

  private release(
    id: string,
    name: string,
    charts: cdk8s.Chart[],
    deleteNamespacesAndData?: boolean,
  ): KubernetesRelease {
    return new KubernetesRelease(this, id, {
      provider: this.props.provider,
      tier: ReleaseTier.PLATFORM,
      name,
      namespace: 'kube-system',
      deadline: DEADLINE,
      deleteNamespacesAndData,
      charts,
    });
  }

  /** Helm's part ends when there is a Prometheus object. Gates need what its operator then makes of it, which may never run. */
  private monitoring(app: cdk8s.App): KubernetesRelease {
    const name = Controller.PROMETHEUS_NAME;
    const installed = this.controllers.find(
      ({ facts }) => facts.name === Controller.PROMETHEUS_STACK.facts.name,
    )!.facts;
    const source = createHash('sha256').update(JSON.stringify(installed)).digest('hex').slice(0, 16);
    return new KubernetesRelease(this, 'Monitoring', {
      provider: this.props.provider,
      tier: ReleaseTier.PLATFORM,
      name: 'monitoring',
      namespace: 'kube-system',
      deadline: DEADLINE,
      charts: [new PrometheusServiceChart(app, 'prometheus-service', { prometheus: name })],
      waitFor: [
        { apiVersion: 'monitoring.coreos.com/v1', kind: 'Prometheus', namespace: MONITORING_NAMESPACE, name, source },
        {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          namespace: MONITORING_NAMESPACE,
          name: `prometheus-${name}`,
          source,
        },
      ],
    });
  }
}

/** Nodes may be added after the quota was rendered: then it says what is there when the template is written. */
function quotaOf({ gpus, pods }: ModelCapacity): ModelQuota {
  if (![gpus, pods].some((amount) => Token.isUnresolved(amount))) return NamespacesChart.quotaFor(gpus, pods);
  const later = (resource: keyof ModelQuota) =>
    Lazy.uncachedString({
      produce: (context) =>
        NamespacesChart.quotaFor(context.resolve(gpus) as number, context.resolve(pods) as number)[resource],
    });
  return { gpus: later('gpus'), pods: later('pods') };
}
