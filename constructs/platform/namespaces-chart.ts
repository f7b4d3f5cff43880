import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';
import type { NetworkPolicyIngressRule, NetworkPolicyPort, NetworkPolicySpec } from 'kubernetes-types/networking/v1';
import { AWS_IDENTITY_LABEL, MODEL_LABEL } from '../kubernetes/contract/names';
import {
  KEDA_NAMESPACE,
  LEADER_WORKER_SET_NAMESPACE,
  MONITORING_NAMESPACE,
  PROMETHEUS_POD_LABELS,
  ROLLOUTS_NAMESPACE,
} from '../controllers/names';
import { ENGINE_PORT, MODEL_NAMESPACE } from '../models/names';
import { CLUSTER_RANGES, INTERNET, POD_IDENTITY_AGENT } from '../network/private-ranges';

/** Label of a namespace that says what it holds; `model` opens it to model releases. */
export const TIER_LABEL = 'llm-platform.dev/tier';

/** Label of pods in the namespace of models that are no models and may call them; its value is `true`. */
export const CALLS_MODELS_LABEL = 'llm-platform.dev/calls-models';

/** Most that the models of a cluster may ask for together, as Kubernetes writes quantities. */
export interface ModelQuota {
  /** GPUs. */
  readonly gpus: string;

  /** Pods. */
  readonly pods: string;
}

/** Properties of `NamespacesChart`. */
export interface NamespacesChartProps {
  /** Most that the models may ask for together. */
  readonly quota: ModelQuota;

  /**
   * Whether controllers run inside the cluster; without, only the namespace of models is made.
   *
   * @default true
   */
  readonly controllers?: boolean;

  /**
   * Whether KEDA runs inside the cluster too.
   *
   * @default false
   */
  readonly autoscaling?: boolean;

  /**
   * Whether the controller of LeaderWorkerSets runs inside the cluster too.
   *
   * @default false
   */
  readonly leaderWorkerSet?: boolean;
}

/** Ports on which others call a controller. */
interface ControllerPorts {
  /** Of webhooks and of metrics that autoscalers ask for, for the API server. */
  readonly apiServer: readonly number[];
  /** Of its metrics, for Prometheus. */
  readonly metrics: readonly number[];
}

const KEDA_PORTS: ControllerPorts = { apiServer: [6443, 9443], metrics: [8080] };
const LEADER_WORKER_SET_PORTS: ControllerPorts = { apiServer: [9443], metrics: [8443] };

/**
 * The namespaces of the platform, each with its Pod Security level, the quota of models, and network policies that refuse
 * what nobody asked for.
 */
export class NamespacesChart extends cdk8s.Chart {
  /**
   * The quota for what the nodes have room for. It is twice the GPUs: a pod that is still draining counts, and a pod that the quota
   * refuses fails the release, where one that only waits for a node does not. The nodes are the real limit.
   *
   * @param gpus GPUs that the nodes for models announce together: one that pods share counts once for each
   * @param pods pods of models at the height of a rollout
   */
  public static quotaFor(gpus: number, pods: number): ModelQuota {
    return { gpus: String(2 * gpus), pods: String(4 * pods + 20) };
  }

  constructor(
    scope: Construct,
    id: string,
    private readonly props: NamespacesChartProps,
  ) {
    super(scope, id);
    this.models();
    if (props.controllers ?? true) this.controllers();
    if (props.autoscaling) this.controller(KEDA_NAMESPACE, KEDA_PORTS);
    if (props.leaderWorkerSet) this.controller(LEADER_WORKER_SET_NAMESPACE, LEADER_WORKER_SET_PORTS);
  }

  private models(): void {
    this.addNamespace(MODEL_NAMESPACE, 'restricted', 'model');
    new cdk8s.ApiObject(this, 'models-quota', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { namespace: MODEL_NAMESPACE, name: 'models' },
      spec: {
        hard: {
          'requests.nvidia.com/gpu': this.props.quota.gpus,
          pods: this.props.quota.pods,
          'services.loadbalancers': '0',
          'services.nodeports': '0',
        },
      },
    });
    this.policy(MODEL_NAMESPACE, 'default-deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    this.policy(MODEL_NAMESPACE, 'allow-dns', {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [
        {
          to: [{ namespaceSelector: nameIs('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
          ports: [
            { protocol: 'UDP', port: 53 },
            { protocol: 'TCP', port: 53 },
          ],
        },
      ],
    });
    // What a caller beside the models needs to get out; each model's own policy says whom it lets in.
    this.policy(MODEL_NAMESPACE, 'allow-calls-to-models', {
      podSelector: { matchLabels: { [CALLS_MODELS_LABEL]: 'true' } },
      policyTypes: ['Egress'],
      egress: [
        {
          to: [{ podSelector: { matchExpressions: [{ key: MODEL_LABEL, operator: 'Exists' }] } }],
          ports: [{ protocol: 'TCP', port: ENGINE_PORT }],
        },
      ],
    });
  }

  private controllers(): void {
    this.addNamespace(ROLLOUTS_NAMESPACE, 'restricted', 'platform');
    this.onlyFrom(ROLLOUTS_NAMESPACE, [
      { from: [{ namespaceSelector: nameIs(MONITORING_NAMESPACE) }], ports: [{ protocol: 'TCP', port: 8090 }] },
    ]);
    this.addNamespace(MONITORING_NAMESPACE, 'baseline', 'platform');
    this.onlyFrom(MONITORING_NAMESPACE, [
      { from: [{ podSelector: {} }] },
      {
        from: [ROLLOUTS_NAMESPACE, ...(this.props.autoscaling ? [KEDA_NAMESPACE] : [])].map((name) => ({
          namespaceSelector: nameIs(name),
        })),
        ports: [{ protocol: 'TCP', port: 9090 }],
      },
      // The API server calls the operator's webhook from outside the pod network.
      { ports: tcp([10250]) },
    ]);
    // The bridge of metrics: CloudWatch has no fixed addresses.
    this.policy(MONITORING_NAMESPACE, 'allow-aws', {
      podSelector: { matchExpressions: [{ key: AWS_IDENTITY_LABEL, operator: 'Exists' }] },
      policyTypes: ['Egress'],
      egress: [
        { to: [{ ipBlock: { cidr: POD_IDENTITY_AGENT } }], ports: tcp([80]) },
        { to: [INTERNET], ports: tcp([443]) },
      ],
    });
  }

  /** The API server calls from outside the pod network, and has no address that is known here. */
  private controller(namespace: string, { apiServer, metrics }: ControllerPorts): void {
    this.addNamespace(namespace, 'restricted', 'platform');
    this.onlyFrom(namespace, [
      { from: [{ podSelector: {} }] },
      { ports: tcp(apiServer) },
      {
        from: [
          { namespaceSelector: nameIs(MONITORING_NAMESPACE), podSelector: { matchLabels: PROMETHEUS_POD_LABELS } },
        ],
        ports: tcp(metrics),
      },
    ]);
  }

  private addNamespace(name: string, podSecurity: string, tier: string): void {
    new cdk8s.ApiObject(this, `${name}-namespace`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        labels: {
          [TIER_LABEL]: tier,
          'pod-security.kubernetes.io/enforce': podSecurity,
          'pod-security.kubernetes.io/warn': 'restricted',
          'pod-security.kubernetes.io/audit': 'restricted',
        },
      },
    });
  }

  /**
   * Controllers reach the cluster, whose API server, nodes and Prometheus have no addresses that are known here, and neither the internet nor the
   * metadata service of their instance.
   */
  private onlyFrom(namespace: string, ingress: NetworkPolicyIngressRule[]): void {
    this.policy(namespace, 'default-deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    this.policy(namespace, 'allow-platform', { podSelector: {}, policyTypes: ['Ingress'], ingress });
    this.policy(namespace, 'allow-cluster', {
      podSelector: {},
      policyTypes: ['Egress'],
      // To some network plugins pods have labels alone, and to others addresses too.
      egress: [{ to: [{ namespaceSelector: {} }, ...CLUSTER_RANGES.map((cidr) => ({ ipBlock: { cidr } }))] }],
    });
  }

  private policy(namespace: string, name: string, spec: NetworkPolicySpec): void {
    new cdk8s.ApiObject(this, `${namespace}-${name}`, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { namespace, name },
      spec,
    });
  }
}

function tcp(ports: readonly number[]): NetworkPolicyPort[] {
  return ports.map((port) => ({ protocol: 'TCP', port }));
}

function nameIs(namespace: string): { matchLabels: Record<string, string> } {
  return { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
}
