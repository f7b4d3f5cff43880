import { isUnresolved } from '../checks/unresolved';
import { type NodeImage, NodeOperatingSystem } from './node-image';

/** Who looks a version of an image up; each knows it by another name. */
export type ImageFinder = 'node-group' | 'karpenter';

interface VersionFormat {
  readonly pattern: RegExp;
  readonly example: string;
}

/** How a version is written. Anything else is refused in the middle of a deployment. */
const FORMATS: Readonly<Record<ImageFinder, Readonly<Record<NodeOperatingSystem, VersionFormat>>>> = {
  'node-group': {
    [NodeOperatingSystem.BOTTLEROCKET]: { pattern: /^\d+\.\d+\.\d+-[0-9a-f]{8}$/, example: '1.47.0-6154605b' },
    [NodeOperatingSystem.AMAZON_LINUX_2023]: { pattern: /^\d+\.\d+\.\d+-\d{8}$/, example: '1.36.0-20261101' },
  },
  karpenter: {
    [NodeOperatingSystem.BOTTLEROCKET]: { pattern: /^v?\d+\.\d+\.\d+$/, example: 'v1.63.0' },
    [NodeOperatingSystem.AMAZON_LINUX_2023]: { pattern: /^v\d{8}$/, example: 'v20261101' },
  },
};

const FINDERS: Readonly<Record<ImageFinder, string>> = { 'node-group': 'managed node groups', karpenter: 'Karpenter' };

/**
 * What is wrong with the version of an image for who looks it up.
 *
 * @param option the option, as its user wrote it
 */
export function problemsOfImageVersion(
  option: string,
  { operatingSystem, version }: NodeImage,
  finder: ImageFinder,
): string[] {
  if (version === undefined || isUnresolved(version)) return [];
  const { pattern, example } = FORMATS[finder][operatingSystem];
  return pattern.test(version)
    ? []
    : [
        `${option}: expected a release of ${operatingSystem} as ${FINDERS[finder]} name it, got ${JSON.stringify(version)}; write it like ${example}`,
      ];
}
