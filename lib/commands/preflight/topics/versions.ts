import { KUBERNETES_VERSIONS } from '../../../../constructs/cluster/facts';
import { NodeOperatingSystem } from '../../../../constructs/cluster';
import { type NodeRequirements, NodeImage } from '../../../../constructs/nodes';
import { deviceKind } from '../../../../constructs/nodes/devices';
import type { EnvironmentConfig } from '../../../environment/environment-config';
import { addonsOf } from '../../../environment/environment-versions';
import { nodeRequirements } from '../../../environment/nodes/node-requirements';
import {
  createdCluster,
  kubernetesVersionOf,
  nodeTypeOf,
  provisioningKind,
  typePath,
} from '../../../environment/nodes/node-types';
import { type AccountReader } from '../aws-account';
import { type Check, check, type CheckContext, ok, problem, warning } from '../check';

const RUNBOOK = 'docs/runbooks/kubernetes-upgrade.md';

/** An image whose releases AWS publishes as parameters of Systems Manager. */
interface ImageToFind {
  readonly name: string;
  /** Where the data of the environment has its version. */
  readonly place: string;
  readonly pinned?: string;
  /** Parameter of the newest release. */
  readonly newest: string;
  /** Parameter of the pinned release; undefined where it is not known whether it is published by its version. */
  readonly own?: string;
  /** What the environment would say of a release. */
  readonly spell: (release: string) => string;
}

/**
 * How far the versions of an environment are behind what AWS has: Kubernetes, its add-ons, images of nodes. What is behind is a
 * warning, what AWS does not have would fail the deployment.
 */
export const versionChecks = ({ environment, account }: CheckContext): Check[] =>
  createdCluster(environment)
    ? [
        kubernetesCheck(environment, account),
        ...addonChecks(environment, account),
        ...imagesOf(environment).map((image) => imageCheck(image, account)),
      ]
    : [];

function kubernetesCheck(environment: EnvironmentConfig, account: AccountReader): Check {
  const version = kubernetesVersionOf(environment);
  return check('Version: Kubernetes', version, async () => {
    const offered = await account.kubernetesReleases();
    const newest = KUBERNETES_VERSIONS.findLast((candidate) =>
      offered.some((release) => release.version === candidate),
    );
    const own = offered.find((release) => release.version === version);
    if (own === undefined)
      return problem('not offered', `take one of ${offered.map((release) => release.version).join(', ')}`);
    const support = own.endOfStandardSupport === undefined ? '' : `standard support until ${own.endOfStandardSupport}`;
    if (!own.standardSupport)
      return warning(
        'extended support',
        `the control plane costs 0.60 instead of 0.10 USD/h (438 instead of 73 USD a month); ${RUNBOOK}`,
      );
    return newest === undefined || newest === version
      ? ok(support || 'newest')
      : warning(
          `${newest} is offered${support && `, ${support}`}`,
          `raise kubernetesVersion one minor version at a time: ${RUNBOOK}`,
        );
  });
}

function addonChecks(environment: EnvironmentConfig, account: AccountReader): Check[] {
  const kubernetesVersion = kubernetesVersionOf(environment);
  const pinned = createdCluster(environment)?.addonVersions ?? {};
  return addonsOf(environment).map((addon) =>
    check(`Version: ${addon}`, pinned[addon] ?? 'not pinned', async () => {
      const versions = await account.addonVersions(addon, kubernetesVersion);
      const [newest] = versions;
      if (newest === undefined)
        return problem(
          'none',
          `EKS has no ${addon} for Kubernetes ${kubernetesVersion}; choose another version of Kubernetes`,
        );
      if (pinned[addon] === newest) return ok('newest');
      const advice = `cluster.create.addonVersions: '${addon}': '${newest}'`;
      return pinned[addon] === undefined || versions.includes(pinned[addon])
        ? warning(newest, advice)
        : problem(`no such version for Kubernetes ${kubernetesVersion}`, advice);
    }),
  );
}

function imagesOf(environment: EnvironmentConfig): ImageToFind[] {
  const kubernetesVersion = kubernetesVersionOf(environment);
  const provisioning = provisioningKind(environment);
  const asIs = (release: string) => release;
  const system = bottlerocket(
    'system nodes',
    'cluster.create.systemImageVersion',
    createdCluster(environment)?.systemImageVersion,
    `aws-k8s-${kubernetesVersion}`,
    asIs,
  );
  if (provisioning === 'auto-mode') return [system];
  // Karpenter's names leave out the commit of Bottlerocket, and the version of Kubernetes of Amazon Linux.
  const shorten = (pattern: RegExp) => (release: string) =>
    provisioning === 'karpenter' ? `v${pattern.exec(release)?.[1] ?? release}` : release;
  return [
    system,
    ...nodeRequirements(environment).map((requirements) => {
      const { accelerator, image = NodeImage.defaultFor(accelerator) } = requirements;
      const neuron = deviceKind(accelerator) === 'neuron';
      const name = `nodes ${accelerator.instanceType}`;
      if (image.operatingSystem === NodeOperatingSystem.BOTTLEROCKET) {
        return bottlerocket(
          name,
          placeOf(requirements, environment),
          image.version,
          `aws-k8s-${kubernetesVersion}${neuron ? '' : '-nvidia'}`,
          shorten(/^(\d+\.\d+\.\d+)/),
        );
      }
      const parameter = `/aws/service/eks/optimized-ami/${kubernetesVersion}/amazon-linux-2023/x86_64/${neuron ? 'neuron' : 'nvidia'}/recommended/release_version`;
      return {
        name,
        place: placeOf(requirements, environment),
        pinned: image.version,
        newest: parameter,
        spell: shorten(/-(\d{8})$/),
      };
    }),
  ];
}

function bottlerocket(
  name: string,
  place: string,
  pinned: string | undefined,
  variant: string,
  spell: (release: string) => string,
): ImageToFind {
  const folder = `/aws/service/bottlerocket/${variant}/x86_64`;
  return {
    name,
    place,
    pinned,
    newest: `${folder}/latest/image_version`,
    own: pinned && `${folder}/${pinned.replace(/^v/, '')}/image_version`,
    spell,
  };
}

function placeOf({ accelerator: { instanceType } }: NodeRequirements, environment: EnvironmentConfig): string {
  const { version, operatingSystem } = nodeTypeOf(environment, instanceType).image ?? {};
  return version === undefined && operatingSystem !== 'al2023'
    ? 'cluster.create.nodes.bottlerocketVersion'
    : `${typePath(instanceType)}.image.version`;
}

function imageCheck({ name, place, pinned, newest, own, spell }: ImageToFind, account: AccountReader): Check {
  return check(`Image: ${name}`, pinned ?? 'not pinned', async () => {
    const release = await account.parameter(newest);
    if (release === undefined)
      return problem('none', `AWS publishes no image as ${newest}; choose another version of Kubernetes`);
    const advice = `${place}: '${spell(release)}'`;
    if (pinned === spell(release)) return ok('newest');
    const missing = own !== undefined && (await account.parameter(own)) === undefined;
    return missing ? problem('no such image', advice) : warning(spell(release), advice);
  });
}
