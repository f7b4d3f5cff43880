import { RemovalPolicy, type Stack, Token } from 'aws-cdk-lib';
import { httpAddressProblems } from '../checks/http-address';
import { isUnresolved } from '../checks/unresolved';
import { accessProblems } from '../cluster/cluster-access';
import { addonProblems } from '../cluster/cluster-addons';
import { NodeOperatingSystem, problemsOfImageVersion } from '../cluster/node-operating-system';
import { checkCidr } from '../network/cidr';
import { checkNatGateways, checkZones } from '../network/zones';
import { NodeProvider } from '../nodes/node-provider';
import { clusterProblems, privateSubnetProblems } from './existing-cluster';
import type { LlmPlatformProps } from './llm-platform-props';
import type { ModelCapacity } from './platform-base';

/** What is wrong with the props of a platform, one problem per line. */
export function platformProblems(props: LlmPlatformProps, clusterName: string, stack: Stack): string[] {
  const { network, vpc, cluster, existingCluster, nodeProvider } = props;
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
  problems.push(...privateSubnetProblems(vpc, existingCluster));
  if (existingCluster) problems.push(...clusterProblems(existingCluster, vpc, props.controllers?.install));
  else if (props.controllers?.install === false)
    problems.push(
      'controllers.install: expected true for a new cluster, got false; it has no Argo Rollouts, Prometheus or storage class yet, leave it out',
    );
  if (cluster && existingCluster) beside('cluster', 'existingCluster', 'whoever made the cluster decides that');
  if (nodeProvider === NodeProvider.AUTO_MODE && existingCluster) {
    problems.push(
      'nodeProvider: expected managed groups or Karpenter for existingCluster, got Auto Mode; it is a setting of the cluster',
    );
  }
  if (Token.isUnresolved(clusterName)) {
    problems.push(
      'clusterName: expected the name of the cluster as plain text, got a value that only the deployment knows; name it',
    );
  } else if (!/^[A-Za-z0-9][\w-]{0,43}$/.test(clusterName)) {
    problems.push(
      `clusterName: expected letters, digits, hyphens and underscores, at most 44, got "${clusterName}"; it becomes part of names of roles and functions`,
    );
  }
  const { systemNodes = 2, access = {}, addonVersions, systemImageVersion } = cluster ?? {};
  if (!Token.isUnresolved(systemNodes) && (!Number.isInteger(systemNodes) || systemNodes < 2)) {
    problems.push(
      `cluster.systemNodes: expected a whole number from 2, got ${systemNodes}; DNS and the rollout controller must survive the loss of a node`,
    );
  }
  if (props.prometheusAddress !== undefined)
    problems.push(...httpAddressProblems('prometheusAddress', props.prometheusAddress));
  const image = { operatingSystem: NodeOperatingSystem.BOTTLEROCKET, version: systemImageVersion };
  problems.push(
    ...[
      ...accessProblems(access, stack),
      ...addonProblems(addonVersions),
      ...problemsOfImageVersion('systemImageVersion', image, 'node-group'),
    ].map((problem) => `cluster.${problem}`),
    ...capacityProblems(props.capacity),
  );
  if (props.removalPolicy === RemovalPolicy.SNAPSHOT)
    problems.push(
      'removalPolicy: expected DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE, got SNAPSHOT; there is no snapshot of a platform',
    );
  return problems;
}

function capacityProblems(capacity: ModelCapacity | undefined): string[] {
  return Object.entries({ gpus: capacity?.gpus, pods: capacity?.pods })
    .filter(([, amount]) => amount !== undefined && !(Number.isInteger(amount) && amount >= 0))
    .map(
      ([option, amount]) =>
        `capacity.${option}: expected a whole number from 0, got ${isUnresolved(amount) ? 'a deploy-time value' : amount}; it is part of the quota of the models' namespace`,
    );
}
