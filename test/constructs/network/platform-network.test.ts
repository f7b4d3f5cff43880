import { Aws, Fn, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { PlatformNetwork } from '../../../constructs/network';
import { checkCidr } from '../../../constructs/network/cidr';
import { checkNatGateways, checkZones } from '../../../constructs/network/zones';
import { testApp } from '../../support/app';

const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c'];

function stackWith(props: Partial<ConstructorParameters<typeof PlatformNetwork>[2]> = {}): Stack {
  const stack = new Stack(testApp(), 'Test', { env: { account: '111111111111', region: 'us-east-1' } });
  new PlatformNetwork(stack, 'Network', { availabilityZones: zones, ...props });
  return stack;
}

describe('PlatformNetwork', () => {
  test('spreads private subnets over the zones and gives each zone a NAT gateway', () => {
    const template = Template.fromStack(stackWith());
    template.resourceCountIs('AWS::EC2::Subnet', 6);
    template.resourceCountIs('AWS::EC2::NatGateway', 3);
    for (const AvailabilityZone of zones) {
      template.hasResourceProperties('AWS::EC2::Subnet', {
        AvailabilityZone,
        MapPublicIpOnLaunch: false,
        Tags: Match.arrayWith([{ Key: 'kubernetes.io/role/internal-elb', Value: '1' }]),
      });
    }
  });

  test('reaches image layers by a gateway and what nodes need by endpoints', () => {
    const template = Template.fromStack(stackWith());
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' });
    const services = Object.values(
      template.findResources('AWS::EC2::VPCEndpoint', { Properties: { VpcEndpointType: 'Interface' } }),
    ).map((resource) =>
      String((resource.Properties as { ServiceName: string }).ServiceName).replace('com.amazonaws.us-east-1.', ''),
    );
    expect(services.sort()).toEqual(['ec2', 'ecr.api', 'ecr.dkr', 'eks', 'eks-auth', 'logs']);
  });

  test('logs all flows and closes the default security group', () => {
    const template = Template.fromStack(stackWith());
    template.hasResourceProperties('AWS::EC2::FlowLog', { TrafficType: 'ALL', ResourceType: 'VPC' });
    template.hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 90 }, DeletionPolicy: 'Retain' });
    template.resourceCountIs('Custom::VpcRestrictDefaultSG', 1);
  });

  test('asks no account for zones, and leaves the stack as it was', () => {
    const app = testApp();
    const stack = new Stack(app, 'Test', { env: { account: '111111111111', region: 'us-east-1' } });
    new PlatformNetwork(stack, 'Network', { availabilityZones: zones });
    expect(Object.hasOwn(stack, 'availabilityZones')).toBe(false);
    expect(app.synth().manifest.missing ?? []).toEqual([]);
    Template.fromStack(stack).resourcePropertiesCountIs('AWS::EC2::Subnet', { AvailabilityZone: 'us-east-1c' }, 2);
  });

  test('takes zones that are known only at deploy time', () => {
    const later = [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
    Template.fromStack(stackWith({ availabilityZones: later })).resourceCountIs('AWS::EC2::NatGateway', 2);
  });

  test('gives no warning', () => {
    Annotations.fromStack(stackWith()).hasNoWarning('*', Match.anyValue());
  });

  test('fails with every problem at once', () => {
    expect(() =>
      stackWith({ cidr: '10.0.0.0/8', availabilityZones: ['us-east-1a', 'us-east-1a'], natGateways: 5 }),
    ).toThrow(
      /cidr: expected a range from \/16 to \/20, got "10\.0\.0\.0\/8".*\n.*availabilityZones: expected at least two different zones.*\n.*natGateways: expected 1 to 2/,
    );
  });
});

describe('checkZones', () => {
  test.each([
    ['of another region', ['us-west-2a', 'us-west-2b'], '["us-west-2a","us-west-2b"]'],
    ['by their ids', ['use1-az1', 'use1-az2'], '["use1-az1","use1-az2"]'],
    ['that are local', ['us-east-1a', 'us-east-1-bos-1a'], '["us-east-1-bos-1a"]'],
    ['of Wavelength', ['us-east-1a', 'us-east-1-wl1-bos-wlz-1'], '["us-east-1-wl1-bos-wlz-1"]'],
  ])('refuses zones %s', (_, given, named) => {
    expect(checkZones('zones', given, 'us-east-1')).toEqual([
      expect.stringContaining(
        `zones: expected zones by name, a region and one letter, got ${named}; write them like us-east-1a`,
      ),
    ]);
  });

  test('in a region that is not known yet, only the form of the names counts', () => {
    expect(checkZones('zones', ['us-west-2a', 'us-west-2b'], Aws.REGION)).toEqual([]);
    expect(checkZones('zones', ['usw2-az1', 'usw2-az2'], Aws.REGION)).toHaveLength(1);
    expect(checkZones('zones', ['us-gov-west-1a', 'us-gov-west-1b'], 'us-gov-west-1')).toEqual([]);
  });

  test('the network refuses them', () => {
    expect(() => stackWith({ availabilityZones: ['us-west-2a', 'us-west-2b'] })).toThrow(
      /availabilityZones: expected zones by name/,
    );
  });
});

test('zones that are not known yet pass, a number of NAT gateways does not', () => {
  expect(checkZones('zones', Lazy.list({ produce: () => ['later'] }), 'us-east-1')).toEqual([]);
  expect(checkNatGateways('natGateways', Lazy.number({ produce: () => 9 }), 2)).toEqual([
    'natGateways: expected a number that is known at synth, got a deploy-time value; give the number itself',
  ]);
});

describe('checkCidr', () => {
  test.each(['10.0.0.0', '10.0.0.256/16', 'any', '10.0.0.0/21', '10.0.0.0/8'])('fails for %s', (cidr) => {
    expect(checkCidr('cidr', cidr)).toHaveLength(1);
  });
  test('says which address the range starts at', () => {
    expect(checkCidr('cidr', '10.0.5.0/16')[0]).toMatch(/write 10\.0\.0\.0\/16$/);
  });
  test.each(['11.0.0.0/16', '172.32.0.0/16', '100.128.0.0/16'])('takes no range of the internet: %s', (cidr) =>
    expect(checkCidr('cidr', cidr)[0]).toMatch(/^cidr: expected a private range, got/),
  );
  test.each(['10.0.0.0/16', '172.16.16.0/20', '100.64.0.0/16', '192.168.0.0/16', '198.19.0.0/16'])(
    'accepts %s',
    (cidr) => expect(checkCidr('cidr', cidr)).toEqual([]),
  );
  test('accepts what is not known yet', () => {
    expect(checkCidr('cidr', Lazy.string({ produce: () => 'later' }))).toEqual([]);
  });
});
