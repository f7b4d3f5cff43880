import { ApiObject, Chart } from 'cdk8s';
import { type Construct } from 'constructs';
import type { ServiceSpec } from 'kubernetes-types/core/v1';
import type {
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicySpec,
} from 'kubernetes-types/networking/v1';
import type { PodDisruptionBudgetSpec } from 'kubernetes-types/policy/v1';
import { scaledObjectSpec } from '../autoscaling/scaled-object';
import { scalingAlerts } from '../autoscaling/scaling-alerts';
import {
  CONTENT_NAMED_ANNOTATION,
  FIRST_STEP_ANNOTATION,
  MODEL_LABEL,
  POD_TEMPLATE_HASH_LABEL,
  REVISION_LABEL,
} from '../kubernetes/contract/names';
import {
  MONITORING_NAMESPACE,
  PROMETHEUS_POD_LABELS,
  ROLLOUTS_NAMESPACE,
  ROLLOUTS_POD_LABELS,
} from '../controllers/names';
import { addAnalysisTemplates } from '../rollout/add-analysis-templates';
import { ENGINE_PORT } from '../models/names';
import { addRouting, routingSources } from '../routing/add-routing';
import { addGroups } from './model-group';
import { callerRules } from './model-caller-chart';
import { modelPod } from './model-pod';
import { addWeightsProgram, weightsLabels, weightsRoutes } from './model-weights-pod';
import { configName, hasConfig } from './pod-additions';
import { type ResolvedModel } from './resolved-model';
import { revisionLabel } from './revision-label';

/**
 * The Kubernetes objects of one model: Rollout, or LeaderWorkerSet where a replica has several nodes, Services, ServiceAccount,
 * PodDisruptionBudget, NetworkPolicy, PodMonitor, the AnalysisTemplates of its gates, a ConfigMap where it has files, a ScaledObject with its
 * alerts where it is scaled, and an InferencePool with its endpoint pickers where a gateway routes to it.
 *
 * Cloud-neutral: it takes a model without problems, as `resolveModel` resolves it.
 */
export class ModelChart extends Chart {
  public constructor(scope: Construct, id: string, model: ResolvedModel) {
    super(scope, id, {
      namespace: model.namespace,
      disableResourceNameHashes: true,
      labels: { [MODEL_LABEL]: model.model, 'app.kubernetes.io/name': model.model },
    });
    this.addServiceAccount(model);
    if (hasConfig(model)) this.addConfig(model);
    addWeightsProgram(this, model);
    this.addServices(model);
    this.addPodDisruptionBudget(model);
    this.addNetworkPolicy(model);
    this.addPodMonitor(model);
    if (model.nodes > 1) addGroups(this, model);
    else this.addRollout(model);
    addScaling(this, model);
    if (model.endpointPicker) addRouting(this, model.endpointPicker, model);
  }

  private addServiceAccount({ model }: ResolvedModel): void {
    new ApiObject(this, 'ServiceAccount', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: model },
      automountServiceAccountToken: false,
    });
  }

  private addConfig(settings: ResolvedModel): void {
    new ApiObject(this, 'Config', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: configName(settings), annotations: { [CONTENT_NAMED_ANNOTATION]: 'true' } },
      data: settings.configFiles,
    });
  }

  /** The Service that callers use, and the one of the canary alone, whose selector Argo Rollouts narrows. */
  private addServices(settings: ResolvedModel): void {
    const { model, canaryService, nodes } = settings;
    const spec: ServiceSpec = {
      selector: settings.podLabels,
      ports: [{ name: 'http', port: ENGINE_PORT, targetPort: 'http', protocol: 'TCP' }],
    };
    new ApiObject(this, 'Service', { apiVersion: 'v1', kind: 'Service', metadata: { name: model }, spec });
    if (nodes === 1)
      new ApiObject(this, 'CanaryService', {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: canaryService },
        spec,
      });
  }

  private addPodDisruptionBudget({ model }: ResolvedModel): void {
    const spec: PodDisruptionBudgetSpec = { maxUnavailable: 1, selector: { matchLabels: { [MODEL_LABEL]: model } } };
    new ApiObject(this, 'PodDisruptionBudget', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: model },
      spec,
    });
  }

  private addNetworkPolicy(settings: ResolvedModel): void {
    const { model, callers, nodes, endpointPicker } = settings;
    const routed = endpointPicker ? routingSources(endpointPicker, model) : [];
    // The pods of a group exchange layers over ports that they choose themselves.
    const group = [{ podSelector: { matchLabels: { [MODEL_LABEL]: model } } }];
    const ports = [{ port: ENGINE_PORT, protocol: 'TCP' }];
    const ingress: NetworkPolicyIngressRule[] = [
      ...callerRules(callers),
      {
        ports,
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': MONITORING_NAMESPACE } },
            podSelector: { matchLabels: PROMETHEUS_POD_LABELS },
          },
        ],
      },
    ];
    if (asksCanary(settings)) {
      ingress.push({
        ports,
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': ROLLOUTS_NAMESPACE } },
            podSelector: { matchLabels: ROLLOUTS_POD_LABELS },
          },
        ],
      });
    }
    if (nodes > 1) ingress.push({ from: group });
    if (routed.length > 0) ingress.push({ ports, from: routed });
    const egress: NetworkPolicyEgressRule[] = [
      ...(nodes > 1 ? [{ to: group }] : []),
      {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
            podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
          },
        ],
      },
      ...weightsRoutes(settings),
    ];
    const spec: NetworkPolicySpec = {
      podSelector: { matchLabels: { [MODEL_LABEL]: model } },
      policyTypes: ['Ingress', 'Egress'],
      ingress,
      egress,
    };
    new ApiObject(this, 'NetworkPolicy', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: model },
      spec,
    });
  }

  /** A ServiceMonitor would scrape a pod once for each Service that selects it. */
  private addPodMonitor(settings: ResolvedModel): void {
    const { model, scrapeIntervalSeconds, metricsPath } = settings;
    const label = POD_TEMPLATE_HASH_LABEL.replaceAll('-', '_');
    new ApiObject(this, 'PodMonitor', {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: { name: model },
      spec: {
        selector: { matchLabels: settings.podLabels },
        podTargetLabels: [MODEL_LABEL, REVISION_LABEL],
        podMetricsEndpoints: [
          {
            port: 'http',
            path: metricsPath,
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

  private addRollout(settings: ResolvedModel): void {
    const { model, replicas, startupBudgetSeconds, capacityBudgetSeconds } = settings;
    const revision = { [REVISION_LABEL]: revisionLabel(settings.revision) };
    const { strategy, templates, firstStepEndsAt } = settings.rollout._plan.render(settings);
    addAnalysisTemplates(this, templates);
    new ApiObject(this, 'Rollout', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: {
        name: model,
        labels: revision,
        annotations: firstStepEndsAt === undefined ? undefined : { [FIRST_STEP_ANNOTATION]: String(firstStepEndsAt) },
      },
      spec: {
        replicas,
        revisionHistoryLimit: 3,
        // Counted anew from each replica that becomes ready; holds and analyses do not count.
        progressDeadlineSeconds: startupBudgetSeconds + capacityBudgetSeconds,
        progressDeadlineAbort: true,
        selector: { matchLabels: { [MODEL_LABEL]: model } },
        template: {
          metadata: { labels: { ...this.labels, ...revision, ...weightsLabels(settings) } },
          spec: modelPod(settings),
        },
        strategy,
      },
    });
  }
}

/** Whether the rollout controller itself sends requests to the canary. */
function asksCanary(settings: ResolvedModel): boolean {
  if (settings.nodes > 1) return false;
  const { templates } = settings.rollout._plan.render(settings);
  return templates.some(({ spec }) => spec.metrics.some(({ provider }) => provider.web !== undefined));
}

/** Adds the autoscaler of a model and its alerts, where it has one. */
function addScaling(chart: Chart, model: ResolvedModel): void {
  const { autoscaling, model: name } = model;
  if (!autoscaling) return;
  new ApiObject(chart, 'ScaledObject', {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name },
    spec: scaledObjectSpec(autoscaling, model),
  });
  new ApiObject(chart, 'ScalingAlerts', {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: `${name}-scaling` },
    spec: { groups: [{ name: `${name}-scaling`, rules: scalingAlerts(autoscaling, model) }] },
  });
}
