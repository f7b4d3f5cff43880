import * as cdk8s from 'cdk8s';
import { Accelerator } from '../../constructs/gpu/accelerator';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { NodePoolChart } from '../../constructs/nodes/node-pool-chart';

/** Kinds of Karpenter that the rehearsal looks at. */
export const NODE_POOLS = { apiVersion: 'karpenter.sh/v1', kind: 'NodePool' } as const;
export const NODE_CLAIMS = { apiVersion: 'karpenter.sh/v1', kind: 'NodeClaim' } as const;

/** Name of the KWOKNodeClass that stands for an EC2NodeClass. */
export const KWOK_NODE_CLASS = 'simulated';

/** What a scene sets of a NodePool. */
export interface NodePoolOptions {
  /** EC2 instance type, and value of the label that models select their nodes by. */
  readonly accelerator: string;
  /** GPUs that the pool may have at most. */
  readonly limitGpus: number;
  /** Seconds for which a node must be empty before it is taken away. */
  readonly consolidateAfterSeconds: number;
}

/** Stands for an EC2NodeClass: nodes come up after a moment, as instances do after a minute. */
export function kwokNodeClass(): KubernetesObject {
  return {
    apiVersion: 'karpenter.kwok.sh/v1alpha1',
    kind: 'KWOKNodeClass',
    metadata: { name: KWOK_NODE_CLASS },
    spec: { nodeRegistrationDelay: '3s' },
  };
}

/** The pool of one accelerator, as the platform's own chart renders it, with a KWOKNodeClass in place of an EC2NodeClass. */
export function nodePool({ accelerator, limitGpus, consolidateAfterSeconds }: NodePoolOptions): KubernetesObject {
  const chart = new NodePoolChart(new cdk8s.App(), 'pool', {
    name: poolName(accelerator),
    instanceType: accelerator,
    deviceResource: Accelerator.fromInstanceType(accelerator).deviceResource,
    devices: limitGpus,
    nodeClass: { group: 'karpenter.kwok.sh', kind: 'KWOKNodeClass', name: KWOK_NODE_CLASS },
    capacityTypes: ['on-demand'],
    consolidateAfterSeconds,
    terminationGracePeriodSeconds: 60,
  });
  const [pool] = chart.toJson() as KubernetesObject[];
  return pool;
}

/** Name of the pool of an accelerator: that of a Kubernetes object holds no dot here. */
export function poolName(accelerator: string): string {
  return accelerator.replaceAll('.', '-');
}
