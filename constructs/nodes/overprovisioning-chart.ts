import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';
import { canonicalQuantity } from '../kubernetes/quantities';
import { pullSecrets } from '../kubernetes/pull-secrets';
import { ACCELERATOR_LABEL } from './node-names';
import { RESTRICTED_CONTAINER, restrictedPod } from '../policy/restricted-pod';

/** Properties of `OverprovisioningChart`. */
export interface OverprovisioningChartProps {
  /** Namespace of the placeholders. */
  readonly namespace: string;

  /** Instance type whose nodes are kept warm. */
  readonly instanceType: string;

  /** Resource by which pods ask for a device, such as `nvidia.com/gpu`. */
  readonly deviceResource: string;

  /** Devices of one placeholder: those of one replica of the model that is to find room. */
  readonly devices: number;

  /** Replicas that find room at once. */
  readonly replicas: number;

  /**
   * CPUs of one placeholder, such as `3500m`: those of the replica.
   *
   * @default 100m
   */
  readonly cpus?: string;

  /**
   * Memory of one placeholder, MiB: that of the replica.
   *
   * @default 64
   */
  readonly memoryMib?: number;

  /**
   * Image that the placeholder runs. With that of the engine, it is on the node when a replica comes.
   *
   * @default OverprovisioningChart.PAUSE_IMAGE
   */
  readonly image?: string;

  /**
   * Secrets in the namespace with credentials for the registry of the image.
   *
   * @default - none
   */
  readonly imagePullSecrets?: string[];

  /**
   * Command that does nothing forever, in that image.
   *
   * @default - that of the image
   */
  readonly command?: string[];
}

/** Priority of placeholders: below the default of 0, so that every other pod takes their place. */
const PRIORITY = -10;

/**
 * Overprovisioning: placeholders that ask for a replica's devices and give them up at once to any pod of a model, while new nodes
 * start for them. They work with every kind of node. Karpenter's CapacityBuffer would need no pods, but is alpha, behind a
 * feature gate, and not part of EKS Auto Mode.
 *
 * Release it as a whole: the class of their priority is no namespace's own.
 */
export class OverprovisioningChart extends cdk8s.Chart {
  /** Kubernetes' own image that does nothing. By its digest, because production runs nothing that may change. */
  public static readonly PAUSE_IMAGE =
    'registry.k8s.io/pause:3.10@sha256:ee6521f290b2168b6e0935a181d4cff9be1ac3f505666ef0e3c98fae8199917a';

  constructor(scope: Construct, id: string, props: OverprovisioningChartProps) {
    super(scope, id);
    const name = `headroom-${props.instanceType.replace(/\./g, '-')}`;
    const labels = { 'app.kubernetes.io/name': name };
    new cdk8s.ApiObject(this, 'priority', {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value: PRIORITY,
      globalDefault: false,
      preemptionPolicy: 'Never',
      description: 'Keeps nodes warm; gives way to every other pod',
    });
    const firm = {
      memory: canonicalQuantity(`${props.memoryMib ?? 64}Mi`),
      [props.deviceResource]: String(props.devices),
    };
    new cdk8s.ApiObject(this, 'placeholders', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace: props.namespace, name },
      spec: {
        replicas: props.replicas,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            priorityClassName: name,
            ...pullSecrets(props.imagePullSecrets),
            terminationGracePeriodSeconds: 0,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            nodeSelector: { [ACCELERATOR_LABEL]: props.instanceType },
            tolerations: [{ key: props.deviceResource, operator: 'Exists', effect: 'NoSchedule' }],
            securityContext: restrictedPod(65535),
            containers: [
              {
                name: 'placeholder',
                image: props.image ?? OverprovisioningChart.PAUSE_IMAGE,
                command: props.command,
                resources: { requests: { cpu: canonicalQuantity(props.cpus ?? '100m'), ...firm }, limits: firm },
                securityContext: RESTRICTED_CONTAINER,
              },
            ],
          },
        },
      },
    });
  }
}
