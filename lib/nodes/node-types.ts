import { GpuSharing, ImageAcceleration } from '../../constructs/nodes';
import type { EnvironmentConfig } from '../environment';
import type { NodesConfig, NodeTypeConfig } from './node-config';

/** How the nodes of a new cluster are provided; undefined when the environment brings its own cluster. */
export function nodesOf({ cluster }: EnvironmentConfig): NodesConfig | undefined {
  return 'create' in cluster ? cluster.create.nodes ?? {} : undefined;
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

/** How a new node gets the images of containers. */
export function accelerationOf({ images }: NodeTypeConfig): ImageAcceleration | undefined {
  if (images === undefined) return undefined;
  return images === 'parallel' ? ImageAcceleration.soci() : ImageAcceleration.dataVolumeSnapshot(images);
}
