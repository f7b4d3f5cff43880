import { KubectlV36Layer } from '@aws-cdk/lambda-layer-kubectl-v36';
import type { Stack } from 'aws-cdk-lib';
import { deployTimeProblems, isUnresolved } from '../checks/unresolved';
import { isPrivateRange } from '../network/private-ranges';
import { accessProblems } from './cluster-access';
import { KUBERNETES_VERSION, KUBERNETES_VERSIONS } from './facts';
import type { LlmClusterOptions } from './llm-cluster-options';

/**
 * What is wrong with how a cluster is to be made, one problem per line.
 *
 * @param stack the stack of the cluster, for which accounts and partitions are resolved
 */
export function clusterOptionsProblems(options: LlmClusterOptions, stack: Stack): string[] {
  const { kubectlLayer, kubernetesVersion = KUBERNETES_VERSION, publicAccessCidrs = [], systemNodes, access } = options;
  // What another layer works with is for whoever brings it to know.
  const ownLayer = kubectlLayer === undefined || kubectlLayer instanceof KubectlV36Layer;
  return [
    ...(ownLayer ? kubernetesVersionProblems('kubernetesVersion', kubernetesVersion.version) : []),
    ...publicAccessProblems('publicAccessCidrs', publicAccessCidrs),
    ...(systemNodes === undefined ? [] : systemNodesProblems('systemNodes', systemNodes)),
    ...accessProblems(access ?? {}, stack),
  ];
}

/** Whether the name of a cluster can be part of the names made of it: the longest is a function's, which may have 64 characters. */
export function clusterNameProblems(prop: string, name: string): string[] {
  return /^[A-Za-z0-9][\w-]{0,43}$/.test(name)
    ? []
    : [
        `${prop}: expected letters, digits, hyphens and underscores, at most 44, got "${name}"; it becomes part of names of roles and functions`,
      ];
}

/** Whether the kubectl of the layer works with a version of Kubernetes. */
export function kubernetesVersionProblems(prop: string, version: string): string[] {
  return isUnresolved(version) || KUBERNETES_VERSIONS.includes(version)
    ? []
    : [
        `${prop}: expected one of ${KUBERNETES_VERSIONS.join(', ')}, got ${JSON.stringify(version)}; the layer with kubectl works with these`,
      ];
}

/** Whether a number of nodes for system pods survives the loss of one. */
export function systemNodesProblems(prop: string, nodes: number): string[] {
  const unknown = deployTimeProblems({ [prop]: nodes });
  if (unknown.length > 0) return unknown;
  return Number.isInteger(nodes) && nodes >= 2
    ? []
    : [
        `${prop}: expected a whole number from 2, got ${nodes}; DNS and the rollout controller must survive the loss of a node`,
      ];
}

/** Whether EKS lets ranges reach the public endpoint, and whether it should. */
export function publicAccessProblems(prop: string, cidrs: readonly string[]): string[] {
  const offices = 'the ranges of your offices or runners';
  return cidrs
    .filter((cidr) => !isUnresolved(cidr))
    .flatMap((cidr) => {
      const given = JSON.stringify(cidr);
      if (!isRange(cidr))
        return [`${prop}: expected IPv4 ranges in CIDR notation, got ${given}; write them like 203.0.113.0/24`];
      if (cidr.endsWith('/0'))
        return [`${prop}: expected ${offices}, got ${given}; the Kubernetes API would be open to everybody`];
      if (isPrivateRange(cidr))
        return [
          `${prop}: expected ${offices} as the internet sees them, got ${given}; private addresses reach the private endpoint alone, leave them out`,
        ];
      return [];
    });
}

function isRange(cidr: string): boolean {
  const [, ...numbers] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr)?.map(Number) ?? [];
  return numbers.length === 5 && numbers.slice(0, 4).every((octet) => octet <= 255) && numbers[4] <= 32;
}
