import type { Accelerator } from '../gpu/accelerator';
import type { GpuSharing } from './gpu-sharing';
import type { ImageAcceleration } from './image-acceleration';
import { NodeOperatingSystem } from '../cluster/node-operating-system';
import { type NodeImage } from './node-image';

/** What the settings of a node depend on. */
export interface NodeUserDataProps {
  readonly accelerator: Accelerator;
  readonly image: NodeImage;
  readonly imageAcceleration: ImageAcceleration;
  readonly sharing?: GpuSharing;
  /** Whether the settings also move images and pods to the local disks; Karpenter adds that itself. */
  readonly mountLocalStorage: boolean;
}

/** Settings of a node beyond those of its image, in the image's own language; undefined when there are none. */
export function nodeUserData(props: NodeUserDataProps): string | undefined {
  return props.image.operatingSystem === NodeOperatingSystem.BOTTLEROCKET
    ? bottlerocketSettings(props)
    : nodeConfig(props);
}

/** TOML. EKS and Karpenter add their own settings to it. */
function bottlerocketSettings({
  accelerator,
  imageAcceleration,
  sharing,
  mountLocalStorage,
}: NodeUserDataProps): string | undefined {
  const soci = imageAcceleration.kind === 'soci';
  // SOCI keeps images in a directory of its own.
  const directories = [
    '/var/lib/containerd',
    '/var/lib/kubelet',
    '/var/log/pods',
    ...(soci ? ['/var/lib/soci-snapshotter'] : []),
  ];
  const sections = [
    ...(soci
      ? [
          '[settings.container-runtime]\nsnapshotter = "soci"',
          '[settings.container-runtime-plugins.soci-snapshotter]\npull-mode = "parallel-pull-unpack"',
        ]
      : []),
    ...(sharing ? [sharing.bottlerocketSettings(accelerator)] : []),
    ...(mountLocalStorage
      ? [
          [
            '[settings.bootstrap-commands.local-storage]',
            `commands = [["apiclient", "ephemeral-storage", "init"], ${JSON.stringify(['apiclient', 'ephemeral-storage', 'bind', '--dirs', ...directories])}]`,
            'essential = true',
            'mode = "always"',
          ].join('\n'),
        ]
      : []),
  ];
  return sections.length === 0 ? undefined : `${sections.join('\n\n')}\n`;
}

/** A NodeConfig for nodeadm, as a part of the MIME archive that EKS and Karpenter merge with theirs. */
function nodeConfig({ imageAcceleration, mountLocalStorage }: NodeUserDataProps): string | undefined {
  const spec = [
    ...(imageAcceleration.kind === 'soci' ? ['  featureGates:', '    FastImagePull: true'] : []),
    ...(mountLocalStorage ? ['  instance:', '    localStorage:', '      strategy: RAID0'] : []),
  ];
  if (spec.length === 0) return undefined;
  return [
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="node"',
    '',
    '--node',
    'Content-Type: application/node.eks.aws',
    '',
    'apiVersion: node.eks.aws/v1alpha1',
    'kind: NodeConfig',
    'spec:',
    ...spec,
    '',
    '--node--',
    '',
  ].join('\n');
}
