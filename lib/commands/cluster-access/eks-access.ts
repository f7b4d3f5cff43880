import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { type ClusterAccess } from '../../../kubernetes-client/cluster-client';
import { eksToken } from '../../../kubernetes-client/eks-token';
import type { EnvironmentConfig } from '../../environment/environment-config';
import { UserError } from '../command-line/user-error';

/** Access to an environment's EKS cluster as the present AWS identity. */
export async function eksAccess({ name, cluster, region }: EnvironmentConfig): Promise<ClusterAccess> {
  if ('existing' in cluster) {
    const { endpoint, certificateAuthority } = cluster.existing;
    if (certificateAuthority === '') throw new UserError(`--kubeconfig: expected a file, got none; where ${name}'s cluster listens is known only while it runs`);
    return { server: endpoint, ca: Buffer.from(certificateAuthority, 'base64'), token: await eksToken(cluster.existing.name, region) };
  }
  const clusterName = cluster.create.name;
  const { cluster: found } = await new EKSClient({ region, maxAttempts: 2 }).send(new DescribeClusterCommand({ name: clusterName }));
  const { endpoint, certificateAuthority } = found ?? {};
  if (!endpoint || !certificateAuthority?.data) throw new UserError(`${name}: expected cluster ${clusterName} to have an endpoint, got status ${found?.status}; wait until it is active`);
  return { server: endpoint, ca: Buffer.from(certificateAuthority.data, 'base64'), token: await eksToken(clusterName, region) };
}
