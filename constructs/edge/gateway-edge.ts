import { type CfnResource, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as targets from 'aws-cdk-lib/aws-route53-targets';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import * as cdk8s from 'cdk8s';
import { Construct } from 'constructs';
import { ReleaseTier } from '../kubernetes/contract/release-tier';
import { KubernetesRelease } from '../kubernetes/kubernetes-release';
import { DEFAULT_IDLE_SECONDS, edgeProblems, rangeOf } from './edge-problems';
import type { EdgeService } from './edge-service';
import { EdgeExposure, type GatewayEdgeProps } from './gateway-edge-props';
import { addListenerRules, refusal } from './listener-rules';
import { TargetGroupBindingChart } from './target-group-binding-chart';

/** Longest time that a load balancer lets open requests of a pod that leaves go on. */
const MAX_DRAIN = Duration.hours(1);

/** Time after which the binding fails: it waits for nothing but the API server. */
const DEADLINE = Duration.minutes(5);

/**
 * The way to the gateway from outside the cluster: an Application Load Balancer that CloudFormation owns, with its certificate, its record
 * and its firewall. Only the routes of the API are let through.
 *
 * The controller in the cluster registers pods with the target group and creates nothing in AWS, so that nothing is left behind.
 *
 * @example
 * new GatewayEdge(this, 'Edge', {
 *   provider, vpc, domainName: 'llm.example.com', hostedZone,
 *   service: { namespace: 'gateway', name: 'gateway', port: 8000, healthCheckPort: 8001, healthCheckPath: '/health/readiness', pods: cluster.clusterSecurityGroup },
 * });
 */
export class GatewayEdge extends Construct implements ec2.IConnectable {
  /** The load balancer. */
  public readonly loadBalancer: elbv2.ApplicationLoadBalancer;

  /** Its listener on port 443. */
  public readonly listener: elbv2.ApplicationListener;

  /** The pods of the gateway. */
  public readonly targetGroup: elbv2.ApplicationTargetGroup;

  /** Certificate of the name. */
  public readonly certificate: acm.ICertificate;

  /** Who may reach the load balancer, and what it may reach. */
  public readonly connections: ec2.Connections;

  /** Binds the pods to the target group. */
  public readonly release: KubernetesRelease;

  /** Address of the API, such as `https://llm.example.com/v1`. */
  public readonly url: string;

  /** @throws when something is wrong with the props; the error lists every problem. */
  constructor(scope: Construct, id: string, props: GatewayEdgeProps) {
    super(scope, id);
    const problems = edgeProblems(this, props);
    if (problems.length > 0) throw new Error(`${this.node.path}:\n  ${problems.join('\n  ')}`);
    if (props.service.ready) this.node.addDependency(props.service.ready);
    const { domainName, hostedZone, vpc, service, exposure = EdgeExposure.PRIVATE } = props;
    const idleTimeout = props.idleTimeout ?? Duration.seconds(DEFAULT_IDLE_SECONDS);
    this.url = `https://${domainName}/v1`;
    this.certificate =
      props.certificate ??
      new acm.Certificate(this, 'Certificate', {
        domainName,
        validation: acm.CertificateValidation.fromDns(hostedZone),
      });

    const securityGroup = this.openTo(props, exposure);
    this.connections = new ec2.Connections({ securityGroups: [securityGroup], defaultPort: ec2.Port.tcp(443) });
    this.loadBalancer = this.balance(props, exposure, securityGroup, idleTimeout);
    this.targetGroup = this.target('Pods', vpc, service, idleTimeout);
    const people = props.signIn?.service;
    const peopleTargetGroup = people ? this.target('PeoplePods', vpc, people, idleTimeout) : this.targetGroup;
    // Nothing is let in before the firewall is there.
    const association =
      props.firewall &&
      new wafv2.CfnWebACLAssociation(this, 'Firewall', {
        resourceArn: this.loadBalancer.loadBalancerArn,
        webAclArn: props.firewall.webAclArn,
      });

    this.listener = this.loadBalancer.addListener('Https', {
      port: 443,
      protocol: elbv2.ApplicationProtocol.HTTPS,
      sslPolicy: elbv2.SslPolicy.TLS13_RES,
      certificates: [this.certificate],
      // Who may connect is said by the security group.
      open: false,
      defaultAction: refusal(404, 'Not found'),
    });
    if (association) this.listener.node.addDependency(association);
    const rules = new Construct(this, 'Rules');
    const { listener, targetGroup } = this;
    addListenerRules(rules, { ...props, listener, targetGroup, peopleTargetGroup });
    if (props.redirectHttp) this.loadBalancer.addRedirect({ open: false });
    if (hostedZone)
      new route53.ARecord(this, 'Record', {
        zone: hostedZone,
        recordName: domainName,
        target: route53.RecordTarget.fromAlias(new targets.LoadBalancerTarget(this.loadBalancer)),
      });
    this.release = this.bind(
      props,
      [[service, targetGroup] as const, ...(people ? [[people, peopleTargetGroup] as const] : [])],
      rules,
    );
  }

  private openTo(props: GatewayEdgeProps, exposure: EdgeExposure): ec2.SecurityGroup {
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc,
      description: `Load balancer of ${props.domainName}`,
      allowAllOutbound: false,
    });
    const range = exposure === EdgeExposure.PUBLIC ? undefined : rangeOf(props.vpc);
    const peers = props.allowFrom ?? [range === undefined ? ec2.Peer.anyIpv4() : ec2.Peer.ipv4(range)];
    for (const peer of peers)
      for (const port of props.redirectHttp ? [443, 80] : [443]) securityGroup.addIngressRule(peer, ec2.Port.tcp(port));
    const reason =
      exposure === EdgeExposure.PUBLIC
        ? 'The endpoint is public because its owner asked for it, behind a firewall and with authentication'
        : 'Open to peers that its owner named, or to the range of its own VPC, which is an attribute that the rule cannot evaluate';
    Validations.of(securityGroup).acknowledge({ id: 'AwsSolutions-EC23', reason });
    if (props.redirectHttp)
      acceptedByCheckov(
        securityGroup,
        'CKV_AWS_260',
        'Port 80 answers with a redirect to HTTPS, because its owner asked for it',
      );
    return securityGroup;
  }

  private balance(
    props: GatewayEdgeProps,
    exposure: EdgeExposure,
    securityGroup: ec2.SecurityGroup,
    idleTimeout: Duration,
  ): elbv2.ApplicationLoadBalancer {
    const open = exposure === EdgeExposure.PUBLIC;
    const { removalPolicy = RemovalPolicy.RETAIN } = props;
    const retained = removalPolicy === RemovalPolicy.RETAIN;
    const loadBalancer = new elbv2.ApplicationLoadBalancer(this, 'Resource', {
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets ?? {
        subnetType: open ? ec2.SubnetType.PUBLIC : ec2.SubnetType.PRIVATE_WITH_EGRESS,
      },
      internetFacing: open,
      securityGroup,
      idleTimeout,
      deletionProtection: retained,
      dropInvalidHeaderFields: true,
      desyncMitigationMode: elbv2.DesyncMitigationMode.STRICTEST,
    });
    if (retained) {
      // Its protection would also stop the rollback of a failed creation, so it stays then too; its security group is in use.
      loadBalancer.applyRemovalPolicy(RemovalPolicy.RETAIN);
      securityGroup.applyRemovalPolicy(RemovalPolicy.RETAIN);
    }
    if (props.accessLogs) loadBalancer.logAccessLogs(props.accessLogs, props.domainName);
    else {
      const reason = 'Access logs are an option; the gateway writes down who asked for what';
      Validations.of(loadBalancer).acknowledge({ id: 'AwsSolutions-ELB2', reason });
      acceptedByCheckov(loadBalancer, 'CKV_AWS_91', reason);
    }
    return loadBalancer;
  }

  /** A target group of the pods of a Service, which the load balancer may reach. */
  private target(id: string, vpc: ec2.IVpc, service: EdgeService, idleTimeout: Duration): elbv2.ApplicationTargetGroup {
    const port = service.podPort ?? service.port;
    const { healthCheckPort = port } = service;
    this.connections.allowTo(service.pods, ec2.Port.tcp(port), 'Load balancer to pods');
    if (healthCheckPort !== port)
      this.connections.allowTo(service.pods, ec2.Port.tcp(healthCheckPort), 'Health checks of the load balancer');
    const protocol = service.tls ? elbv2.ApplicationProtocol.HTTPS : elbv2.ApplicationProtocol.HTTP;
    return new elbv2.ApplicationTargetGroup(this, id, {
      vpc,
      targetType: elbv2.TargetType.IP,
      port,
      protocol,
      // A request is seconds or minutes of a model's work, so their number tells how busy a pod is.
      loadBalancingAlgorithmType: elbv2.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
      // A stream is not cut off because its pod leaves.
      deregistrationDelay: idleTimeout.toSeconds() > MAX_DRAIN.toSeconds() ? MAX_DRAIN : idleTimeout,
      healthCheck: {
        path: service.healthCheckPath,
        port: String(healthCheckPort),
        protocol: service.tls ? elbv2.Protocol.HTTPS : elbv2.Protocol.HTTP,
        healthyHttpCodes: '200',
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
      },
    });
  }

  /** Bindings come after what gives their target groups a load balancer, and go before it: their finalizers need both. */
  private bind(
    { provider, service }: GatewayEdgeProps,
    bound: readonly (readonly [service: EdgeService, targetGroup: elbv2.ApplicationTargetGroup])[],
    rules: Construct,
  ): KubernetesRelease {
    const app = new cdk8s.App();
    const release = new KubernetesRelease(this, 'Release', {
      provider,
      tier: ReleaseTier.PLATFORM,
      name: `${service.name}-edge`,
      namespace: service.namespace,
      deadline: DEADLINE,
      charts: bound.map(
        ([{ namespace, name, port }, { targetGroupArn }], index) =>
          new TargetGroupBindingChart(app, `binding-${index}`, {
            namespace,
            name: `${name}-edge`,
            serviceName: name,
            servicePort: port,
            targetGroupArn,
          }),
      ),
    });
    release.node.addDependency(this.listener, rules);
    return release;
  }
}

/** Says beside its cause why a finding of checkov is accepted. */
function acceptedByCheckov(construct: Construct, id: string, comment: string): void {
  (construct.node.defaultChild as CfnResource).addMetadata('checkov', { skip: [{ id, comment }] });
}
