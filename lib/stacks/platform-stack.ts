import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';
import { parseAllDocuments } from 'yaml';
import { type IReleaseProvider, KubernetesRelease, ReleaseTier } from '../../constructs/kubernetes';
import {
  ControllerCatalog, DefinitionsChart, DefinitionsJobChart, HelmController, ModelAccessChart, NamespacesChart, PrometheusServiceChart, StorageChart,
} from '../../constructs/platform';
import { KUBECTL_IMAGE, MODEL_NAMESPACE, MONITORING_NAMESPACE } from '../../constructs/platform/names';
import { EndpointPickerAccessChart } from '../../constructs/routing';
import type { EnvironmentConfig } from '../environment/environment-config';
import { imageSources } from '../environment/image-sources';
import { planNodes } from '../environment/nodes/node-plan';
import type { ClusterNodes } from './cluster-nodes';

/** Properties of `PlatformStack`. */
export interface PlatformStackProps extends StackProps {
  readonly environment: EnvironmentConfig;
  readonly cluster: eks.ICluster;
  readonly provider: IReleaseProvider;
  /** What the nodes with accelerators need inside the cluster. */
  readonly nodes: ClusterNodes;
}

/** What workloads need to exist: namespaces with their limits and rights, storage, definitions and controllers. */
export class PlatformStack extends Stack {
  /** Controllers that this stack installs. */
  public readonly controllers: readonly ControllerCatalog[];

  constructor(scope: Construct, id: string, props: PlatformStackProps) {
    super(scope, id, props);
    const { environment } = props;
    const existing = 'existing' in environment.cluster ? environment.cluster.existing : undefined;
    const { models } = environment;
    const images = imageSources(environment);
    const autoscaling = !existing && models.some((model) => model.autoscaling);
    const groups = !existing && models.some(({ nodes = 1 }) => nodes > 1);
    this.controllers = existing ? [] : [
      ...ControllerCatalog.required(), ...props.nodes.controllers,
      ...(autoscaling ? [ControllerCatalog.KEDA] : []), ...(groups ? [ControllerCatalog.LEADER_WORKER_SET] : []),
    ].map((controller) => controller.withImages(images));
    const plans = planNodes(environment);

    const app = new cdk8s.App();
    const release = new KubernetesRelease(this, 'Release', {
      provider: props.provider,
      tier: ReleaseTier.PLATFORM,
      name: 'platform',
      namespace: 'kube-system',
      deadline: Duration.minutes(10),
      removalPolicy: environment.retention === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      charts: [
        ...(existing?.definitions ? [new DefinitionsChart(app, 'definitions', { definitions: readDefinitions(existing.definitions) })] : []),
        new NamespacesChart(app, 'namespaces', {
          gpus: plans.reduce((sum, plan) => sum + plan.announcedGpus, 0),
          modelPods: plans.reduce((sum, plan) => sum + plan.pods, 0),
          controllers: !existing,
          autoscaling,
          groups,
        }),
        new ModelAccessChart(app, 'model-access'),
        ...(models.some(({ routing }) => routing) ? [new EndpointPickerAccessChart(app, 'endpoint-pickers', { namespace: MODEL_NAMESPACE })] : []),
        ...(existing ? [] : [new StorageChart(app, 'storage')]),
        // Before the charts that would install them once and for all.
        ...this.controllers.filter(({ facts }) => facts.definitions).map(({ facts }) => new DefinitionsJobChart(app, `${facts.name}-definitions`, {
          controller: facts.name, namespace: facts.namespace, definitions: facts.definitions!, image: images.reference(KUBECTL_IMAGE),
        })),
      ],
    });

    const last = this.controllers.reduce<Construct>((previous, controller) => {
      const installed = new HelmController(this, controller.facts.name, { cluster: props.cluster, controller });
      // One after another: the second asks for kinds that the first defines, and both run in namespaces of the release.
      installed.node.addDependency(previous);
      return installed;
    }, release);
    if (!existing) this.monitoring(props.provider, app).node.addDependency(last);
    if (props.nodes.charts.length > 0) {
      const nodes = new KubernetesRelease(this, 'Nodes', {
        provider: props.provider, tier: ReleaseTier.PLATFORM, name: 'nodes', namespace: 'kube-system', deadline: Duration.minutes(10), charts: [...props.nodes.charts],
      });
      nodes.node.addDependency(last);
    }
  }

  /** Helm's part ends when there is a Prometheus object. Gates need what its operator then makes of it, which may never run. */
  private monitoring(provider: IReleaseProvider, app: cdk8s.App): KubernetesRelease {
    const name = ControllerCatalog.PROMETHEUS_NAME;
    const installed = this.controllers.find(({ facts }) => facts.name === ControllerCatalog.PROMETHEUS_STACK.facts.name)!.facts;
    const source = createHash('sha256').update(JSON.stringify(installed)).digest('hex').slice(0, 16);
    return new KubernetesRelease(this, 'Monitoring', {
      provider,
      tier: ReleaseTier.PLATFORM,
      name: 'monitoring',
      namespace: 'kube-system',
      deadline: Duration.minutes(10),
      charts: [new PrometheusServiceChart(app, 'prometheus-service', { prometheus: name })],
      waitFor: [
        { apiVersion: 'monitoring.coreos.com/v1', kind: 'Prometheus', namespace: MONITORING_NAMESPACE, name, source },
        { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: MONITORING_NAMESPACE, name: `prometheus-${name}`, source },
      ],
    });
  }
}

/** The CustomResourceDefinitions in a folder's YAML files, in the order of the files' names. */
function readDefinitions(folder: string): cdk8s.ApiObjectProps[] {
  return fs.readdirSync(folder).filter((file) => /\.ya?ml$/.test(file)).sort()
    .flatMap((file) => parseAllDocuments(fs.readFileSync(path.join(folder, file), 'utf8')))
    .map((document) => document.toJS() as cdk8s.ApiObjectProps | null)
    .filter((object): object is cdk8s.ApiObjectProps => object?.kind === 'CustomResourceDefinition');
}
