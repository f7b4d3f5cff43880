import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as route53 from 'aws-cdk-lib/aws-route53';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { IReleaseProvider } from '../kubernetes/release-provider';
import type { EdgeAuthentication } from './edge-authentication';
import type { IEdgeFirewall } from './edge-firewall';
import type { EdgeService } from './edge-service';
import type { SignIn } from './sign-in';

/** From where an endpoint is reached. */
export enum EdgeExposure {
  /** From the VPC; what is connected to it too, where `allowFrom` names it. */
  PRIVATE = 'private',
  /** From the internet. */
  PUBLIC = 'public',
}

/** Properties of `GatewayEdge`. */
export interface GatewayEdgeProps {
  /** Provider of the cluster. The cluster runs the AWS Load Balancer Controller. */
  readonly provider: IReleaseProvider;

  /** Network of the cluster. */
  readonly vpc: ec2.IVpc;

  /** The gateway. */
  readonly service: EdgeService;

  /** Name by which the endpoint is called, such as `llm.example.com`. No other host is answered. */
  readonly domainName: string;

  /**
   * Zone of the name: the record is made there, and the certificate is validated there where none is given.
   *
   * @default - no record is made
   */
  readonly hostedZone?: route53.IHostedZone;

  /**
   * Certificate of the name, in the region of the load balancer.
   *
   * @default - a new one of ACM, which is validated by DNS in the zone
   */
  readonly certificate?: acm.ICertificate;

  /**
   * From where the endpoint is reached. A public one needs `firewall` and `authentication`.
   *
   * @default EdgeExposure.PRIVATE
   */
  readonly exposure?: EdgeExposure;

  /**
   * Who may open connections.
   *
   * @default - the range of the VPC; anybody where the endpoint is public
   */
  readonly allowFrom?: ec2.IPeer[];

  /**
   * Firewall in front of the load balancer.
   *
   * @default - none
   */
  readonly firewall?: IEdgeFirewall;

  /**
   * How programs say who they are.
   *
   * @default - the load balancer asks for nothing; the gateway decides
   */
  readonly authentication?: EdgeAuthentication;

  /**
   * How people sign in, and on which paths.
   *
   * @default - nobody signs in
   */
  readonly signIn?: SignIn;

  /**
   * How long a connection may be silent, 10 minutes to 4000 seconds: a model may think that long before its first token. The gateway's own
   * timeout of a request must be shorter, its keep-alive longer.
   *
   * @default Duration.seconds(630)
   */
  readonly idleTimeout?: Duration;

  /**
   * Whether HTTP on port 80 is redirected to HTTPS. A program that sends its key there has sent it in the clear already.
   *
   * @default false - nothing listens on port 80
   */
  readonly redirectHttp?: boolean;

  /**
   * Bucket of access logs, encrypted with keys of S3. The region of the stack must be known.
   *
   * @default - none are written; the gateway has its own audit
   */
  readonly accessLogs?: s3.IBucket;

  /**
   * Subnets of the load balancer, in two zones or more.
   *
   * @default - private subnets with egress; public subnets where the endpoint is public
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * What becomes of the load balancer when the edge is deleted. Where it is retained nobody can delete it, by its protection, and its name
   * stays; its listeners and rules go.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}
