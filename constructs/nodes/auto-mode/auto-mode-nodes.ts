import * as cdk8s from 'cdk8s';
import { Duration } from 'aws-cdk-lib';
import type * as eks from 'aws-cdk-lib/aws-eks-v2';
import type { Construct } from 'constructs';
import { mebibytes } from '../../checks/sizes';
import type { AutoMode } from './auto-mode';
import { AutoModeNodeClassChart } from './auto-mode-node-class-chart';
import { nameOf } from '../devices';
import { SOCI_THROUGHPUT_MIBPS } from '../image-acceleration';
import { capacityTypes } from '../karpenter/karpenter-nodes';
import { drainOf, type NodeRequirements, resolveNodeRequirements } from '../node-requirements';
import { nodeSubnets, problemsOfSubnets } from '../node-network';
import { NodePoolChart } from '../node-pool-chart';
import { spotNotices } from '../node-notices';
import { problem, problemsOfRequirements, problemsOfDrain, problemsOfLocalDisks } from '../node-problems';
import type { INodeProvisioning, ProvisionedNodes } from '../node-provisioning';

/** Properties of `AutoModeNodes`. */
export interface AutoModeNodesProps {
  /** Cluster with Auto Mode. */
  readonly cluster: eks.ICluster;

  /** Auto Mode of the cluster. */
  readonly autoMode: AutoMode;
}

/** Longest life of a node of Auto Mode, with its drain: EKS ends it after 21 days whatever its pool says. */
const LONGEST_LIFE = Duration.days(21);

/** Age at which nodes are replaced: the default of Auto Mode. */
const EXPIRE_AFTER = Duration.days(14);

/** Nodes that EKS Auto Mode starts when a pod asks for them. EKS chooses image, driver and device plugin. */
export class AutoModeNodes implements INodeProvisioning {
  constructor(private readonly props: AutoModeNodesProps) {}

  public problemsOf(requirements: NodeRequirements): string[] {
    const { imageAcceleration, pods, coldStartSeconds } = resolveNodeRequirements(requirements);
    const drainTimeout = drainTimeoutOf(requirements);
    const problems = [
      ...problemsOfRequirements(requirements),
      ...problemsOfSubnets(this.props.cluster.vpc, requirements.availabilityZone),
      ...problemsOfDrain(drainTimeout, pods, coldStartSeconds),
    ];
    const refuse = (prop: string, got: string, remedy: string) =>
      problems.push(problem(prop, 'what EKS Auto Mode lets one choose', got, remedy));
    if (requirements.image)
      refuse('image', `${requirements.image.operatingSystem} by name`, 'leave it out, EKS chooses the image');
    if (requirements.sharing) refuse('sharing', requirements.sharing.strategy, 'use managed node groups');
    if (requirements.efa) refuse('efa', 'true', 'use Karpenter, whose class names interfaces and placement group');
    if (requirements.localStorage)
      refuse('localStorage', 'true', 'leave it out, EKS uses local disks where there are some');
    else if (mebibytes(requirements.accelerator.localStorage) > 0) problems.push(...problemsOfLocalDisks(requirements));
    if (imageAcceleration.snapshot) refuse('imageAcceleration', 'a snapshot', 'use ImageAcceleration.soci() or none');
    if (
      !drainTimeout.isUnresolved() &&
      drainTimeout.plus(EXPIRE_AFTER).toSeconds({ integral: false }) > LONGEST_LIFE.toSeconds()
    ) {
      problems.push(
        problem(
          'drainTimeout',
          `at most ${LONGEST_LIFE.minus(EXPIRE_AFTER).toDays()} days, because EKS ends a node after ${LONGEST_LIFE.toDays()} days`,
          drainTimeout.toHumanString(),
          'take less',
        ),
      );
    }
    return problems;
  }

  public bind(scope: Construct, requirements: NodeRequirements): ProvisionedNodes {
    const { accelerator, nodes, capacity, imageAcceleration, dataVolumeSize, ...rest } =
      resolveNodeRequirements(requirements);
    const problems = this.problemsOf(requirements);
    if (problems.length > 0)
      throw new Error(problems.map((line) => `${scope.node.path}: ${accelerator.instanceType}: ${line}`).join('\n'));
    const { cluster, autoMode } = this.props;
    // Not the name of Karpenter's pool: a pool can never change the kind of its class.
    const name = `${nameOf(accelerator)}-auto`;
    const app = new cdk8s.App();
    const nodeClass = new AutoModeNodeClassChart(app, `class-${name}`, {
      name,
      role: autoMode.nodeRole.roleName,
      subnetIds: cluster.vpc.selectSubnets(nodeSubnets(rest.availabilityZone)).subnetIds,
      securityGroupIds: [cluster.clusterSecurityGroupId],
      storageGib: dataVolumeSize.toGibibytes(),
      storageThroughputMibps: imageAcceleration.kind === 'soci' ? SOCI_THROUGHPUT_MIBPS : undefined,
      capacityReservationIds: capacity.reserved ? capacity.reservationIds : undefined,
    });
    const pool = new NodePoolChart(app, `pool-${name}`, {
      name,
      instanceType: accelerator.instanceType,
      deviceResource: accelerator.deviceResource,
      devices: Math.max(nodes, rest.standingNodes + 1) * accelerator.gpus,
      nodeClass: { group: 'eks.amazonaws.com', kind: 'NodeClass', name },
      capacityTypes: capacityTypes(capacity),
      requirements:
        rest.availabilityZone === undefined ? undefined : { 'topology.kubernetes.io/zone': [rest.availabilityZone] },
      consolidateAfterSeconds: rest.consolidateAfter.toSeconds(),
      terminationGracePeriodSeconds: drainTimeoutOf(requirements).toSeconds(),
      expireAfterSeconds: EXPIRE_AFTER.toSeconds(),
    });
    return {
      charts: [nodeClass, pool],
      onDemand: true,
      controllers: [],
      resources: [],
      notices: spotNotices(requirements),
    };
  }
}

/** Nodes that started together grow old together, and EKS replaces them outside of disruption budgets: the pods of all of them leave then. */
function drainTimeoutOf(requirements: NodeRequirements): Duration {
  const { pods, coldStartSeconds } = resolveNodeRequirements(requirements);
  return requirements.drainTimeout ?? drainOf(pods, coldStartSeconds);
}
