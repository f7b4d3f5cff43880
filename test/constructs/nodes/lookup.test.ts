import { type App, Annotations, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Accelerator, LlmPlatform, NodeProvider } from '../../../constructs';
import { testApp } from '../../support/app';

const env = { account: '111111111111', region: 'us-east-1' };

function nodesIn(availabilityZone: string, nodeProvider: NodeProvider, context?: Record<string, unknown>): App {
  const app = testApp({ context });
  const stack = new Stack(app, 'llm', { env });
  // The subnets belong to nobody.
  Annotations.of(stack).acknowledgeWarning('@aws-cdk/aws-eks:clusterMustManuallyTagSubnet');
  const vpc = ec2.Vpc.fromLookup(stack, 'Vpc', { vpcId: 'vpc-1' });
  new LlmPlatform(stack, 'Platform', { vpc, nodeProvider }).addNodes(new Stack(app, 'gpus', { env }), 'Gpus', {
    accelerator: Accelerator.G6E_XLARGE,
    nodes: 2,
    availabilityZone,
  });
  return app;
}

describe.each(Object.values(NodeProvider))('nodes by %s in one zone of a VPC that is looked up', (provider) => {
  test('let the CLI learn what to look up', () => {
    expect(nodesIn('us-east-1a', provider).synth().manifest.missing).toHaveLength(1);
  });

  test('are refused in another zone once it is known', () => {
    const [missing] = nodesIn('us-east-1a', provider).synth().manifest.missing!;
    const found = {
      vpcId: 'vpc-1',
      vpcCidrBlock: '10.0.0.0/16',
      availabilityZones: [],
      subnetGroups: ['Public', 'Private'].map((type) => ({
        name: type,
        type,
        subnets: ['a', 'b'].map((zone) => ({
          subnetId: `subnet-${type}-${zone}`,
          cidr: '10.0.0.0/24',
          availabilityZone: `us-east-1${zone}`,
          routeTableId: 'rtb-1',
        })),
      })),
    };
    const context = { [missing.key]: found };
    expect(() => nodesIn('us-east-1a', provider, context)).not.toThrow();
    expect(() => nodesIn('us-east-1f', provider, context)).toThrow(
      'availabilityZone: expected a zone with a private subnet, got us-east-1f; take one of us-east-1a, us-east-1b',
    );
  });
});
