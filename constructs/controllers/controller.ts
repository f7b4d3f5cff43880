import type { ControllerFacts, ControllerImage } from './controller-facts';
import { ARGO_ROLLOUTS } from './facts/argo-rollouts';
import { CERT_MANAGER } from './facts/cert-manager';
import { EFA_DEVICE_PLUGIN, NEURON_DEVICE_PLUGIN, NVIDIA_DEVICE_PLUGIN } from './facts/device-plugins';
import { EXTERNAL_SECRETS } from './facts/external-secrets';
import { karpenter, KARPENTER_CRDS, type KarpenterSettings } from './facts/karpenter';
import { KEDA } from './facts/keda';
import { LEADER_WORKER_SET } from './facts/leader-worker-set';
import { loadBalancerController, type LoadBalancerControllerSettings } from './facts/load-balancer-controller';
import { prometheusStack } from './facts/prometheus-stack';
import type { ImageSources } from './image-sources';
import { STORAGE_CLASS } from './names';

/** The third-party controllers of the platform, pinned. Every way of deployment reads this one list. */
export class Controller {
  /** Prometheus and its operator. It comes first: other charts ask for its kinds. */
  public static readonly PROMETHEUS_STACK = Controller.of(prometheusStack(STORAGE_CLASS));

  /** Argo Rollouts, the engine of canaries. */
  public static readonly ARGO_ROLLOUTS = Controller.of(ARGO_ROLLOUTS);

  /** Karpenter's CRDs. Helm would install them with the controller and never update them. */
  public static readonly KARPENTER_CRDS = Controller.of(KARPENTER_CRDS);

  /** NVIDIA's device plugin, for nodes whose image brings none. The labels of such nodes lead it there. */
  public static readonly NVIDIA_DEVICE_PLUGIN = Controller.of(NVIDIA_DEVICE_PLUGIN);

  /** Neuron's device plugin. Models that take a part of a node's Neuron devices need its scheduler too, which is off here. */
  public static readonly NEURON_DEVICE_PLUGIN = Controller.of(NEURON_DEVICE_PLUGIN);

  /** The device plugin of the Elastic Fabric Adapter, which no image brings. */
  public static readonly EFA_DEVICE_PLUGIN = Controller.of(EFA_DEVICE_PLUGIN);

  /** Karpenter, by default on the nodes for system pods: it cannot run on nodes that it starts. */
  public static karpenter(settings: KarpenterSettings): Controller {
    return Controller.of(karpenter(settings));
  }

  /** Device plugins, by the name that nodes ask for. */
  public static devicePlugins(): Controller[] {
    return [Controller.NVIDIA_DEVICE_PLUGIN, Controller.NEURON_DEVICE_PLUGIN, Controller.EFA_DEVICE_PLUGIN];
  }

  /** KEDA, which scales models by their load. Its CRDs come with it. */
  public static readonly KEDA = Controller.of(KEDA);

  /** LeaderWorkerSet, for models beyond one node. 0.9 is the first that says what generation it has seen. */
  public static readonly LEADER_WORKER_SET = Controller.of(LEADER_WORKER_SET);

  /** External Secrets, which brings secrets into the cluster. Only stores and secrets of a namespace: what is for the whole cluster is left out. */
  public static readonly EXTERNAL_SECRETS = Controller.of(EXTERNAL_SECRETS);

  /** cert-manager, which issues certificates. */
  public static readonly CERT_MANAGER = Controller.of(CERT_MANAGER);

  /** The AWS Load Balancer Controller, for TargetGroupBindings alone: load balancers belong to CloudFormation. */
  public static loadBalancerController(settings: LoadBalancerControllerSettings): Controller {
    return Controller.of(loadBalancerController(settings));
  }

  /** Name of the Prometheus object that `PROMETHEUS_STACK` makes. */
  public static readonly PROMETHEUS_NAME = 'prometheus';

  /**
   * Controllers that every cluster of models needs, in the order in which they must be installed.
   *
   * @param storageClass name of the storage class of Prometheus' volume, by default the one that the platform makes
   */
  public static required(storageClass?: string): Controller[] {
    const prometheus =
      storageClass === undefined ? Controller.PROMETHEUS_STACK : Controller.of(prometheusStack(storageClass));
    return [prometheus, Controller.ARGO_ROLLOUTS];
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
