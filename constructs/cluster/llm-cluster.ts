import { KubectlV36Layer } from '@aws-cdk/lambda-layer-kubectl-v36';
import { ArnFormat, CfnCondition, RemovalPolicies, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, DependencyGroup, type IConstruct, type IDependable } from 'constructs';
import { namesakes } from '../checks/namesakes';
import { findingText } from '../policy/finding-text';
import { acknowledgeProviderFramework } from '../policy/provider-framework';
import { keptOnceCreated } from '../policy/retention';
import { OPERATORS_GROUP, VIEWERS_GROUP } from './access-groups';
import { BreakGlassRole } from './break-glass-role';
import { type ClusterAccess, entryId, identityArn } from './cluster-access';
import { ClusterAddons } from './cluster-addons';
import { clusterOptionsProblems } from './cluster-problems';
import { KUBERNETES_VERSION } from './facts';
import type { LlmClusterOptions } from './llm-cluster-options';
import { NodeRole } from './node-role';
import { privateZonesProblems } from './private-zones';
import { SystemNodeGroup } from './system-node-group';

/** Properties of `LlmCluster`. */
export interface LlmClusterProps extends LlmClusterOptions {
  /** Network with private subnets in at least two zones. */
  readonly vpc: ec2.IVpc;

  /** Name of the cluster. */
  readonly clusterName: string;

  /**
   * What becomes of key and logs when the cluster is deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * An EKS cluster for models: private endpoint, access entries only, all control-plane logs, secrets under a key of the
 * account, network policies enforced, and a CPU node group for system pods.
 *
 * @example
 * new LlmCluster(this, 'Cluster', { vpc, clusterName: 'llm-staging' });
 */
export class LlmCluster extends Construct {
  /** The cluster. */
  public readonly cluster: eks.Cluster;

  /** Name of the cluster as plain text, known at synth. */
  public readonly clusterName: string;

  /** Version of Kubernetes of the control plane and the system nodes. */
  public readonly kubernetesVersion: eks.KubernetesVersion;

  /** Key that encrypts the cluster's secrets. */
  public readonly key: kms.Key;

  /** Role that node groups use. */
  public readonly nodeRole: iam.Role;

  /** Node group for system pods. Other node groups depend on `ready`. */
  public readonly systemNodes: eks.Nodegroup;

  /** What must be there before other pods run: the nodes for system pods, and the add-ons on them. */
  public readonly ready: IDependable;

  /** @throws when something is wrong with the options; the error lists every problem. */
  constructor(
    scope: Construct,
    id: string,
    private readonly props: LlmClusterProps,
  ) {
    super(scope, id);
    const problems = [...privateZonesProblems('vpc', props.vpc), ...clusterOptionsProblems(props, Stack.of(this))];
    if (problems.length > 0) throw new Error(`${this.node.path}:\n  ${problems.join('\n  ')}`);

    const kept = keptOnceCreated(props.removalPolicy);
    this.clusterName = props.clusterName;
    this.kubernetesVersion = props.kubernetesVersion ?? KUBERNETES_VERSION;
    this.key = new kms.Key(this, 'Key', {
      description: `Secrets of the cluster ${props.clusterName}`,
      enableKeyRotation: true,
      removalPolicy: kept,
    });
    // EKS would create the group without a retention. It wants this name, so a group that a cluster of the same name has left is taken
    // over: one of CloudFormation's own would refuse to be created beside it.
    const controlPlaneLogs = new logs.LogRetention(this, 'ControlPlaneLogRetention', {
      logGroupName: `/aws/eks/${props.clusterName}/cluster`,
      retention: logs.RetentionDays.ONE_YEAR,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    const privateSubnets: ec2.SubnetSelection = { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS };
    // In the cluster's own group, the interfaces that Lambda frees late would keep EKS from deleting it, and the VPC from going.
    const kubectlSecurityGroup = new ec2.SecurityGroup(this, 'KubectlSecurityGroup', {
      vpc: props.vpc,
      description: 'Helm charts',
      allowAllOutbound: false,
    });
    kubectlSecurityGroup.addEgressRule(
      ec2.Peer.anyIpv4(),
      ec2.Port.tcp(443),
      'Helm charts from their registries, and to the Kubernetes API',
    );
    this.cluster = new eks.Cluster(this, 'Cluster', {
      clusterName: props.clusterName,
      version: this.kubernetesVersion,
      vpc: props.vpc,
      vpcSubnets: [privateSubnets],
      defaultCapacityType: eks.DefaultCapacityType.NODEGROUP,
      defaultCapacity: 0,
      bootstrapClusterCreatorAdminPermissions: false,
      bootstrapSelfManagedAddons: false,
      endpointAccess: props.publicAccessCidrs?.length
        ? eks.EndpointAccess.PUBLIC_AND_PRIVATE.onlyFrom(...props.publicAccessCidrs)
        : eks.EndpointAccess.PRIVATE,
      secretsEncryptionKey: this.key,
      clusterLogging: Object.values(eks.ClusterLoggingTypes),
      kubectlProviderOptions: {
        kubectlLayer: props.kubectlLayer ?? new KubectlV36Layer(this, 'Kubectl'),
        securityGroups: [kubectlSecurityGroup],
      },
      outputConfigCommand: false,
    });
    this.cluster.connections.allowFrom(kubectlSecurityGroup, ec2.Port.tcp(443), 'Helm charts to the Kubernetes API');
    const resource = this.cluster.node.findChild('Resource') as eks.CfnCluster;
    resource.upgradePolicy = { supportType: props.extendedSupport ? 'EXTENDED' : 'STANDARD' };
    this.cluster.node.addDependency(controlPlaneLogs);
    this.acknowledgeLogRetention();
    RemovalPolicies.of(this.cluster.node.findChild('KubectlProvider')).apply(kept, {
      applyToResourceTypes: [logs.CfnLogGroup.CFN_RESOURCE_TYPE_NAME],
    });
    this.acknowledge();

    const addons = new ClusterAddons(this, 'Addons', { cluster: this.cluster, versions: props.addonVersions });
    this.nodeRole = new NodeRole(this, 'NodeRole').role;
    const systemNodes = new SystemNodeGroup(this, 'SystemNodes', {
      cluster: this.cluster,
      clusterName: props.clusterName,
      nodeRole: this.nodeRole,
      nodes: props.systemNodes ?? 3,
      kubernetesVersion: this.kubernetesVersion,
      imageVersion: props.systemImageVersion,
    });
    systemNodes.node.addDependency(...addons.beforeNodes);
    this.systemNodes = systemNodes.nodegroup;
    addons.runOn(this.systemNodes);
    this.ready = new DependencyGroup(systemNodes, addons);
    this.grant(props.access ?? {});
    this.node.addValidation({ validate: () => this.checkName() });
  }

  /** EKS knows one cluster of a name in an account and region. */
  private checkName(): string[] {
    const isCluster = (node: IConstruct): node is LlmCluster => node instanceof LlmCluster;
    const [first] = namesakes<LlmCluster>(this, isCluster, ({ clusterName }) => clusterName);
    return first === this
      ? []
      : [
          `clusterName: expected a name of its own in the account and region, got ${this.clusterName}, that of ${first.node.path} too; name one of them otherwise`,
        ];
  }

  private grant(access: ClusterAccess): void {
    for (const [group, principals = []] of [
      [OPERATORS_GROUP, access.operators],
      [VIEWERS_GROUP, access.pipelines],
    ] as const) {
      for (const principal of principals) {
        this.entry(entryId(principal, Stack.of(this)), identityArn(principal), 'AmazonEKSViewPolicy', [group]);
      }
    }
    if (access.breakGlass?.length || access.breakGlassFederated?.length) {
      const { role } = new BreakGlassRole(this, 'BreakGlass', {
        cluster: this.cluster,
        clusterName: this.props.clusterName,
        roleName: `${this.props.clusterName}-break-glass`,
        principals: access.breakGlass ?? [],
        federatedPrincipals: access.breakGlassFederated,
      });
      this.entry('BreakGlassEntry', role.roleArn, 'AmazonEKSClusterAdminPolicy');
    }
  }

  /** The L2 access entry knows no Kubernetes groups. */
  private entry(id: string, principalArn: string, policy: string, kubernetesGroups?: string[]): void {
    new eks.CfnAccessEntry(this, id, {
      clusterName: this.cluster.clusterName,
      principalArn,
      type: 'STANDARD',
      kubernetesGroups,
      accessPolicies: [
        {
          policyArn: `arn:${Stack.of(this).partition}:eks::aws:cluster-access-policy/${policy}`,
          accessScope: { type: 'cluster' },
        },
      ],
    });
  }

  /** The function that sets the retention is one for the whole stack, and aws-cdk-lib makes it. */
  private acknowledgeLogRetention(): void {
    const stack = Stack.of(this);
    const [handler] = stack.node.children.filter(({ node }) => node.id.startsWith('LogRetention'));
    const group = stack.formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: `/aws/eks/${this.props.clusterName}/cluster:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    acknowledgeProviderFramework(handler);
    const policies = handler.node.findAll().filter((node): node is iam.CfnPolicy => node instanceof iam.CfnPolicy);
    policies.forEach((policy) =>
      policy.addMetadata('checkov', {
        skip: [{ id: 'CKV_AWS_111', comment: 'aws-cdk-lib lets it set the retention of any log group' }],
      }),
    );
    Validations.of(handler).acknowledge(
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'aws-cdk-lib lets it set the retention of any group; it is called for those of this stack',
      },
      {
        id: `AwsSolutions-IAM5[Resource::${findingText(stack.resolve(group))}]`,
        reason: 'The streams of one group, which goes with a cluster that is not kept',
      },
    );
  }

  private acknowledge(): void {
    const managed = (policy: string) => `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${policy}]`;
    Validations.of(this.cluster).acknowledge(
      { id: managed('AmazonEKSClusterPolicy'), reason: 'EKS requires this policy on the cluster role' },
      { id: 'CloudFormation-Validate::W9009', reason: 'The property with the key is written by aws-cdk-lib' },
    );
    const kubectl = this.cluster.node.findChild('KubectlProvider');
    acknowledgeProviderFramework(kubectl);
    const condition = kubectl.node.findAll().find((node): node is CfnCondition => node instanceof CfnCondition);
    const publicRegistry = {
      'Fn::If': [
        Stack.of(this).resolve(condition?.logicalId) as string,
        {
          'Fn::Join': [
            '',
            ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/AmazonElasticContainerRegistryPublicReadOnly'],
          ],
        },
        { Ref: 'AWS::NoValue' },
      ],
    };
    Validations.of(kubectl).acknowledge(
      ...[
        managed('AmazonEC2ContainerRegistryReadOnly'),
        `AwsSolutions-IAM4[Policy::${JSON.stringify(publicRegistry)}]`,
      ].map((id) => ({
        id,
        reason: 'The handler of Helm charts reads charts from registries; aws-cdk-lib gives it this policy',
      })),
    );
  }
}
