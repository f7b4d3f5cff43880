import type { Accelerator } from '../../../constructs/gpu';
import { GpuSharing, ImageAcceleration, NodeCapacity, type NodeProvider } from '../../../constructs/nodes';
import { DEFAULT_NODE_PROVIDER } from '../../../constructs/nodes/node-provider';
import { defaultGpus } from '../../../constructs/serving/model-resources';
import { KUBERNETES_VERSION } from '../../../constructs/cluster/facts';
import type { EnvironmentConfig, NewCluster } from '../environment-config';
import type { ModelConfig } from '../model/model-config';
import type { NodesConfig, NodeTypeConfig } from './node-config';

/** The cluster that an environment makes; undefined when it brings its own. */
export function createdCluster({ cluster }: EnvironmentConfig): NewCluster | undefined {
  return 'create' in cluster ? cluster.create : undefined;
}

/** Version of Kubernetes of a new cluster. */
export function kubernetesVersionOf(environment: EnvironmentConfig): string {
  return createdCluster(environment)?.kubernetesVersion ?? KUBERNETES_VERSION.version;
}

/** Who provides the nodes with accelerators of a new cluster. */
export function provisioningKind(environment: EnvironmentConfig): `${NodeProvider}` {
  return nodesOf(environment)?.provisioning ?? DEFAULT_NODE_PROVIDER;
}

/** How the nodes of a new cluster are provided; undefined when the environment brings its own cluster. */
export function nodesOf(environment: EnvironmentConfig): NodesConfig | undefined {
  const created = createdCluster(environment);
  return created && (created.nodes ?? {});
}

/** Path of the nodes of an instance type. */
export function typePath(instanceType: string): string {
  return `cluster.create.nodes.types["${instanceType}"]`;
}

/** What the nodes of an instance type are. */
export function nodeTypeOf(environment: EnvironmentConfig, instanceType: string): NodeTypeConfig {
  return nodesOf(environment)?.types?.[instanceType] ?? {};
}

/** How nodes share each GPU among pods; undefined where pods have whole GPUs. */
export function sharingOf({ sharing }: NodeTypeConfig): GpuSharing | undefined {
  if (sharing === undefined) return undefined;
  const { strategy, podsPerGpu } = sharing;
  return strategy === 'mig' ? GpuSharing.multiInstance(podsPerGpu) : GpuSharing.timeSlicing(podsPerGpu);
}

/** GPUs of a pod of a model on nodes of an instance type. */
export function gpusOf({ gpus }: ModelConfig, accelerator: Accelerator, environment: EnvironmentConfig): number {
  return gpus ?? defaultGpus(accelerator, sharingOf(nodeTypeOf(environment, accelerator.instanceType)) !== undefined);
}

/** How a new node gets the images of containers. */
export function accelerationOf({ imageAcceleration }: NodeTypeConfig): ImageAcceleration | undefined {
  if (imageAcceleration === undefined) return undefined;
  return imageAcceleration === 'soci'
    ? ImageAcceleration.soci()
    : ImageAcceleration.dataVolumeSnapshot(imageAcceleration);
}

/** What the nodes of an instance type are bought as. */
export function capacityOf({ capacity = { kind: 'on-demand' } }: NodeTypeConfig): NodeCapacity {
  switch (capacity.kind) {
    case 'on-demand':
      return NodeCapacity.onDemand();
    case 'spot':
      return NodeCapacity.spot(capacity);
    case 'reservation':
      return NodeCapacity.reservations({ ...capacity, reservationIds: [...capacity.reservationIds] });
    case 'capacity-block':
      return NodeCapacity.capacityBlock(capacity.reservationIds[0]);
  }
}
