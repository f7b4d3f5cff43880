import * as cdk8s from 'cdk8s';
import { Annotations } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type { Construct } from 'constructs';
import type { LlmCluster } from '../../constructs/cluster';
import {
  AutoMode, AutoModeNodes, CompileCache, HeadroomChart, type INodeProvisioning, KarpenterController, KarpenterNodes, ManagedNodeGroups, type NodeDemand,
} from '../../constructs/nodes';
import { ControllerCatalog } from '../../constructs/platform';
import { MODEL_NAMESPACE } from '../../constructs/platform/names';
import type { EnvironmentConfig } from '../environment/environment-config';
import { imageSources } from '../environment/image-sources';
import { keepsKernels } from '../environment/model/model-cold-start';
import { nodeDemands, underPathOfType } from '../environment/nodes/node-demands';
import { usersOf } from '../environment/nodes/node-plan';
import { createdCluster, gpusOf, kubernetesVersionOf, nodesOf, nodeTypeOf, provisioningKind } from '../environment/nodes/node-types';

/** What the nodes of a cluster need inside it. */
export interface ClusterNodes {
  /** Controllers that start nodes or announce their devices, in the order in which they must be installed. */
  readonly controllers: readonly ControllerCatalog[];
  /** Kinds that EKS itself defines, as `<group>/<kind>`. */
  readonly kinds: readonly string[];
  /** Pools and classes of nodes, to be released after the controllers. */
  readonly charts: readonly cdk8s.Chart[];
}

/** Nothing: what a cluster of others needs is there. */
export const NO_NODES: ClusterNodes = { controllers: [], kinds: [], charts: [] };

interface Provisioning {
  readonly nodes: INodeProvisioning;
  readonly controllers: readonly ControllerCatalog[];
  readonly kinds: readonly string[];
}

/**
 * Provides the nodes for the models of an environment.
 *
 * @throws when what the environment asks for cannot be had; the error lists every problem.
 */
export function provideNodes(scope: Construct, llmCluster: LlmCluster, clusterName: string, environment: EnvironmentConfig): ClusterNodes {
  const nodes = nodesOf(environment) ?? {};
  const provisioning = provisioningOf(scope, llmCluster, clusterName, environment);
  const demands = nodeDemands(environment);
  const problems = demands.flatMap((demand) => underPathOfType(provisioning.nodes.problemsOf(demand), demand, environment));
  if (problems.length > 0) throw new Error(`environment ${environment.name}:\n  ${problems.join('\n  ')}`);

  const provided = demands.map((demand) => {
    const made = provisioning.nodes.bind(scope, demand);
    underPathOfType(made.notices, demand, environment).forEach((notice) => Annotations.of(scope).addInfo(notice));
    return made;
  });
  const cache = nodes.compileCache
    ? [new CompileCache(scope, 'CompileCache', {
      cluster: llmCluster.cluster,
      models: environment.models.filter((model) => keepsKernels(model, environment)).map(({ name }) => name),
      addonVersion: createdCluster(environment)?.addonVersions?.[CompileCache.ADDON_NAME],
    }).chart]
    : [];
  const plugins = new Set(provided.flatMap(({ controllers }) => controllers));
  return {
    controllers: [...provisioning.controllers, ...ControllerCatalog.devicePlugins().filter(({ facts }) => plugins.has(facts.name))],
    kinds: provisioning.kinds,
    charts: [...cache, ...provided.flatMap(({ charts }) => charts), ...demands.flatMap((demand) => headroomOf(demand, environment))],
  };
}

function provisioningOf(scope: Construct, { cluster, nodeRole }: LlmCluster, clusterName: string, environment: EnvironmentConfig): Provisioning {
  const provisioning = provisioningKind(environment);
  if (provisioning === 'karpenter') {
    const controller = new KarpenterController(scope, 'Karpenter', { cluster, clusterName });
    return { nodes: new KarpenterNodes({ cluster, clusterName, controller }), controllers: controller.controllers, kinds: [] };
  }
  if (provisioning === 'auto-mode') {
    const autoMode = new AutoMode(scope, 'AutoMode', { cluster });
    return { nodes: new AutoModeNodes({ cluster, autoMode }), controllers: [], kinds: AutoMode.KINDS };
  }
  const kubernetesVersion = eks.KubernetesVersion.of(kubernetesVersionOf(environment));
  return { nodes: new ManagedNodeGroups({ cluster, clusterName, nodeRole, kubernetesVersion }), controllers: [], kinds: [] };
}

/** Placeholders as large as the largest replica on such nodes. */
function headroomOf({ accelerator }: NodeDemand, environment: EnvironmentConfig): cdk8s.Chart[] {
  const { warmReplicas = 0 } = nodeTypeOf(environment, accelerator.instanceType);
  if (warmReplicas === 0) return [];
  const users = usersOf(environment, accelerator.instanceType);
  return [new HeadroomChart(new cdk8s.App(), `headroom-${accelerator.instanceType}`, {
    namespace: MODEL_NAMESPACE,
    instanceType: accelerator.instanceType,
    deviceResource: accelerator.deviceResource,
    devices: Math.max(...users.map((model) => gpusOf(model, accelerator, environment))),
    replicas: warmReplicas,
    image: imageSources(environment).reference(HeadroomChart.PAUSE_IMAGE),
  })];
}
