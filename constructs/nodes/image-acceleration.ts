import { isUnresolved } from '../checks/unresolved';
import type { Accelerator } from '../gpu/accelerator';
import { NodeOperatingSystem } from '../cluster/node-operating-system';
import { type NodeImage } from './node-image';

/** Throughput of a gp3 volume below which SOCI makes pulls slower, MiB/s; from nodeadm's documentation of FastImagePull. */
export const SOCI_THROUGHPUT_MIBPS = 600;

/** Least vCPUs of an instance on which nodeadm's documentation recommends FastImagePull: those of a 2xlarge. */
const SOCI_VCPUS = 8;

/** Options of `ImageAcceleration.dataVolumeSnapshot`. */
export interface SnapshotOptions {
  /** EBS snapshot of a Bottlerocket data volume on which the images have been pulled, such as `snap-0123456789abcdef0`. */
  readonly snapshotId: string;

  /**
   * Rate at which a new volume is filled from the snapshot, whole MiB/s from 100 to 300. It is paid for.
   *
   * @default - none is reserved: blocks come as they are read, slowly
   */
  readonly initializationRateMibps?: number;
}

/** How a new node gets images, of 10 to 20 GB, faster than one layer after another. */
export class ImageAcceleration {
  /** The container runtime's own pull. */
  public static none(): ImageAcceleration {
    return new ImageAcceleration('none');
  }

  /**
   * SOCI's parallel pull and unpack. It takes any image as it is, and needs a data volume of 600 MiB/s, which it gets.
   *
   * @see https://github.com/awslabs/amazon-eks-ami/blob/main/nodeadm/doc/examples.md
   */
  public static soci(): ImageAcceleration {
    return new ImageAcceleration('soci');
  }

  /** The images are on the data volume when the node starts. A new image needs a new snapshot, or is pulled as ever. */
  public static dataVolumeSnapshot(options: SnapshotOptions): ImageAcceleration {
    return new ImageAcceleration('snapshot', options);
  }

  private constructor(
    /** `none`, `soci` or `snapshot`. */
    public readonly kind: string,
    /** The snapshot, if it is one. */
    public readonly snapshot?: SnapshotOptions,
  ) {}
}

/** What is wrong with an acceleration of images on some nodes, each with what to do. */
export function imageAccelerationProblems(
  { kind, snapshot }: ImageAcceleration,
  accelerator: Accelerator,
  image: NodeImage,
  localStorage: boolean,
): string[] {
  const problems: string[] = [];
  const add = (expected: string, got: string, remedy: string, prop = 'imageAcceleration') =>
    problems.push(`${prop}: expected ${expected}, got ${got}; ${remedy}`);
  const onBottlerocket = image.operatingSystem === NodeOperatingSystem.BOTTLEROCKET;
  if (kind === 'soci' && !onBottlerocket && accelerator.vcpus < SOCI_VCPUS) {
    add(
      `at least ${SOCI_VCPUS} vCPUs for FastImagePull`,
      `${accelerator.vcpus} of ${accelerator.instanceType}`,
      'take a larger size, or Bottlerocket with a snapshot',
    );
  }
  if (snapshot) {
    const { snapshotId, initializationRateMibps: rate } = snapshot;
    if (!onBottlerocket)
      add('Bottlerocket for a snapshot of its data volume', image.operatingSystem, 'use ImageAcceleration.soci()');
    if (localStorage)
      add(
        'images on the data volume',
        'localStorage: true, which moves them to the local disks',
        'leave one of the two out',
      );
    if (!isUnresolved(snapshotId) && !/^snap-[0-9a-f]+$/.test(snapshotId))
      add(
        'the id of an EBS snapshot',
        JSON.stringify(snapshotId),
        'it starts with snap-',
        'imageAcceleration.snapshotId',
      );
    if (rate !== undefined && !isUnresolved(rate) && !(Number.isInteger(rate) && rate >= 100 && rate <= 300)) {
      add(
        'a whole number of MiB/s from 100 to 300',
        String(rate),
        'take a rate in that range or leave it out',
        'imageAcceleration.initializationRateMibps',
      );
    }
  }
  return problems;
}
