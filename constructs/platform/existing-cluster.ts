import { Stack } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import type { Construct } from 'constructs';
import { isUnresolved } from '../checks/unresolved';

/** What an imported cluster may have been named without, by attribute. */
const NEEDED = {
  clusterEndpoint: 'the address of its Kubernetes API',
  clusterCertificateAuthorityData: 'the certificate authority of its Kubernetes API',
  clusterSecurityGroupId: 'the security group that EKS made for it',
} as const;

/**
 * What a platform lacks of a cluster that exists, one problem per line.
 *
 * @param install whether controllers are to be installed
 */
export function clusterProblems(cluster: eks.ICluster, vpc: ec2.IVpc | undefined, install = true): string[] {
  const own = known(() => cluster.vpc);
  const missing = (Object.keys(NEEDED) as (keyof typeof NEEDED)[]).filter(
    (attribute) => known(() => cluster[attribute]) === undefined,
  );
  return [
    ...(own || vpc
      ? []
      : ['vpc: expected the VPC of the existing cluster, got none; the handlers of releases and the nodes are in it']),
    ...(!own || !vpc || own.vpcId === vpc.vpcId || [own.vpcId, vpc.vpcId].some(isUnresolved)
      ? []
      : [`vpc: expected that of existingCluster, ${own.vpcId}, got ${vpc.vpcId}; leave it out`]),
    ...missing.map(
      (attribute) =>
        `existingCluster.${attribute}: expected ${NEEDED[attribute]}, got none; give it to Cluster.fromClusterAttributes, \`aws eks describe-cluster\` prints it`,
    ),
    ...(install && cluster.kubectlProvider === undefined
      ? [
          'existingCluster.kubectlProvider: expected what installs the Helm charts of controllers, got none; make new eks.KubectlProvider for the imported cluster with an eks.AccessEntry for its role, and import the cluster again with that kubectlProvider, or set controllers.install to false where it has them',
        ]
      : []),
  ];
}

/** Whether a cluster is known to be in EKS Auto Mode: one of this app says so, and an imported one says nothing. */
export function inAutoMode(cluster: eks.ICluster): boolean {
  const resource = cluster.node.defaultChild;
  if (!(resource instanceof eks.CfnCluster)) return false;
  const compute = Stack.of(resource).resolve(resource.computeConfig) as
    | eks.CfnCluster.ComputeConfigProperty
    | undefined;
  return compute?.enabled === true;
}

/** Whether a cluster that exists has the name by which it is called here; what only the deployment knows is not checked. */
export function nameProblems(cluster: eks.ICluster, clusterName: string): string[] {
  const { defaultChild } = cluster.node;
  const own = defaultChild instanceof eks.CfnCluster ? defaultChild.name : cluster.clusterName;
  return own === undefined || isUnresolved(own) || own === clusterName
    ? []
    : [`clusterName: expected that of existingCluster, ${own}, got ${clusterName}; leave it out`];
}

/** Whether there are subnets for nodes and for handlers of releases: in the VPC of the cluster, or in the one that is given. */
export function privateSubnetProblems(vpc: ec2.IVpc | undefined, cluster: eks.ICluster | undefined): string[] {
  const own = cluster && known(() => cluster.vpc);
  const used = own ?? vpc;
  return used === undefined || used.privateSubnets.length > 0
    ? []
    : [
        `${own ? 'existingCluster.vpc' : 'vpc'}: expected private subnets with a way out, got none; nodes and the handlers of releases are in them, name them by privateSubnetIds or add them to the VPC`,
      ];
}

/** The cluster with its VPC, which one that was imported may not name: groups of nodes and volumes take it from there. */
export function inVpc(scope: Construct, cluster: eks.ICluster, vpc: ec2.IVpc): eks.ICluster {
  if (known(() => cluster.vpc)) return cluster;
  const { clusterName, clusterEndpoint, clusterCertificateAuthorityData, clusterSecurityGroupId } = cluster;
  return eks.Cluster.fromClusterAttributes(scope, 'ExistingCluster', {
    vpc,
    clusterName,
    clusterEndpoint,
    clusterCertificateAuthorityData,
    clusterSecurityGroupId,
    securityGroupIds: cluster.connections.securityGroups
      .map(({ securityGroupId }) => securityGroupId)
      .filter((id) => id !== clusterSecurityGroupId),
    kubectlProvider: cluster.kubectlProvider,
  });
}

/** An imported cluster throws when it was not told. */
function known<T>(attribute: () => T): T | undefined {
  try {
    return attribute();
  } catch {
    return undefined;
  }
}
