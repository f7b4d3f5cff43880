import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as eks from 'aws-cdk-lib/aws-eks-v2';
import { CapacityKind } from '../node-capacity';
import { type NodeRequirements, resolveNodeRequirements } from '../node-requirements';
import { problemsOfImageVersion } from '../image-version';
import { NodeOperatingSystem } from '../node-image';
import { problemsOfSubnets } from '../node-network';
import { problem, problemsOfRequirements } from '../node-problems';

/** What is wrong with node requirements that a managed node group is to meet. */
export function problemsOfGroup(
  requirements: NodeRequirements,
  vpc: ec2.IVpc,
  kubernetesVersion?: eks.KubernetesVersion,
): string[] {
  const { capacity, availabilityZone, image } = resolveNodeRequirements(requirements);
  const problems = [
    ...problemsOfRequirements(requirements),
    ...problemsOfSubnets(vpc, availabilityZone),
    ...problemsOfImageVersion('image.version', image, 'node-group'),
  ];
  const minor =
    image.operatingSystem === NodeOperatingSystem.AMAZON_LINUX_2023
      ? /^\d+\.\d+(?=\.)/.exec(image.version ?? '')?.[0]
      : undefined;
  if (minor !== undefined && kubernetesVersion !== undefined && minor !== kubernetesVersion.version) {
    problems.push(
      problem(
        'image.version',
        `a release of Kubernetes ${kubernetesVersion.version}, the version of the cluster`,
        JSON.stringify(image.version),
        'its first two numbers are those of Kubernetes',
      ),
    );
  }
  if (capacity.onDemandFallback) {
    problems.push(
      problem(
        'capacity',
        'one kind of capacity, because a node group has one',
        `${capacity.kind} with a fallback to on-demand nodes`,
        'use Karpenter, or give up the fallback',
      ),
    );
  }
  if (capacity.kind === CapacityKind.RESERVATION && capacity.reservationIds.length > 1) {
    problems.push(
      problem(
        'capacity',
        'one reservation, because a launch template names one',
        capacity.reservationIds.length,
        'use Karpenter, or one reservation',
      ),
    );
  }
  return problems;
}
