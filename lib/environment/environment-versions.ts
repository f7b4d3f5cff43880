import { ADDONS } from '../../constructs/cluster/cluster-addons';
import { kubernetesVersionProblems } from '../../constructs/cluster/cluster-problems';
import { KUBERNETES_VERSIONS } from '../../constructs/cluster/facts';
import { CompileCache } from '../../constructs/nodes';
import { NodeOperatingSystem, problemsOfImageVersion } from '../../constructs/cluster/node-operating-system';
import type { EnvironmentConfig } from './environment-config';
import { createdCluster, kubernetesVersionOf } from './nodes/node-types';

/** Names of the EKS add-ons of a new cluster. */
export function addonsOf(environment: EnvironmentConfig): string[] {
  return [...ADDONS, ...(createdCluster(environment)?.nodes?.compileCache ? [CompileCache.ADDON_NAME] : [])];
}

/**
 * What is wrong with the versions of a new cluster, one problem per line: of Kubernetes, its add-ons and the image of its system
 * nodes. What is not pinned changes with the day on which it is made, and never again.
 */
export function versionProblems(environment: EnvironmentConfig): string[] {
  const created = createdCluster(environment);
  if (!created) return [];
  const { kubernetesVersion, systemImageVersion, addonVersions = {} } = created;
  const version = kubernetesVersionOf(environment);
  const addons = addonsOf(environment);
  const problems = [
    ...kubernetesVersionProblems('kubernetesVersion', version),
    ...problemsOfImageVersion(
      'systemImageVersion',
      { operatingSystem: NodeOperatingSystem.BOTTLEROCKET, version: systemImageVersion },
      'node-group',
    ),
    ...Object.entries(addonVersions).flatMap(([addon, addonVersion]) =>
      addonProblems(addon, addonVersion, addons, version),
    ),
    ...(environment.requirePins ? unpinned({ kubernetesVersion, systemImageVersion }, addonVersions, addons) : []),
  ];
  return problems.map((problem) => `cluster.create.${problem}`);
}

function addonProblems(addon: string, addonVersion: string, addons: readonly string[], version: string): string[] {
  const path = `addonVersions["${addon}"]`;
  if (!addons.includes(addon))
    return [
      `${path}: expected one of ${addons.join(', ')}, got ${JSON.stringify(addon)}; correct the name, or leave it out`,
    ];
  const [, minor] = /^v(\d+\.\d+)\.\d+(-\w+)?-eksbuild\.\d+$/.exec(addonVersion) ?? [];
  if (minor === undefined)
    return [
      `${path}: expected a version of an add-on, got ${JSON.stringify(addonVersion)}; write it like v1.22.4-eksbuild.3`,
    ];
  return addon === 'kube-proxy' && KUBERNETES_VERSIONS.includes(version) && minorOf(minor) > minorOf(version)
    ? [
        `${path}: expected at most Kubernetes ${version}, the version of the cluster, got ${JSON.stringify(addonVersion)}; raise kubernetesVersion first`,
      ]
    : [];
}

function unpinned(
  versions: Readonly<Record<string, string | undefined>>,
  addonVersions: Readonly<Record<string, string>>,
  addons: readonly string[],
): string[] {
  const command = 'npm run preflight prints the newest';
  return [
    ...Object.entries(versions)
      .filter(([, value]) => value === undefined)
      .map(([prop]) => `${prop}: expected a version with requirePins, got none; ${command}`),
    ...addons
      .filter((addon) => addonVersions[addon] === undefined)
      .map((addon) => `addonVersions["${addon}"]: expected a version with requirePins, got none; ${command}`),
  ];
}

function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}
