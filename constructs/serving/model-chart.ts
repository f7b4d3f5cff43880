import { ApiObject, Chart } from 'cdk8s';
import { type Construct } from 'constructs';
import type { ServiceSpec } from 'kubernetes-types/core/v1';
import type { NetworkPolicyIngressRule, NetworkPolicyEgressRule, NetworkPolicySpec } from 'kubernetes-types/networking/v1';
import type { PodDisruptionBudgetSpec } from 'kubernetes-types/policy/v1';
import { CONTENT_NAMED_ANNOTATION, FIRST_STEP_ANNOTATION, MODEL_LABEL, POD_TEMPLATE_HASH_LABEL, REVISION_LABEL } from '../kubernetes/names';
import { ENGINE_PORT, MONITORING_NAMESPACE, PROMETHEUS_POD_LABELS, ROLLOUTS_NAMESPACE, ROLLOUTS_POD_LABELS } from '../platform/names';
import { addRouting, routingSources } from '../routing/add-routing';
import { type RolloutStrategy } from '../rollout/rollout-strategy';
import { type ModelChartProps } from './model-chart-props';
import { addGroups } from './model-group';
import { modelPod } from './model-pod';
import { problemsOf } from './model-problems';
import { addScaling } from './model-scaling';
import { addWeightsProgram, weightsLabels, weightsRoutes } from './model-weights-pod';
import { leaderSelector, type ModelSettings, replicaRange, rolloutSubject, routingSubject, settingsOf } from './model-settings';
import { configName, hasConfig } from './pod-additions';
import { revisionLabel } from './revision-label';

/**
 * The Kubernetes objects of one model: Rollout, or LeaderWorkerSet where a replica has several nodes, Services, ServiceAccount,
 * PodDisruptionBudget, NetworkPolicy, PodMonitor, the AnalysisTemplates of its gates, a ConfigMap where it has files, a ScaledObject with its
 * alerts where it is scaled, and an InferencePool with its endpoint pickers where a gateway routes to it.
 *
 * Cloud-neutral: it knows nothing of AWS, and takes plain values only.
 */
export class ModelChart extends Chart {
  /**
   * What is wrong with a model, one line a problem; empty when nothing is.
   *
   * @param props the model
   */
  public static problemsOf(props: ModelChartProps): string[] {
    return problemsOf(settingsOf(props));
  }

  /** How the model goes from one revision to the next. */
  public readonly rollout: RolloutStrategy;

  /** Time that a rollout takes when nothing goes wrong, seconds. */
  public readonly plannedRolloutSeconds: number;

  /**
   * @throws when something is wrong with the props; the error lists every problem.
   */
  public constructor(scope: Construct, id: string, props: ModelChartProps) {
    super(scope, id, {
      namespace: props.namespace,
      disableResourceNameHashes: true,
      labels: { [MODEL_LABEL]: props.model, 'app.kubernetes.io/name': props.model },
    });
    const settings = settingsOf(props);
    const problems = problemsOf(settings);
    if (problems.length > 0) throw new Error(`${this.node.path}:\n  ${problems.join('\n  ')}`);
    this.rollout = settings.rollout;
    this.plannedRolloutSeconds = settings.rollout._plan.plannedSeconds(rolloutSubject(settings, replicaRange(settings).most));

    this.addServiceAccount(settings);
    if (hasConfig(settings)) this.addConfig(settings);
    addWeightsProgram(this, settings);
    this.addServices(settings);
    this.addPodDisruptionBudget(settings);
    this.addNetworkPolicy(settings);
    this.addPodMonitor(settings);
    if (settings.nodes > 1) addGroups(this, settings);
    else this.addRollout(settings);
    addScaling(this, settings);
    addRouting(this, settings.routing, routingSubject(settings));
  }

  private addServiceAccount({ model }: ModelSettings): void {
    new ApiObject(this, 'ServiceAccount', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: model }, automountServiceAccountToken: false });
  }

  private addConfig(settings: ModelSettings): void {
    new ApiObject(this, 'Config', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: configName(settings), annotations: { [CONTENT_NAMED_ANNOTATION]: 'true' } },
      data: settings.configFiles,
    });
  }

  /** The Service that callers use, and the one of the canary alone, whose selector Argo Rollouts narrows. */
  private addServices(settings: ModelSettings): void {
    const { model, canaryService, nodes } = settings;
    const spec: ServiceSpec = {
      selector: leaderSelector(settings),
      ports: [{ name: 'http', port: ENGINE_PORT, targetPort: 'http', protocol: 'TCP' }],
    };
    new ApiObject(this, 'Service', { apiVersion: 'v1', kind: 'Service', metadata: { name: model }, spec });
    if (nodes === 1) new ApiObject(this, 'CanaryService', { apiVersion: 'v1', kind: 'Service', metadata: { name: canaryService }, spec });
  }

  private addPodDisruptionBudget({ model }: ModelSettings): void {
    const spec: PodDisruptionBudgetSpec = { maxUnavailable: 1, selector: { matchLabels: { [MODEL_LABEL]: model } } };
    new ApiObject(this, 'PodDisruptionBudget', { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: model }, spec });
  }

  private addNetworkPolicy(settings: ModelSettings): void {
    const { model, callers, nodes, routing } = settings;
    const routed = routingSources(routing, model);
    // The pods of a group exchange layers over ports that they choose themselves.
    const group = [{ podSelector: { matchLabels: { [MODEL_LABEL]: model } } }];
    const ports = [{ port: ENGINE_PORT, protocol: 'TCP' }];
    const ingress: NetworkPolicyIngressRule[] = [
      // A rule from an empty list lets everybody in: without callers there is no rule.
      ...(callers.length === 0 ? [] : [{
        ports,
        from: callers.map(({ namespaceLabels, podLabels }) => ({
          ...(namespaceLabels ? { namespaceSelector: { matchLabels: namespaceLabels } } : {}),
          ...(podLabels || !namespaceLabels ? { podSelector: podLabels ? { matchLabels: podLabels } : {} } : {}),
        })),
      }]),
      {
        ports,
        from: [{
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': MONITORING_NAMESPACE } },
          podSelector: { matchLabels: PROMETHEUS_POD_LABELS },
        }],
      },
    ];
    if (asksCanary(settings)) {
      ingress.push({ ports, from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': ROLLOUTS_NAMESPACE } }, podSelector: { matchLabels: ROLLOUTS_POD_LABELS } }] });
    }
    if (nodes > 1) ingress.push({ from: group });
    if (routed.length > 0) ingress.push({ ports, from: routed });
    const egress: NetworkPolicyEgressRule[] = [
      ...(nodes > 1 ? [{ to: group }] : []),
      {
        ports: [{ port: 53, protocol: 'UDP' }, { port: 53, protocol: 'TCP' }],
        to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } }, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
      },
      ...weightsRoutes(settings),
    ];
    const spec: NetworkPolicySpec = { podSelector: { matchLabels: { [MODEL_LABEL]: model } }, policyTypes: ['Ingress', 'Egress'], ingress, egress };
    new ApiObject(this, 'NetworkPolicy', { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: model }, spec });
  }

  /** A ServiceMonitor would scrape a pod once for each Service that selects it. */
  private addPodMonitor(settings: ModelSettings): void {
    const { model, scrapeIntervalSeconds, engineConfig } = settings;
    const label = POD_TEMPLATE_HASH_LABEL.replaceAll('-', '_');
    new ApiObject(this, 'PodMonitor', {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: { name: model },
      spec: {
        selector: { matchLabels: leaderSelector(settings) },
        podTargetLabels: [MODEL_LABEL, REVISION_LABEL],
        podMetricsEndpoints: [{
          port: 'http',
          path: engineConfig.metricsPath,
          interval: `${scrapeIntervalSeconds}s`,
          scrapeTimeout: `${Math.min(scrapeIntervalSeconds, 10)}s`,
          relabelings: [{ action: 'replace', sourceLabels: [`__meta_kubernetes_pod_label_${label}`], targetLabel: label }],
        }],
      },
    });
  }

  private addRollout(settings: ModelSettings): void {
    const { model, replicas, startupBudgetSeconds, capacityBudgetSeconds } = settings;
    const revision = { [REVISION_LABEL]: revisionLabel(settings.revision) };
    const { strategy, templates, firstStepEndsAt } = settings.rollout._plan.render(rolloutSubject(settings));
    for (const { name, spec } of templates) {
      new ApiObject(this, `Analysis-${name}`, { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate', metadata: { name }, spec });
    }
    new ApiObject(this, 'Rollout', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name: model, labels: revision, annotations: firstStepEndsAt === undefined ? undefined : { [FIRST_STEP_ANNOTATION]: String(firstStepEndsAt) } },
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
function asksCanary(settings: ModelSettings): boolean {
  if (settings.nodes > 1) return false;
  const { templates } = settings.rollout._plan.render(rolloutSubject(settings));
  return templates.some(({ spec }) => spec.metrics.some(({ provider }) => provider.web !== undefined));
}
