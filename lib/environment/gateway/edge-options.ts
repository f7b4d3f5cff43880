import type { Duration } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import {
  EdgeAuthentication,
  EdgeExposure,
  EdgeFirewall,
  type EdgeFirewallProps,
  type FirewallAction,
  type GatewayEdgeProps,
} from '../../../constructs/edge';
import { edgeProblems } from '../../../constructs/edge/edge-problems';
import { resolveFirewall } from '../../../constructs/edge/resolve-firewall';
import { ReleaseProvider } from '../../../constructs/kubernetes';
import type { EnvironmentConfig } from '../environment-config';
import { durationOf } from '../plain-data';
import type { EdgeConfig } from './edge-config';

/** What of an edge is said by its data; the rest is what it stands between. */
type EdgeOptions = Pick<
  GatewayEdgeProps,
  | 'domainName'
  | 'exposure'
  | 'idleTimeout'
  | 'redirectHttp'
  | 'hostedZone'
  | 'certificate'
  | 'allowFrom'
  | 'authentication'
>;

/** IPv4 ranges, but not all addresses. */
const RANGE = /^(\d{1,3}\.){3}\d{1,3}\/([1-9]|[12]\d|3[0-2])$/;

/**
 * The options of an edge.
 *
 * @param scope gets what is named
 * @param problems gets what cannot be read, which is left out
 */
export function edgeOptions(edge: EdgeConfig, scope: Construct, problems: string[]): EdgeOptions {
  const { domainName, exposure, redirectHttp, hostedZone, certificate, allowFrom, authentication } = edge;
  return {
    domainName,
    exposure: exposure as EdgeExposure | undefined,
    redirectHttp,
    idleTimeout: durationOf('idleTimeout', edge.idleTimeout, problems),
    hostedZone:
      hostedZone &&
      route53.HostedZone.fromHostedZoneAttributes(scope, 'Zone', {
        hostedZoneId: hostedZone.id,
        zoneName: hostedZone.name,
      }),
    certificate:
      certificate === undefined ? undefined : acm.Certificate.fromCertificateArn(scope, 'Certificate', certificate),
    allowFrom: allowFrom?.filter((range) => RANGE.test(range)).map((range) => ec2.Peer.ipv4(range)),
    authentication:
      authentication &&
      (authentication.kind === 'jwt'
        ? EdgeAuthentication.jwt({ issuer: authentication.issuer, jwksEndpoint: authentication.jwksEndpoint })
        : EdgeAuthentication.gatewayKeys()),
  };
}

/** The options of the firewall of an edge. */
export function firewallOptions({ firewall }: EdgeConfig): EdgeFirewallProps | undefined {
  return firewall && { ...firewall, ruleActions: firewall.ruleActions as Record<string, FirewallAction> | undefined };
}

/**
 * What is wrong with the edge of a gateway, one problem per line.
 *
 * @param requestTimeout longest request of the gateway
 */
export function edgeConfigProblems(
  edge: EdgeConfig,
  requestTimeout: Duration,
  environment: EnvironmentConfig,
  scope: Construct,
): string[] {
  const own = new Construct(scope, 'Edge');
  const problems: string[] = [];
  const options = edgeOptions(edge, own, problems);
  const firewall = firewallOptions(edge);
  const cidr = 'create' in environment.network ? environment.network.create.cidr : undefined;
  // What it stands between comes later, and is right.
  const given: GatewayEdgeProps = {
    ...options,
    provider: ReleaseProvider.fromReleaseProviderAttributes(own, 'Releases', {
      clusterName: 'cluster',
      platformServiceToken: 'platform',
      modelServiceToken: 'model',
    }),
    vpc: ec2.Vpc.fromVpcAttributes(own, 'Vpc', {
      vpcId: 'vpc',
      availabilityZones: ['zone'],
      vpcCidrBlock: cidr ?? '10.0.0.0/16',
    }),
    service: {
      namespace: 'gateway',
      name: 'gateway',
      port: 8000,
      healthCheckPath: '/',
      pods: new ec2.Connections(),
      requestTimeout,
    },
    firewall: firewall && EdgeFirewall.fromWebAclArn(own, 'Firewall', 'arn'),
    // Ranges that cannot be read are reported by themselves.
    allowFrom: edge.allowFrom?.length ? [ec2.Peer.anyIpv4()] : options.allowFrom,
  };
  return [
    ...problems,
    ...edgeProblems(own, given),
    ...(firewall ? resolveFirewall(firewall).problems.map((problem) => `firewall.${problem}`) : []),
    ...placeProblems(edge, environment),
  ].map((problem) => `edge.${problem}`);
}

function placeProblems({ allowFrom = [], certificate }: EdgeConfig, { network, region }: EnvironmentConfig): string[] {
  return [
    ...allowFrom
      .filter((range) => !RANGE.test(range))
      .map(
        (range) =>
          `allowFrom: expected IPv4 ranges such as 10.0.0.0/16, got ${JSON.stringify(range)}; correct it, for every address leave it out of a public edge`,
      ),
    ...(certificate === undefined ||
    /^arn:aws[a-z-]*:acm:([^:]+):\d{12}:certificate\/[\w-]+$/.exec(certificate)?.[1] === region
      ? []
      : [
          `certificate: expected the ARN of a certificate of ACM in ${region}, got ${JSON.stringify(certificate)}; a load balancer takes those of its own region`,
        ]),
    ...('create' in network
      ? []
      : [
          'network: expected a network that the environment makes, got an existing one; the gateway lets in the ranges of the subnets of the load balancer, which are not known, build it by GatewayEdge',
        ]),
  ];
}
