import { Stack, Stage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Constructs of a kind that have the same name in one account and region, in the order in which they were created; `construct` is among
 * them. Those of other stages are left out: each stage is deployed by itself.
 *
 * @param isOne tells the kind
 * @param nameOf name that can be there once
 */
export function namesakes<T extends IConstruct>(
  construct: T,
  isOne: (node: IConstruct) => node is T,
  nameOf: (node: T) => string,
): T[] {
  const stage = Stage.of(construct);
  const placeOf = (node: T) => {
    const { account, region } = Stack.of(node);
    return JSON.stringify([account, region, nameOf(node)]);
  };
  const place = placeOf(construct);
  return (stage ?? construct.node.root).node
    .findAll()
    .filter((node): node is T => isOne(node) && Stage.of(node) === stage && placeOf(node) === place);
}
