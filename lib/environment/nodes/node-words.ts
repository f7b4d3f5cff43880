import { CapacityKind, GpuSharingStrategy, NodeOperatingSystem } from '../../../constructs/nodes';
import type { EnvironmentConfig } from '../environment-config';
import type { NodesConfig } from './node-config';
import { wordProblem } from '../words';
import { nodesOf } from './node-types';

const PROVISIONING: readonly NonNullable<NodesConfig['provisioning']>[] = ['karpenter', 'managed-groups', 'auto-mode'];

/**
 * Words of the nodes of an environment that mean nothing, one problem per line: data is read without the compiler, and each word decides
 * what is bought.
 */
export function nodeWordProblems(environment: EnvironmentConfig): string[] {
  const { provisioning, types = {} } = nodesOf(environment) ?? {};
  return [
    ...wordProblem('cluster.create.nodes.provisioning', PROVISIONING, provisioning),
    ...Object.entries(types).flatMap(([type, { capacity, image, imageAcceleration, sharing }]) => {
      const path = `cluster.create.nodes.types["${type}"]`;
      return [
        ...wordProblem(`${path}.capacity.kind`, Object.values(CapacityKind), capacity && (capacity.kind ?? capacity)),
        ...wordProblem(`${path}.image.operatingSystem`, Object.values(NodeOperatingSystem), image?.operatingSystem),
        ...(typeof imageAcceleration === 'object' && 'snapshotId' in imageAcceleration
          ? []
          : wordProblem(`${path}.imageAcceleration`, ['soci', '{ snapshotId }'], imageAcceleration)),
        ...wordProblem(
          `${path}.sharing.strategy`,
          Object.values(GpuSharingStrategy),
          sharing && (sharing.strategy ?? sharing),
        ),
      ];
    }),
  ];
}
