import type { EnvironmentConfig } from '../environment-config';
import { NodeProvider } from '../../../constructs/nodes/node-provider';
import type { NodeTypeConfig } from './node-config';
import { wordProblem, wrongWord } from '../words';
import { nodesOf } from './node-types';

const PROVISIONING = Object.values(NodeProvider);
const CAPACITIES = ['on-demand', 'spot', 'spot-with-on-demand'];
const IMAGES: readonly NonNullable<NodeTypeConfig['image']>[] = ['bottlerocket', 'al2023'];

/**
 * Words of the nodes of an environment that mean nothing, one problem per line: data is read without the compiler, and each word decides
 * what is bought.
 */
export function nodeWordProblems(environment: EnvironmentConfig): string[] {
  const { provisioning, types = {} } = nodesOf(environment) ?? {};
  const path = 'cluster.create.nodes';
  return [
    ...wordProblem(`${path}.provisioning`, PROVISIONING, provisioning),
    ...Object.entries(types).flatMap(([type, { capacity, image, images }]) => [
      ...(isAnyOf(capacity, 'reservations', 'block')
        ? []
        : wordProblem(`${path}.types["${type}"].capacity`, CAPACITIES, capacity).map(() =>
            wrongWord(`${path}.types["${type}"].capacity`, [...CAPACITIES, '{ reservations }', '{ block }'], capacity),
          )),
      ...wordProblem(`${path}.types["${type}"].image`, IMAGES, image),
      ...(images === undefined || images === 'parallel' || isAnyOf(images, 'snapshotId')
        ? []
        : [wrongWord(`${path}.types["${type}"].images`, ['parallel', '{ snapshotId }'], images)]),
    ]),
  ];
}

function isAnyOf(value: unknown, ...fields: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && fields.some((field) => field in value);
}
