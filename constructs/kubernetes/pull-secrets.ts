import type { PodSpec } from 'kubernetes-types/core/v1';

/** Credentials for registries, as a pod names them; nothing where there are none, so that its template stays as it is. */
export function pullSecrets(names: readonly string[] = []): Pick<PodSpec, 'imagePullSecrets'> {
  return names.length === 0 ? {} : { imagePullSecrets: names.map((name) => ({ name })) };
}
