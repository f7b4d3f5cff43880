import { NodeOperatingSystem } from '../../../constructs/cluster';
import { CapacityKind, GpuSharingStrategy } from '../../../constructs/nodes';
import { NodeProvider } from '../../../constructs/nodes/node-provider';
import type { EnvironmentConfig } from '../environment-config';
import { wordProblem } from '../words';
import { nodesOf } from './node-types';

/**
 * Words of the nodes of an environment that mean nothing, one problem per line: data is read without the compiler, and each word decides
 * what is bought.
 */
export function nodeWordProblems(environment: EnvironmentConfig): string[] {
  const { provisioning, types = {} } = nodesOf(environment) ?? {};
  return [
    ...wordProblem('cluster.create.nodes.provisioning', Object.values(NodeProvider), provisioning),
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
