import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';
import { ACCELERATED_NODES, ACCELERATOR_LABEL, NODES_LABEL, TAINT_VALUE } from './node-names';

/** The object that says how a pool's nodes are made. */
export interface NodeClassReference {
  /** API group, such as `karpenter.k8s.aws`. */
  readonly group: string;
  /** Kind, such as `EC2NodeClass`. */
  readonly kind: string;
  /** Name of the object. */
  readonly name: string;
}

/** Properties of `NodePoolChart`. */
export interface NodePoolChartProps {
  /** Name of the pool. */
  readonly name: string;

  /** Instance type of its nodes. It is also the value of their label `llm-platform.dev/accelerator`. */
  readonly instanceType: string;

  /** Resource by which pods ask for a device, such as `nvidia.com/gpu`; nodes keep pods away that do not. */
  readonly deviceResource: string;

  /** Most devices that all nodes of the pool may have together. */
  readonly devices: number;

  /** How nodes are made. */
  readonly nodeClass: NodeClassReference;

  /** What nodes are bought as: `reserved`, `spot`, `on-demand`. Karpenter takes the first of this order that there is. */
  readonly capacityTypes: string[];

  /**
   * Further requirements of nodes: values by label, such as `{ 'topology.kubernetes.io/zone': ['us-east-1a'] }`.
   *
   * @default - none
   */
  readonly requirements?: { readonly [label: string]: string[] };

  /**
   * Further labels of nodes.
   *
   * @default - none
   */
  readonly labels?: { readonly [label: string]: string };

  /** Time for which an empty node is kept, seconds: a cold start, or what is loading loses its node to what was there before. */
  readonly consolidateAfterSeconds: number;

  /** Longest time that a node is drained before its pods are killed, seconds. */
  readonly terminationGracePeriodSeconds: number;

  /**
   * Age at which a node is replaced, seconds. Nodes that started together are replaced together, outside of the disruption
   * budgets of the pool.
   *
   * @default - never: nodes are renewed one at a time, when their image changes
   */
  readonly expireAfterSeconds?: number;
}

/**
 * A Karpenter pool of nodes with one accelerator. Only empty nodes are taken away, and only after a cold start's time: a node
 * whose pod is still loading is neither empty nor old enough. Nodes whose image has changed are replaced one at a time.
 */
export class NodePoolChart extends cdk8s.Chart {
  constructor(scope: Construct, id: string, props: NodePoolChartProps) {
    super(scope, id);
    const requirements = {
      'node.kubernetes.io/instance-type': [props.instanceType],
      'kubernetes.io/arch': ['amd64'],
      'karpenter.sh/capacity-type': props.capacityTypes,
      ...props.requirements,
    };
    new cdk8s.ApiObject(this, 'pool', {
      apiVersion: 'karpenter.sh/v1',
      kind: 'NodePool',
      metadata: { name: props.name },
      spec: {
        limits: { [props.deviceResource]: String(props.devices) },
        disruption: {
          consolidationPolicy: 'WhenEmpty',
          consolidateAfter: `${props.consolidateAfterSeconds}s`,
          budgets: [
            { nodes: '100%', reasons: ['Empty'] },
            { nodes: '1', reasons: ['Drifted'] },
          ],
        },
        template: {
          metadata: {
            labels: { [NODES_LABEL]: ACCELERATED_NODES, [ACCELERATOR_LABEL]: props.instanceType, ...props.labels },
          },
          spec: {
            nodeClassRef: { group: props.nodeClass.group, kind: props.nodeClass.kind, name: props.nodeClass.name },
            requirements: Object.entries(requirements).map(([key, values]) => ({ key, operator: 'In', values })),
            taints: [{ key: props.deviceResource, value: TAINT_VALUE, effect: 'NoSchedule' }],
            expireAfter: props.expireAfterSeconds === undefined ? 'Never' : `${props.expireAfterSeconds}s`,
            terminationGracePeriod: `${props.terminationGracePeriodSeconds}s`,
          },
        },
      },
    });
  }
}
