import { RemovalPolicy, type Stack, Token } from 'aws-cdk-lib';
import { httpAddressProblems } from '../checks/http-address';
import { deployTimeProblems, isUnresolved } from '../checks/unresolved';
import { addonProblems } from '../cluster/cluster-addons';
import { clusterNameProblems, clusterOptionsProblems } from '../cluster/cluster-problems';
import { NodeOperatingSystem, problemsOfImageVersion } from '../cluster/node-operating-system';
import { privateZonesProblems } from '../cluster/private-zones';
import { checkCidr, checkConnectedCidrs } from '../network/cidr';
import { checkDomains } from '../network/domains';
import { DEFAULT_CIDR } from '../network/private-ranges';
import { checkNatGateways, checkZones } from '../network/zones';
import { NodeProvider } from '../nodes/node-provider';
import { clusterProblems, nameProblems, privateSubnetProblems } from './existing-cluster';
import type { LlmPlatformProps } from './llm-platform-props';
import type { ModelCapacity } from './platform-base';
import { workloadAdmissionProblems } from './workload-admission';

/** What is wrong with the props of a platform, one problem per line. */
export function platformProblems(props: LlmPlatformProps, clusterName: string, stack: Stack): string[] {
  const { network, vpc, cluster, existingCluster, nodeProvider, controllers = {} } = props;
  const problems: string[] = [];
  const beside = (prop: string, other: string, remedy: string) =>
    problems.push(`${prop}: expected none beside ${other}, got it; ${remedy}`);
  if (network && vpc) beside('network', 'vpc', 'leave one of them out');
  if (network && existingCluster) beside('network', 'existingCluster', 'a cluster stays in its VPC, leave it out');
  if (network) {
    const { cidr, availabilityZones, natGateways, connectedCidrs, egress } = network;
    problems.push(
      ...[
        ...(cidr === undefined ? [] : checkCidr('cidr', cidr)),
        ...checkZones('availabilityZones', availabilityZones, stack.region),
        ...(natGateways === undefined ? [] : checkNatGateways('natGateways', natGateways, availabilityZones.length)),
        ...checkConnectedCidrs('connectedCidrs', connectedCidrs ?? [], cidr ?? DEFAULT_CIDR),
        ...(egress ? checkDomains('egress.allowedDomains', egress.allowedDomains) : []),
      ].map((problem) => `network.${problem}`),
    );
  }
  if (!network && !vpc && !existingCluster) {
    problems.push(
      "network: expected a new VPC, or vpc, got neither; name the zones, such as network: { availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'] }",
    );
  }
  const withoutSubnets = privateSubnetProblems(vpc, existingCluster);
  problems.push(...withoutSubnets);
  if (vpc && !existingCluster && withoutSubnets.length === 0) problems.push(...privateZonesProblems('vpc', vpc));
  if (existingCluster) problems.push(...clusterProblems(existingCluster, vpc, controllers.install));
  else if (controllers.install === false)
    problems.push(
      'controllers.install: expected true for a new cluster, got false; it has no Argo Rollouts, Prometheus or storage class yet, leave it out',
    );
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
  } else {
    problems.push(
      ...clusterNameProblems('clusterName', clusterName),
      ...(existingCluster ? nameProblems(existingCluster, clusterName) : []),
    );
  }
  if (props.admission) problems.push(...workloadAdmissionProblems('admission', props.admission));
  if (props.prometheusAddress !== undefined)
    problems.push(...httpAddressProblems('prometheusAddress', props.prometheusAddress));
  const image = { operatingSystem: NodeOperatingSystem.BOTTLEROCKET, version: cluster?.systemImageVersion };
  problems.push(
    ...[
      ...clusterOptionsProblems(cluster ?? {}, stack),
      ...addonProblems(cluster?.addonVersions),
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
  const amounts = { 'capacity.gpus': capacity?.gpus, 'capacity.pods': capacity?.pods };
  return [
    ...deployTimeProblems(amounts),
    ...Object.entries(amounts)
      .filter(
        ([, amount]) => amount !== undefined && !isUnresolved(amount) && !(Number.isInteger(amount) && amount >= 0),
      )
      .map(
        ([option, amount]) =>
          `${option}: expected a whole number from 0, got ${amount}; it is part of the quota of the models' namespace`,
      ),
  ];
}
