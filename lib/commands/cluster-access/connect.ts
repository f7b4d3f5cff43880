import { ClusterClient } from '../../../kubernetes-client/cluster-client';
import { messageOf } from '../../../kubernetes-client/kubernetes-client';
import { UserError } from '../command-line/user-error';
import type { EnvironmentConfig } from '../../environment/environment-config';
import { eksAccess } from './eks-access';
import { readKubeconfig } from './kubeconfig';

/** A client for an environment's cluster: as the present AWS identity, or as a kubeconfig file says. */
export async function connect(environment: EnvironmentConfig, kubeconfig?: string): Promise<ClusterClient> {
  return new ClusterClient(kubeconfig === undefined ? await eksAccess(environment) : readKubeconfig(kubeconfig));
}

/** An error of the cluster or of AWS, in one line with what to do where that is known. */
export function explain(error: unknown): string {
  if (error instanceof UserError) return error.message;
  const message = messageOf(error);
  if (/Could not load credentials|CredentialsProviderError/.test(message)) return `no AWS credentials: ${message}; log in, or give --kubeconfig`;
  if (/Unauthorized/.test(message)) return `${message}: the cluster does not know this identity; it needs an access entry`;
  return message;
}
