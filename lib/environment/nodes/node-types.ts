import type { Accelerator } from '../../../constructs/gpu';
import { GpuSharing, ImageAcceleration, type NodeProvider } from '../../../constructs/nodes';
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

/** What the nodes of an instance type are. */
export function nodeTypeOf(environment: EnvironmentConfig, instanceType: string): NodeTypeConfig {
  return nodesOf(environment)?.types?.[instanceType] ?? {};
}

/** How nodes share each GPU among pods; undefined where pods have whole GPUs. */
export function sharingOf({ timeSlices, gpuParts }: NodeTypeConfig): GpuSharing | undefined {
  if (timeSlices !== undefined) return GpuSharing.timeSlicing(timeSlices);
  return gpuParts === undefined ? undefined : GpuSharing.multiInstance(gpuParts);
}

/** GPUs of a pod of a model on nodes of an instance type. */
export function gpusOf({ gpus }: ModelConfig, accelerator: Accelerator, environment: EnvironmentConfig): number {
  return gpus ?? defaultGpus(accelerator, sharingOf(nodeTypeOf(environment, accelerator.instanceType)) !== undefined);
}

/** How a new node gets the images of containers. */
export function accelerationOf({ images }: NodeTypeConfig): ImageAcceleration | undefined {
  if (images === undefined) return undefined;
  return images === 'parallel' ? ImageAcceleration.soci() : ImageAcceleration.dataVolumeSnapshot(images);
}
