import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import {
  EdgeAuthentication,
  EdgeExposure,
  EdgeFirewall,
  GatewayEdge,
  type GatewayEdgeProps,
} from '../../../constructs/edge';
import { PlatformNetwork } from '../../../constructs/network';
import { ReleaseProvider } from '../../../constructs/kubernetes';
import { testApp } from '../../support/app';

/** What an edge is put into. */
export function edgeFixture(
  env: { account?: string; region?: string } = { account: '111111111111', region: 'us-east-1' },
) {
  const app = testApp({ wholeAssembly: true });
  const stack = new Stack(app, 'Test', { env });
  const provider = ReleaseProvider.fromReleaseProviderAttributes(stack, 'Releases', {
    clusterName: 'test',
    platformServiceToken: 'arn:platform',
    modelServiceToken: 'arn:model',
  });
  const { vpc } = new PlatformNetwork(stack, 'Network', { availabilityZones: ['us-east-1a', 'us-east-1b'] });
  const hostedZone = route53.HostedZone.fromHostedZoneAttributes(stack, 'Zone', {
    hostedZoneId: 'Z1',
    zoneName: 'example.com',
  });
  const pods = ec2.SecurityGroup.fromSecurityGroupId(stack, 'ClusterGroup', 'sg-cluster');
  const props: GatewayEdgeProps = {
    provider,
    vpc,
    hostedZone,
    domainName: 'llm.example.com',
    service: { namespace: 'gateway', name: 'gateway', port: 8080, healthCheckPath: '/health', pods },
  };
  const edge = (more: Partial<GatewayEdgeProps> = {}) => new GatewayEdge(stack, 'Edge', { ...props, ...more });
  /** What a public endpoint needs. */
  const publicly = (more: Partial<GatewayEdgeProps> = {}) =>
    edge({
      exposure: EdgeExposure.PUBLIC,
      firewall: new EdgeFirewall(stack, 'Firewall'),
      authentication: EdgeAuthentication.gatewayKeys(),
      ...more,
    });
  return { app, stack, vpc, hostedZone, props, edge, publicly };
}
