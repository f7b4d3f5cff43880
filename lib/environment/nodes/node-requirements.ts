import { Duration, Size } from 'aws-cdk-lib';
import type { Accelerator } from '../../../constructs/gpu';
import { NodeOperatingSystem } from '../../../constructs/cluster';
import { NodeCapacity, type NodeRequirements, NodeImage } from '../../../constructs/nodes';
import { problemsInProduction, problemsOfRequirements } from '../../../constructs/nodes/node-problems';
import type { EnvironmentConfig } from '../environment-config';
import { underPathOfUser } from '../option-names';
import { durationOf } from '../plain-data';
import { coldStartOf } from '../model/model-cold-start';
import { resolvedModel } from '../model/model-options';
import type { NodesConfig, NodeTypeConfig } from './node-config';
import { type NodePlan, planNodes, usersOf } from './node-plan';
import { accelerationOf, nodesOf, nodeTypeOf, sharingOf } from './node-types';

/** What the models of an environment ask of those who provide nodes, by instance type. */
export function nodeRequirements(environment: EnvironmentConfig): NodeRequirements[] {
  return planNodes(environment).map((plan) =>
    requirementsOf(plan, nodeTypeOf(environment, plan.accelerator.instanceType), environment),
  );
}

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
    // How many there are follows from the models, which have reports of their own.
    const found = problemsOfRequirements(requirements).filter((problem) => !problem.startsWith('nodes:'));
    const {
      timeSlices,
      gpuParts,
      drainTimeout,
      warmReplicas = 0,
    } = nodeTypeOf(environment, requirements.accelerator.instanceType);
    durationOf('drainTimeout', drainTimeout, found);
    if (!(Number.isInteger(warmReplicas) && warmReplicas >= 0))
      found.push(`warmReplicas: expected a whole number from 0, got ${warmReplicas}; it is a number of replicas`);
    if (timeSlices !== undefined && gpuParts !== undefined)
      found.push(
        `gpuParts: expected none beside timeSlices, got ${gpuParts}; a GPU is shared in one way, leave one of them out`,
      );
    return underPathOfType(
      [...found, ...(environment.requirePins ? productionProblems(requirements, nodes) : [])],
      requirements,
      environment,
    );
  });
  return [...unused, ...problems];
}

/** Problems of requirements under the paths of its instance type in the data of an environment. */
export function underPathOfType(
  problems: readonly string[],
  requirements: NodeRequirements,
  environment: EnvironmentConfig,
): string[] {
  const {
    accelerator: { instanceType },
    image: { operatingSystem } = NodeImage.defaultFor(requirements.accelerator),
  } = requirements;
  const path = `cluster.create.nodes.types["${instanceType}"]`;
  const { timeSlices, image, imageVersion, capacity } = nodeTypeOf(environment, instanceType);
  const version =
    imageVersion === undefined && operatingSystem === NodeOperatingSystem.BOTTLEROCKET
      ? 'cluster.create.nodes.bottlerocketVersion'
      : `${path}.imageVersion`;
  const names = {
    imageAcceleration: 'images',
    sharing: timeSlices === undefined ? 'gpuParts' : 'timeSlices',
    'capacity.reservationIds': 'capacity.reservations',
    ...(typeof capacity === 'object' && 'block' in capacity && { 'capacity.reservationIds[0]': 'capacity.block' }),
  };
  const places = {
    ...Object.fromEntries(Object.entries(names).map(([option, place]) => [option, `${path}.${place}`])),
    image: image === undefined ? version : `${path}.image`,
    'image.version': version,
  };
  return problems.map((problem) => underPathOfUser(problem, places, path));
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
    .filter(({ instanceType }) => instanceType === accelerator.instanceType)
    .map((model) => coldStartOf(model, environment))
    .filter((estimate) => estimate !== undefined)
    .sort((left, right) => right.totalSeconds - left.totalSeconds);
  return {
    accelerator,
    nodes: plan.nodes,
    standingNodes: plan.standingNodes,
    dataVolumeSize: Size.gibibytes(plan.volumeGib),
    storage: Size.gibibytes(plan.storageGib),
    podsPerNode: plan.podsPerNode,
    pods: plan.pods,
    capacity: capacityOf(type.capacity),
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

function capacityOf(capacity: NodeTypeConfig['capacity'] = 'on-demand'): NodeCapacity {
  if (capacity === 'on-demand') return NodeCapacity.onDemand();
  if (capacity === 'spot') return NodeCapacity.spot({ onDemandFallback: false });
  if (capacity === 'spot-with-on-demand') return NodeCapacity.spot();
  if ('block' in capacity) return NodeCapacity.capacityBlock(capacity.block);
  return NodeCapacity.reservations({ ids: [...capacity.reservations], onDemandFallback: capacity.onDemandFallback });
}

/** Undefined where nothing is said of it: then EKS may choose it. */
function imageOf(
  accelerator: Accelerator,
  { image, imageVersion }: NodeTypeConfig,
  bottlerocketVersion: string | undefined,
): NodeImage | undefined {
  const standard = NodeImage.defaultFor(accelerator).operatingSystem;
  const operatingSystem = image ?? standard;
  const version =
    imageVersion ?? (operatingSystem === NodeOperatingSystem.BOTTLEROCKET ? bottlerocketVersion : undefined);
  if (image === undefined && version === undefined) return undefined;
  return operatingSystem === NodeOperatingSystem.BOTTLEROCKET
    ? NodeImage.bottlerocket(version)
    : NodeImage.amazonLinux2023(version);
}
