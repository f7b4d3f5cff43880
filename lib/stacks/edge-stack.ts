import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as eks from 'aws-cdk-lib/aws-eks-v2';
import type { Construct } from 'constructs';
import { EdgeExposure, EdgeFirewall, GatewayEdge } from '../../constructs/edge';
import type { AiGateway } from '../../constructs/gateway';
import type { IReleaseProvider } from '../../constructs/kubernetes';
import type { EnvironmentConfig } from '../environment/environment-config';
import type { EdgeConfig } from '../environment/gateway/edge-config';
import { edgeOptions, firewallOptions } from '../environment/gateway/edge-options';

export interface EdgeStackProps extends StackProps {
  readonly environment: EnvironmentConfig;
  readonly edge: EdgeConfig;
  /** VPC of the Network stack. */
  readonly vpc: ec2.IVpc;
  readonly cluster: eks.ICluster;
  readonly provider: IReleaseProvider;
  readonly gateway: AiGateway;
}

/** The way to the gateway from outside the cluster. */
export class EdgeStack extends Stack {
  constructor(scope: Construct, id: string, props: EdgeStackProps) {
    super(scope, id, props);
    const { environment, vpc, cluster, provider, gateway } = props;
    const problems: string[] = [];
    const options = edgeOptions(props.edge, this, problems);
    // checkEnvironment reports them before there is a stack.
    if (problems.length > 0) throw new Error(`${this.node.path}:\n  ${problems.join('\n  ')}`);
    const removalPolicy = environment.retention === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const firewall = firewallOptions(props.edge);
    const vpcSubnets = {
      subnetType: options.exposure === EdgeExposure.PUBLIC ? ec2.SubnetType.PUBLIC : ec2.SubnetType.PRIVATE_WITH_EGRESS,
    };
    const edge = new GatewayEdge(this, 'Edge', {
      ...options,
      provider,
      vpc,
      vpcSubnets,
      service: {
        namespace: gateway.namespace,
        name: gateway.serviceName,
        port: gateway.port,
        healthCheckPort: gateway.managementPort,
        healthCheckPath: gateway.readinessPath,
        // Pods have that of their nodes; nothing is opened to the control plane.
        pods: cluster.clusterSecurityGroup,
        requestTimeout: gateway.requestTimeout,
        ready: gateway.release,
      },
      firewall: firewall && new EdgeFirewall(this, 'Firewall', { ...firewall, removalPolicy }),
      removalPolicy,
    });
    // Of the load balancer the policy of the gateway knows its subnets, which are known at synth.
    gateway.allowFrom('edge', {
      ipv4Ranges: vpc.selectSubnets(vpcSubnets).subnets.map(({ ipv4CidrBlock }) => ipv4CidrBlock),
      healthChecks: true,
    });
    new CfnOutput(this, 'Url', { value: edge.url, description: 'Address of the API' });
  }
}
