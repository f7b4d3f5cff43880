import type { ControllerFacts } from '../controller-facts';
import { NODE_CONTROLLERS_NAMESPACE } from '../names';
import { KEEP } from './values';

/** What Karpenter's controller has to be told. */
export interface KarpenterSettings {
  /** Name of the cluster. */
  readonly clusterName: string;
  /** Name of the queue with EC2's warnings. */
  readonly interruptionQueue: string;
  /**
   * Whether it runs on nodes with the label `llm-platform.dev/nodes: system` alone, as `LlmCluster` makes them. By its chart's own rules it never
   * runs on nodes that it has started.
   *
   * @default true
   */
  readonly systemNodes?: boolean;
}

export const KARPENTER_CRDS: ControllerFacts = {
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
};

export function karpenter(settings: KarpenterSettings): ControllerFacts {
  return {
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
      ...((settings.systemNodes ?? true) ? { nodeSelector: { 'llm-platform.dev/nodes': 'system' } } : {}),
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
  };
}
