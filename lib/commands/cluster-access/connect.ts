import { EKS } from '@aws-sdk/client-eks';
import { KubeConfig } from '@kubernetes/client-node';
import { type ClusterAccess, ClusterClient } from '../../../kubernetes-client/cluster-client';
import { eksToken } from '../../../kubernetes-client/eks-token';
import { messageOf } from '../../../kubernetes-client/kubernetes-client';
import type { EnvironmentConfig } from '../../environment/environment-config';
import { UserError } from '../command-line/user-error';

/** A client for an environment's cluster: as the present AWS identity, or as a kubeconfig file says. */
export async function connect(environment: EnvironmentConfig, kubeconfig?: string): Promise<ClusterClient> {
  return new ClusterClient(kubeconfig === undefined ? await eksAccess(environment) : readKubeconfig(kubeconfig));
}

/** An error of the cluster or of AWS, in one line with what to do where that is known. */
export function explain(error: unknown): string {
  if (error instanceof UserError) return error.message;
  const message = messageOf(error);
  if (/Could not load credentials|CredentialsProviderError/.test(message))
    return `no AWS credentials: ${message}; log in, or give --kubeconfig`;
  if (/Unauthorized/.test(message))
    return `${message}: the cluster does not know this identity; it needs an access entry`;
  return message;
}

/** Access to an environment's EKS cluster as the present AWS identity. */
async function eksAccess({ name, cluster, region }: EnvironmentConfig): Promise<ClusterAccess> {
  const access = async (clusterName: string, server: string, ca: string) => ({
    server,
    ca: Buffer.from(ca, 'base64'),
    token: await eksToken(clusterName, region),
  });
  if ('existing' in cluster) {
    const { name: existing, endpoint, certificateAuthority } = cluster.existing;
    if (certificateAuthority !== '') return access(existing, endpoint, certificateAuthority);
    throw new UserError(
      `--kubeconfig: expected a file, got none; where ${name}'s cluster listens is known only while it runs`,
    );
  }
  const { name: created } = cluster.create;
  const { cluster: found } = await new EKS({ region, maxAttempts: 2 }).describeCluster({ name: created });
  const { endpoint, certificateAuthority } = found ?? {};
  if (endpoint && certificateAuthority?.data) return access(created, endpoint, certificateAuthority.data);
  throw new UserError(
    `${name}: expected cluster ${created} to have an endpoint, got status ${found?.status}; wait until it is active`,
  );
}

/**
 * A kubeconfig file, of which the current context counts.
 *
 * @throws UserError that lists everything that is missing
 */
export function readKubeconfig(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file, { onInvalidEntry: 'filter' });
  } catch (error) {
    throw new UserError(
      `--kubeconfig: expected a readable kubeconfig, got ${file}: ${(error as Error).message.split('\n')[0]}`,
    );
  }
  const context = config.getContextObject(config.getCurrentContext());
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  const problems: string[] = [];
  if (!context)
    problems.push(
      'current-context: expected the name of a context of the file; set it with `kubectl config use-context`',
    );
  if (context && !cluster) problems.push(`clusters: expected a server for ${context.cluster}; add it`);
  if (context && !cluster?.caData && !cluster?.caFile) {
    problems.push(
      `clusters: expected a certificate authority for ${context.cluster}; add it, the server is not trusted without it`,
    );
  }
  const knowsUser =
    user?.token ||
    ((user?.certData || user?.certFile) && (user.keyData || user.keyFile)) ||
    user?.exec ||
    user?.authProvider;
  if (context && !knowsUser) {
    problems.push(
      `users: expected a token, a client certificate with its key, or a command that gets one for ${context.user}; add it`,
    );
  }
  if (problems.length > 0) throw new UserError(`--kubeconfig ${file}:\n  ${problems.join('\n  ')}`);
  return config;
}
