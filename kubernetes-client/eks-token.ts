import { Sha256 } from '@aws-crypto/sha256-js';
import { partition } from '@aws-sdk/core/client';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { SignatureV4 } from '@smithy/signature-v4';

/** Seconds that the API server's token review accepts in the signature. */
const EXPIRES_IN = 60;

/**
 * A token that an EKS cluster accepts for the present AWS identity: a signed, unsent request to STS that names the cluster.
 *
 * @param region region of the cluster, in any partition
 * @throws when there are no AWS credentials
 * @see https://docs.aws.amazon.com/eks/latest/userguide/cluster-auth.html
 */
export async function eksToken(clusterName: string, region: string): Promise<string> {
  const signer = new SignatureV4({ service: 'sts', region, credentials: fromNodeProviderChain(), sha256: Sha256 });
  // The SDK's own table of partitions: its clients reach no other endpoints either.
  const hostname = `sts.${region}.${partition(region).dnsSuffix}`;
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      headers: { host: hostname, 'x-k8s-aws-id': clusterName },
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    },
    {
      expiresIn: EXPIRES_IN,
      // The cluster's name must be a signed header, not a parameter.
      unhoistableHeaders: new Set(['x-k8s-aws-id']),
      signableHeaders: new Set(['host', 'x-k8s-aws-id']),
    },
  );
  const query = new URLSearchParams(signed.query as Record<string, string>).toString();
  return `k8s-aws-v1.${Buffer.from(`https://${hostname}/?${query}`).toString('base64url')}`;
}
