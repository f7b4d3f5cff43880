import { planNodes } from '../../../environment/nodes/node-plan';
import { nodeTypeOf, provisioningKind } from '../../../environment/nodes/node-types';
import type { NodeTypeConfig } from '../../../environment/nodes/node-config';
import { type Check, check, type CheckContext, type Topic, findingIf, findingOf } from '../check';

/** What nodes are bought from and start from: reservations, blocks, Spot, snapshots. */
export const capacityChecks: Topic = (context) => {
  const { environment } = context;
  if (!('create' in environment.cluster)) return [];
  const types = planNodes(environment).map(({ accelerator: { instanceType }, nodes }) => ({
    instanceType,
    nodes,
    type: nodeTypeOf(environment, instanceType),
  }));
  const spot = types.some(({ type: { capacity } }) => capacity?.kind === 'spot');
  return [
    ...types.flatMap((nodes) => [reservationCheck(nodes, context), snapshotCheck(nodes.type, context)]),
    // Node groups have roles that make it themselves; the one of Karpenter and of Auto Mode may not.
    spot && provisioningKind(environment) !== 'managed-groups' && spotCheck(context),
  ];
};

interface TypeOfNodes {
  readonly instanceType: string;
  readonly nodes: number;
  readonly type: NodeTypeConfig;
}

function reservationCheck(
  { instanceType, nodes, type }: TypeOfNodes,
  { requirements, account }: CheckContext,
): Check | undefined {
  const { capacity, availabilityZone } = type;
  if (capacity?.kind !== 'reservation' && capacity?.kind !== 'capacity-block') return undefined;
  const isBlock = capacity.kind === 'capacity-block';
  const { reservationIds: ids } = capacity;
  const zones = availabilityZone === undefined ? requirements.zones : [availabilityZone];
  const name = `${isBlock ? 'Capacity block' : 'Capacity reservations'}: ${instanceType}`;
  return check(name, `${nodes} in ${zones.join(', ')}`, async () => {
    const known = await account.reservations(ids);
    const problems = ids.flatMap((id) => {
      const facts = known.get(id);
      if (facts === undefined) return [`${id} is not there`];
      return [
        ...(facts.instanceType === instanceType ? [] : [`${id} is of ${facts.instanceType}`]),
        ...(facts.isBlock === isBlock ? [] : [`${id} is a ${facts.isBlock ? 'capacity block' : 'reservation'}`]),
        ...(zones.includes(facts.zone) ? [] : [`${id} is in ${facts.zone}`]),
        ...(facts.state === 'active' ? [] : [`${id} is ${facts.state}`]),
      ];
    });
    const instances = ids.reduce((sum, id) => sum + (known.get(id)?.instances ?? 0), 0);
    const enough = instances >= nodes || ('onDemandFallback' in capacity && capacity.onDemandFallback === true);
    return findingOf(
      [...problems, ...(enough ? [] : [`${instances} instances`])],
      `${instances} instances`,
      `correct capacity of ${instanceType} in environments/; a block serves nodes from its start to its end only`,
    );
  });
}

function snapshotCheck(
  { imageAcceleration }: NodeTypeConfig,
  { account, environment: { region } }: CheckContext,
): Check | undefined {
  if (typeof imageAcceleration !== 'object') return undefined;
  const { snapshotId } = imageAcceleration;
  return check(`Snapshot of images: ${snapshotId}`, `completed, in ${region}`, async () => {
    const state = await account.snapshotState(snapshotId);
    return findingIf(
      state === 'completed',
      state ?? 'none',
      `no node starts without it: name a snapshot of ${region} that is completed, or wait for it`,
    );
  });
}

function spotCheck({ environment, account }: CheckContext): Check {
  const arn = `arn:aws:iam::${environment.account}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot`;
  return check('Role of the Spot service', 'AWSServiceRoleForEC2Spot', async () => {
    const found = await account.principal(arn);
    return findingIf(
      found !== undefined,
      found === undefined ? 'none' : 'there',
      'aws iam create-service-linked-role --aws-service-name spot.amazonaws.com',
    );
  });
}
