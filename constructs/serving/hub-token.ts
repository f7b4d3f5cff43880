import { isUnresolved } from '../checks/unresolved';
import { type SyncedSecret } from '../secrets/synced-secret';

/**
 * What is wrong with the hub's token of a model, one problem per line: the engine reads it by one name and under one key.
 *
 * @param hubToken the Secret with it
 * @param hubTokenSecretName name of one that others make
 * @param namespace namespace of the model
 */
export function hubTokenProblems(
  hubToken: SyncedSecret | undefined,
  hubTokenSecretName: string | undefined,
  namespace: string,
): string[] {
  if (!hubToken) return [];
  return [
    ...(hubTokenSecretName === undefined
      ? []
      : ['hubTokenSecretName: expected none beside hubToken, got one; leave one of them out']),
    ...(hubToken.keys.includes('token')
      ? []
      : [
          `hubToken: expected a Secret with the key token, got one with ${hubToken.keys.join(', ')}; name the entry's key token`,
        ]),
    ...([hubToken.namespace, namespace].some(isUnresolved) || hubToken.namespace === namespace
      ? []
      : [
          `hubToken: expected a Secret in ${namespace}, the namespace of the model, got one in ${hubToken.namespace}; sync it there`,
        ]),
  ];
}
