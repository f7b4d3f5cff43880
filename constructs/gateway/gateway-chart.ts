import { ApiObject, Chart } from 'cdk8s';
import { type Construct } from 'constructs';
import type { HorizontalPodAutoscalerSpec } from 'kubernetes-types/autoscaling/v2';
import type { ServiceSpec } from 'kubernetes-types/core/v1';
import {
  AWS_IDENTITY_LABEL,
  CONTENT_NAMED_ANNOTATION,
  FIRST_STEP_ANNOTATION,
  POD_TEMPLATE_HASH_LABEL,
} from '../kubernetes/contract/names';
import { addAnalysisTemplates } from '../rollout/add-analysis-templates';
import { gatewayNetworkPolicy } from './gateway-network-policy';
import { CONFIG_NAME, gatewayPod } from './gateway-pod';
import { CANARY_SERVICE, GATEWAY_LABEL, GATEWAY_NAME, GATEWAY_POD_LABELS, GATEWAY_PORT } from './names';
import { type ResolvedGateway } from './resolved-gateway';

/** Share of the CPU that replicas ask for above which there are more of them, percent. */
const CPU_TARGET = 60;

/** Time that a new pod may wait for a node, seconds; it comes on top of its start. */
const CAPACITY_BUDGET_SECONDS = 300;

/** Time for which replicas are kept after the load is gone, seconds: each of them ends only after its longest request. */
const SCALE_DOWN_WINDOW_SECONDS = 300;

/**
 * The Kubernetes objects of a gateway: Rollout with the AnalysisTemplates of its gates, Services, ServiceAccount, ConfigMap,
 * HorizontalPodAutoscaler, PodDisruptionBudget, NetworkPolicy and PodMonitor.
 *
 * Cloud-neutral: it takes a gateway without problems, as `resolveGateway` resolves it.
 */
export class GatewayChart extends Chart {
  public constructor(scope: Construct, id: string, gateway: ResolvedGateway) {
    super(scope, id, {
      namespace: gateway.namespace,
      disableResourceNameHashes: true,
      labels: { ...GATEWAY_POD_LABELS, 'app.kubernetes.io/name': GATEWAY_NAME },
    });
    const named = (name: string) => ({ metadata: { name } });
    new ApiObject(this, 'ServiceAccount', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      ...named(GATEWAY_NAME),
      automountServiceAccountToken: false,
    });
    new ApiObject(this, 'Config', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: CONFIG_NAME, annotations: { [CONTENT_NAMED_ANNOTATION]: 'true' } },
      data: gateway.files,
    });
    this.addServices();
    new ApiObject(this, 'PodDisruptionBudget', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      ...named(GATEWAY_NAME),
      spec: { maxUnavailable: 1, selector: { matchLabels: GATEWAY_POD_LABELS } },
    });
    new ApiObject(this, 'NetworkPolicy', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      ...named(GATEWAY_NAME),
      spec: gatewayNetworkPolicy(gateway),
    });
    this.addPodMonitor(gateway);
    this.addRollout(gateway);
    this.addAutoscaler(gateway);
  }

  /** The Service that callers use, and the one of the canary alone, whose selector Argo Rollouts narrows. */
  private addServices(): void {
    const spec: ServiceSpec = {
      selector: GATEWAY_POD_LABELS,
      ports: [{ name: 'http', port: GATEWAY_PORT, targetPort: 'http', protocol: 'TCP' }],
    };
    for (const [id, name] of [
      ['Service', GATEWAY_NAME],
      ['CanaryService', CANARY_SERVICE],
    ]) {
      new ApiObject(this, id, { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec });
    }
  }

  /** Gates tell revisions apart by the hash; a ServiceMonitor would scrape a pod once for each Service. */
  private addPodMonitor({ engine, scrapeIntervalSeconds }: ResolvedGateway): void {
    const label = POD_TEMPLATE_HASH_LABEL.replaceAll('-', '_');
    new ApiObject(this, 'PodMonitor', {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: { name: GATEWAY_NAME },
      spec: {
        selector: { matchLabels: GATEWAY_POD_LABELS },
        podTargetLabels: [GATEWAY_LABEL],
        podMetricsEndpoints: [
          {
            port: 'management',
            path: engine.metricsPath,
            interval: `${scrapeIntervalSeconds}s`,
            scrapeTimeout: `${Math.min(scrapeIntervalSeconds, 10)}s`,
            relabelings: [
              { action: 'replace', sourceLabels: [`__meta_kubernetes_pod_label_${label}`], targetLabel: label },
            ],
          },
        ],
      },
    });
  }

  private addRollout(gateway: ResolvedGateway): void {
    const { strategy, templates, firstStepEndsAt } = gateway.rollout._plan.render(gateway);
    addAnalysisTemplates(this, templates);
    new ApiObject(this, 'Rollout', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: {
        name: GATEWAY_NAME,
        annotations: firstStepEndsAt === undefined ? undefined : { [FIRST_STEP_ANNOTATION]: String(firstStepEndsAt) },
      },
      spec: {
        replicas: gateway.replicas,
        revisionHistoryLimit: 3,
        progressDeadlineSeconds: gateway.engine.startupBudgetSeconds + CAPACITY_BUDGET_SECONDS,
        progressDeadlineAbort: true,
        selector: { matchLabels: GATEWAY_POD_LABELS },
        template: {
          metadata: {
            labels: { ...this.labels, ...(gateway.awsIdentity ? { [AWS_IDENTITY_LABEL]: 'required' } : {}) },
          },
          spec: gatewayPod(gateway),
        },
        strategy,
      },
    });
  }

  private addAutoscaler({ replicas, maxReplicas, terminationGracePeriodSeconds }: ResolvedGateway): void {
    const spec: HorizontalPodAutoscalerSpec = {
      scaleTargetRef: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: GATEWAY_NAME },
      minReplicas: replicas,
      maxReplicas,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: CPU_TARGET } },
        },
      ],
      behavior: {
        scaleDown: {
          stabilizationWindowSeconds: SCALE_DOWN_WINDOW_SECONDS,
          // One at a time; the API takes periods up to half an hour.
          policies: [{ type: 'Pods', value: 1, periodSeconds: Math.min(1800, terminationGracePeriodSeconds) }],
        },
      },
    };
    new ApiObject(this, 'HorizontalPodAutoscaler', {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: GATEWAY_NAME },
      spec,
    });
  }
}
