import type { EnvironmentConfig } from '../environment-config';
import type { NodesConfig, NodeTypeConfig } from './node-config';
import { nodesOf } from './node-types';

const PROVISIONING: readonly NonNullable<NodesConfig['provisioning']>[] = ['karpenter', 'managed-groups', 'auto-mode'];
const CAPACITIES: readonly unknown[] = ['on-demand', 'spot', 'spot-with-on-demand'];
const IMAGES: readonly NodeTypeConfig['image'][] = ['bottlerocket', 'al2023'];

/**
 * Words of the nodes of an environment that mean nothing, one problem per line: data is read without the compiler, and each word decides
 * what is bought.
 */
export function nodeWordProblems(environment: EnvironmentConfig): string[] {
  const { provisioning, types = {} } = nodesOf(environment) ?? {};
  const path = 'cluster.create.nodes';
  return [
    ...(provisioning === undefined || PROVISIONING.includes(provisioning)
      ? []
      : [wrong(`${path}.provisioning`, PROVISIONING, provisioning)]),
    ...Object.entries(types).flatMap(([type, { capacity, image, images }]) => [
      ...(capacity === undefined || CAPACITIES.includes(capacity) || isAnyOf(capacity, 'reservations', 'block')
        ? []
        : [
            wrong(
              `${path}.types["${type}"].capacity`,
              [...CAPACITIES.map(String), '{ reservations }', '{ block }'],
              capacity,
            ),
          ]),
      ...(image === undefined || IMAGES.includes(image)
        ? []
        : [wrong(`${path}.types["${type}"].image`, IMAGES, image)]),
      ...(images === undefined || images === 'parallel' || isAnyOf(images, 'snapshotId')
        ? []
        : [wrong(`${path}.types["${type}"].images`, ['parallel', '{ snapshotId }'], images)]),
    ]),
  ];
}

function isAnyOf(value: unknown, ...fields: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && fields.some((field) => field in value);
}

function wrong(place: string, words: readonly (string | undefined)[], got: unknown): string {
  return `${place}: expected one of ${words.join(', ')}, got ${JSON.stringify(got)}; correct the word`;
}
