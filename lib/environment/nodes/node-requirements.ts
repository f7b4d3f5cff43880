import { Duration, Size } from 'aws-cdk-lib';
import type { Accelerator } from '../../../constructs/gpu';
import { NodeOperatingSystem } from '../../../constructs/cluster';
import { problemsOfImageVersion } from '../../../constructs/cluster/node-operating-system';
import { type NodeRequirements, NodeImage } from '../../../constructs/nodes';
import { problemsInProduction, problemsOfRequirements } from '../../../constructs/nodes/node-problems';
import type { EnvironmentConfig } from '../environment-config';
import { durationOf } from '../plain-data';
import { coldStartOf } from '../model/model-cold-start';
import { resolvedModel } from '../model/model-options';
import type { NodesConfig, NodeTypeConfig } from './node-config';
import { type NodePlan, planNodes, usersOf } from './node-plan';
import { accelerationOf, capacityOf, nodesOf, nodeTypeOf, provisioningKind, sharingOf, typePath } from './node-types';

/** What the models of an environment ask of those who provide nodes, by instance type. */
export function nodeRequirements(environment: EnvironmentConfig): NodeRequirements[] {
  return planNodes(environment).map((plan) =>
    requirementsOf(plan, nodeTypeOf(environment, plan.accelerator.instanceType), environment),
  );
}

/** What follows from the models, which have reports of their own. */
const OF_MODELS = [
  'nodes',
  'standingNodes',
  'podsPerNode',
  'pods',
  'storage',
  'longestGracePeriod',
] as const satisfies (keyof NodeRequirements)[];

/** What is wrong with the nodes of an environment, one problem per line. */
export function nodeProblems(environment: EnvironmentConfig): string[] {
  const nodes = nodesOf(environment);
  if (!nodes) return [];
  const unused = Object.keys(nodes.types ?? {})
    .filter((type) => usersOf(environment, type).length === 0)
    .map(
      (type) =>
        `cluster.create.nodes.types: expected instance types of models, got ${JSON.stringify(type)}; correct it, or leave it out while no model uses it`,
    );
  const problems = nodeRequirements(environment).flatMap((requirements) => {
    const found = problemsOfRequirements(requirements).filter(
      (problem) => !OF_MODELS.some((option) => problem.startsWith(`${option}:`)),
    );
    const { instanceType } = requirements.accelerator;
    const { drainTimeout, warmReplicas = 0 } = nodeTypeOf(environment, instanceType);
    durationOf('drainTimeout', drainTimeout, found);
    if (!(Number.isInteger(warmReplicas) && warmReplicas >= 0))
      found.push(`warmReplicas: expected a whole number from 0, got ${warmReplicas}; it is a number of replicas`);
    return [...found, ...(environment.requirePins ? productionProblems(requirements, nodes) : [])].map(
      (problem) => `${typePath(instanceType)}.${problem}`,
    );
  });
  return [...bottlerocketProblems(environment), ...unused, ...problems];
}

/** EKS chooses the images of Auto Mode. */
function productionProblems(requirements: NodeRequirements, { provisioning }: NodesConfig): string[] {
  return problemsInProduction(requirements).filter(
    (problem) => provisioning !== 'auto-mode' || !problem.startsWith('image.version:'),
  );
}

function requirementsOf(plan: NodePlan, type: NodeTypeConfig, environment: EnvironmentConfig): NodeRequirements {
  const { accelerator } = plan;
  const users = usersOf(environment, accelerator.instanceType);
  // An empty node is kept for the model that takes longest to come back.
  const coldStarts = users
    .filter((model) => model.accelerator === accelerator.instanceType)
    .map((model) => coldStartOf(model, environment))
    .filter((estimate) => estimate !== undefined)
    .sort((left, right) => right.total.toSeconds() - left.total.toSeconds());
  return {
    accelerator,
    nodes: plan.nodes,
    standingNodes: plan.standingNodes,
    dataVolumeSize: Size.gibibytes(plan.volumeGib),
    storage: Size.gibibytes(plan.storageGib),
    podsPerNode: plan.podsPerNode,
    pods: plan.pods,
    capacity: capacityOf(type),
    image: imageOf(accelerator, type, nodesOf(environment)?.bottlerocketVersion),
    imageAcceleration: accelerationOf(type),
    localStorage: type.localStorage,
    sharing: sharingOf(type),
    efa: type.efa,
    availabilityZone: type.availabilityZone,
    coldStart: coldStarts[0],
    longestGracePeriod: Duration.seconds(
      Math.max(...users.map((model) => resolvedModel(model, environment).terminationGracePeriodSeconds)),
    ),
    drainTimeout: durationOf('drainTimeout', type.drainTimeout, []),
  };
}

/** Undefined where nothing is said of it: then EKS may choose it. */
function imageOf(
  accelerator: Accelerator,
  { image }: NodeTypeConfig,
  bottlerocketVersion: string | undefined,
): NodeImage | undefined {
  const { operatingSystem = NodeImage.defaultFor(accelerator).operatingSystem, version } = image ?? {};
  if (operatingSystem === NodeOperatingSystem.AMAZON_LINUX_2023) return image && NodeImage.amazonLinux2023(version);
  const pinned = version ?? bottlerocketVersion;
  return image || pinned !== undefined ? NodeImage.bottlerocket(pinned) : undefined;
}

/** What is wrong with the version of Bottlerocket that types without one have. */
export function bottlerocketProblems(environment: EnvironmentConfig): string[] {
  const version = nodesOf(environment)?.bottlerocketVersion;
  if (version === undefined) return [];
  const option = 'cluster.create.nodes.bottlerocketVersion';
  const kind = provisioningKind(environment);
  return kind === 'auto-mode'
    ? [`${option}: expected none with auto-mode, got ${JSON.stringify(version)}; EKS chooses the image, leave it out`]
    : problemsOfImageVersion(
        option,
        NodeImage.bottlerocket(version),
        kind === 'karpenter' ? 'karpenter' : 'node-group',
      );
}
