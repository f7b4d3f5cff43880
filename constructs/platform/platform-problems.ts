import { type Stack, Token } from 'aws-cdk-lib';
import { httpAddressProblems } from '../checks/http-address';
import { accessProblems } from '../cluster/cluster-access';
import { privateZonesProblems } from '../cluster/private-zones';
import { checkCidr } from '../network/cidr';
import { checkNatGateways, checkZones } from '../network/zones';
import { NodeProvider } from '../nodes/node-provider';
import { clusterProblems } from './existing-cluster';
import type { LlmPlatformProps } from './llm-platform-props';

/** What is wrong with the props of a platform, one problem per line. */
export function platformProblems(props: LlmPlatformProps, clusterName: string, stack: Stack): string[] {
  const { network, vpc, cluster, existingCluster, nodeProvider, controllers = {} } = props;
  const problems: string[] = [];
  const beside = (prop: string, other: string, remedy: string) =>
    problems.push(`${prop}: expected none beside ${other}, got it; ${remedy}`);
  if (network && vpc) beside('network', 'vpc', 'leave one of them out');
  if (network && existingCluster) beside('network', 'existingCluster', 'a cluster stays in its VPC, leave it out');
  if (network) {
    const { cidr, availabilityZones, natGateways } = network;
    problems.push(
      ...[
        ...(cidr === undefined ? [] : checkCidr('cidr', cidr)),
        ...checkZones('availabilityZones', availabilityZones, stack.region),
        ...(natGateways === undefined ? [] : checkNatGateways('natGateways', natGateways, availabilityZones.length)),
      ].map((problem) => `network.${problem}`),
    );
  }
  if (!network && !vpc && !existingCluster) {
    problems.push(
      "network: expected a new VPC, or vpc, got neither; name the zones, such as network: { availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'] }",
    );
  }
  if (vpc && !existingCluster) problems.push(...privateZonesProblems('vpc', vpc));
  if (existingCluster) problems.push(...clusterProblems(existingCluster, vpc, controllers.install));
  if (cluster && existingCluster) beside('cluster', 'existingCluster', 'whoever made the cluster decides that');
  if (nodeProvider === NodeProvider.AUTO_MODE && existingCluster) {
    problems.push(
      'nodeProvider: expected managed groups or Karpenter for existingCluster, got Auto Mode; it is a setting of the cluster',
    );
  }
  if (nodeProvider === NodeProvider.KARPENTER && controllers.install === false) {
    problems.push(
      'nodeProvider: expected managed groups beside controllers.install: false, got Karpenter; the one that the cluster has starts nodes by its own identity: give it pools of its own and count them in capacity, or let Karpenter be installed here',
    );
  }
  if (controllers.storage?.existingClass !== undefined && controllers.storage.provisioner !== undefined)
    beside('controllers.storage.provisioner', 'existingClass', 'the class has its own');
  if (Token.isUnresolved(clusterName)) {
    problems.push(
      'clusterName: expected the name of the cluster as plain text, got a value that only the deployment knows; name it',
    );
  } else if (!/^[A-Za-z0-9][\w-]{0,43}$/.test(clusterName)) {
    problems.push(
      `clusterName: expected letters, digits, hyphens and underscores, at most 44, got "${clusterName}"; it becomes part of names of roles and functions`,
    );
  }
  const { systemNodes = 2, access = {} } = cluster ?? {};
  if (!Token.isUnresolved(systemNodes) && (!Number.isInteger(systemNodes) || systemNodes < 2)) {
    problems.push(
      `cluster.systemNodes: expected a whole number from 2, got ${systemNodes}; DNS and the rollout controller must survive the loss of a node`,
    );
  }
  if (props.prometheusAddress !== undefined)
    problems.push(...httpAddressProblems('prometheusAddress', props.prometheusAddress));
  problems.push(...accessProblems(access, stack).map((problem) => `cluster.${problem}`));
  return problems;
}
