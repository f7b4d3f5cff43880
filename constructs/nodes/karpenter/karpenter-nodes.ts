import * as cdk8s from 'cdk8s';
import type * as eks from 'aws-cdk-lib/aws-eks-v2';
import { Construct } from 'constructs';
import { controllersOf, imageLabels } from '../device-plugins';
import { nameOf } from '../devices';
import { Ec2NodeClassChart } from './ec2-node-class-chart';
import { efaInterfaces } from '../efa-interfaces';
import { EfaNetwork } from '../efa-network';
import { SOCI_THROUGHPUT_MIBPS } from '../image-acceleration';
import { InstanceTags } from './instance-tags';
import type { KarpenterController } from './karpenter-controller';
import { CapacityKind, type NodeCapacity } from '../node-capacity';
import { type NodeRequirements, resolveNodeRequirements } from '../node-requirements';
import { NodeOperatingSystem, problemsOfImageVersion } from '../../cluster/node-operating-system';
import { nodeSubnets, problemsOfSubnets } from '../node-network';
import { NodePoolChart } from '../node-pool-chart';
import { spotNotices } from '../node-notices';
import { problem, problemsOfRequirements, problemsOfDrain } from '../node-problems';
import type { INodeProvisioning, ProvisionedNodes } from '../node-provisioning';
import { nodeUserData } from '../node-user-data';

/** Properties of `KarpenterNodes`. */
export interface KarpenterNodesProps {
  /** Cluster that the nodes join, with its VPC. */
  readonly cluster: eks.ICluster;

  /** Name of the cluster, for the names of its instances. */
  readonly clusterName: string;

  /** Karpenter's identity, and the profile of its nodes. */
  readonly controller: KarpenterController;
}

/** Nodes that Karpenter starts when a pod asks for them: a pool and a class for each instance type. */
export class KarpenterNodes implements INodeProvisioning {
  constructor(private readonly props: KarpenterNodesProps) {}

  public problemsOf(requirements: NodeRequirements): string[] {
    const problems = [
      ...problemsOfRequirements(requirements),
      ...problemsOfSubnets(this.props.cluster.vpc, requirements.availabilityZone),
    ];
    const { image, drainTimeout, podsPerNode, coldStartSeconds } = resolveNodeRequirements(requirements);
    problems.push(
      ...problemsOfImageVersion('image.version', image, 'karpenter'),
      ...problemsOfDrain(drainTimeout, podsPerNode, coldStartSeconds),
    );
    if (requirements.sharing) {
      problems.push(
        problem(
          'sharing',
          'whole GPUs, by which Karpenter counts',
          requirements.sharing.strategy,
          'use managed node groups for models that share a GPU',
        ),
      );
    }
    return problems;
  }

  public bind(scope: Construct, requirements: NodeRequirements): ProvisionedNodes {
    const { accelerator, nodes, capacity, image, imageAcceleration, localStorage, dataVolumeSize, efa, ...rest } =
      resolveNodeRequirements(requirements);
    const problems = this.problemsOf(requirements);
    if (problems.length > 0)
      throw new Error(problems.map((line) => `${scope.node.path}: ${accelerator.instanceType}: ${line}`).join('\n'));
    const { cluster, clusterName, controller } = this.props;
    const name = nameOf(accelerator);
    const fabric = efa
      ? new EfaNetwork(scope, `Efa-${name}`, {
          vpc: cluster.vpc,
          placementGroup: capacity.kind !== CapacityKind.CAPACITY_BLOCK,
        })
      : undefined;
    const tags = new InstanceTags(scope, `Tags-${name}`, {
      instanceName: `${clusterName}-${accelerator.instanceType}`,
    });
    const app = new cdk8s.App();
    const nodeClass = new Ec2NodeClassChart(app, `class-${name}`, {
      name,
      imageAlias: image.karpenterAlias,
      instanceProfile: controller.instanceProfile.instanceProfileName,
      subnetIds: cluster.vpc.selectSubnets(nodeSubnets(rest.availabilityZone)).subnetIds,
      securityGroupIds: [cluster.clusterSecurityGroupId, ...(fabric ? [fabric.securityGroup.securityGroupId] : [])],
      tags: tags.all.toString(),
      dataVolumeGib: dataVolumeSize.toGibibytes(),
      separateDataVolume: image.operatingSystem === NodeOperatingSystem.BOTTLEROCKET,
      dataVolumeThroughputMibps: imageAcceleration.kind === 'soci' ? SOCI_THROUGHPUT_MIBPS : undefined,
      dataVolumeSnapshotId: imageAcceleration.snapshot?.snapshotId,
      dataVolumeInitializationRateMibps: imageAcceleration.snapshot?.initializationRateMibps,
      localStorage,
      capacityReservationIds: capacity.reserved ? capacity.reservationIds : undefined,
      networkInterfaces: efa ? efaInterfaces(accelerator) : undefined,
      placementGroup: fabric?.placementGroup?.placementGroupName,
      // Karpenter itself mounts the local disks, by the policy of its class.
      userData: nodeUserData({ accelerator, image, imageAcceleration, mountLocalStorage: false }),
    });
    const pool = new NodePoolChart(app, `pool-${name}`, {
      name,
      instanceType: accelerator.instanceType,
      deviceResource: accelerator.deviceResource,
      devices: Math.max(nodes, rest.standingNodes + 1) * accelerator.gpus,
      nodeClass: { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', name },
      capacityTypes: capacityTypes(capacity),
      requirements: {
        ...(capacity.kind === CapacityKind.CAPACITY_BLOCK
          ? { 'karpenter.k8s.aws/capacity-reservation-type': ['capacity-block'] }
          : {}),
        ...(rest.availabilityZone === undefined ? {} : { 'topology.kubernetes.io/zone': [rest.availabilityZone] }),
      },
      labels: imageLabels({ accelerator, image }),
      consolidateAfterSeconds: rest.consolidateAfter.toSeconds(),
      terminationGracePeriodSeconds: rest.drainTimeout.toSeconds(),
    });
    return {
      charts: [nodeClass, pool],
      onDemand: true,
      controllers: controllersOf(requirements),
      resources: fabric ? [fabric] : [],
      notices: spotNotices(requirements),
    };
  }
}

/** What Karpenter calls the kinds of capacity. It takes reserved before Spot before on-demand nodes. */
export function capacityTypes({ kind, onDemandFallback }: NodeCapacity): string[] {
  const first: Readonly<Record<CapacityKind, string[]>> = {
    [CapacityKind.ON_DEMAND]: ['on-demand'],
    [CapacityKind.SPOT]: ['spot'],
    [CapacityKind.RESERVATION]: ['reserved'],
    [CapacityKind.CAPACITY_BLOCK]: ['reserved'],
  };
  return [...first[kind], ...(onDemandFallback ? ['on-demand'] : [])];
}
