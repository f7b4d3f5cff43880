import { ApiObject, Chart } from 'cdk8s';
import { type Construct } from 'constructs';
import { allowReleases } from '../platform/model-rbac-chart';

/** Properties of `GatewayNamespaceChart`. */
export interface GatewayNamespaceChartProps {
  /** Name of the namespace. */
  readonly namespace: string;
  /** Most replicas of the gateway. */
  readonly maxReplicas: number;
}

/**
 * The namespace of a gateway: Pod Security "restricted", a quota, a network policy that refuses what nobody declared, and the rights of
 * releases and of people in it, which are those in the namespace of models.
 */
export class GatewayNamespaceChart extends Chart {
  public constructor(scope: Construct, id: string, { namespace, maxReplicas }: GatewayNamespaceChartProps) {
    super(scope, id, { disableResourceNameHashes: true });
    new ApiObject(this, 'Namespace', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: namespace,
        labels: {
          'llm-platform.dev/tier': 'gateway',
          // A pod counts as ready when the load balancer that it is bound to has found it healthy. It says nothing where there is none.
          'elbv2.k8s.aws/pod-readiness-gate-inject': 'enabled',
          'pod-security.kubernetes.io/enforce': 'restricted',
          'pod-security.kubernetes.io/warn': 'restricted',
          'pod-security.kubernetes.io/audit': 'restricted',
        },
      },
    });
    new ApiObject(this, 'Quota', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { namespace, name: 'gateway' },
      spec: {
        hard: {
          // Two revisions, and the pods of both that still drain.
          pods: String(4 * maxReplicas + 20),
          'services.loadbalancers': '0',
          'services.nodeports': '0',
        },
      },
    });
    new ApiObject(this, 'DefaultDeny', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { namespace, name: 'default-deny' },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
    allowReleases(this, namespace, `llm-platform-${namespace}-releases`);
  }
}
