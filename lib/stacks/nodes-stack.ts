import { Annotations, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { LlmCluster } from '../../constructs/cluster';
import { CompileCache, type NodeRequirements, type NodeProvider, type WarmNodes } from '../../constructs/nodes';
import { ClusterNodes } from '../../constructs/nodes/cluster-nodes';
import { OverprovisioningChart } from '../../constructs/nodes/overprovisioning-chart';
import type { EnvironmentConfig } from '../environment/environment-config';
import { imageSources } from '../environment/image-sources';
import { keepsKernels } from '../environment/model/model-cold-start';
import { bottlerocketProblems, nodeRequirements } from '../environment/nodes/node-requirements';
import { usersOf } from '../environment/nodes/node-plan';
import {
  createdCluster,
  gpusOf,
  nodesOf,
  nodeTypeOf,
  provisioningKind,
  typePath,
} from '../environment/nodes/node-types';

export interface NodesStackProps extends StackProps {
  readonly environment: EnvironmentConfig;
  /** Cluster of the Cluster stack. */
  readonly cluster: LlmCluster;
}

const atType = ({ accelerator: { instanceType } }: NodeRequirements, text: string) =>
  `${typePath(instanceType)}.${text}`;

/**
 * What gives a cluster its nodes with accelerators: node groups, or the identity and the queue of what starts nodes when pods
 * ask. It is apart from the cluster, because CloudFormation rolls back whole stacks: a shortage of GPUs takes back this one.
 */
export class NodesStack extends Stack {
  /** The nodes, and what they need inside the cluster. */
  public readonly nodes: ClusterNodes;

  /** @throws when what the environment asks for cannot be had; the error lists every problem. */
  constructor(scope: Construct, id: string, props: NodesStackProps) {
    super(scope, id, props);
    const {
      environment,
      cluster: { cluster, clusterName, nodeRole, kubernetesVersion },
    } = props;
    // `Default` adds nothing to the logical ids of what is in it.
    this.nodes = new ClusterNodes(this, 'Default', {
      cluster,
      clusterName,
      nodeRole,
      kubernetesVersion,
      provider: provisioningKind(environment) as NodeProvider,
    });
    const needed = nodeRequirements(environment);
    const problems = [
      ...bottlerocketProblems(environment),
      ...needed.flatMap((requirements) =>
        this.nodes.provisioning.problemsOf(requirements).map((problem) => atType(requirements, problem)),
      ),
    ];
    if (problems.length > 0) throw new Error(`environment ${environment.name}:\n  ${problems.join('\n  ')}`);

    for (const requirements of needed) {
      // Names of launch templates and security groups hold their path: another one would make groups of nodes anew.
      const { notices } = this.nodes.addNodes(requirements, this);
      notices.forEach((notice) => Annotations.of(this).addInfo(atType(requirements, notice)));
    }
    if (nodesOf(environment)?.compileCache) {
      this.nodes.addCompileCache(
        {
          models: environment.models.filter((model) => keepsKernels(model, environment)).map(({ name }) => name),
          addonVersion: createdCluster(environment)?.addonVersions?.[CompileCache.ADDON_NAME],
        },
        this,
      );
    }
    needed
      .map((requirements) => warmNodes(requirements, environment))
      .filter(({ replicas }) => replicas > 0)
      .forEach((warm) => this.nodes.addWarmNodes(warm));
  }
}

/** Placeholders as large as the largest replica on such nodes. */
function warmNodes({ accelerator }: NodeRequirements, environment: EnvironmentConfig): WarmNodes {
  const users = usersOf(environment, accelerator.instanceType);
  return {
    accelerator,
    replicas: nodeTypeOf(environment, accelerator.instanceType).warmReplicas ?? 0,
    gpus: Math.max(...users.map((model) => gpusOf(model, accelerator, environment))),
    image: imageSources(environment).reference(OverprovisioningChart.PAUSE_IMAGE),
  };
}
