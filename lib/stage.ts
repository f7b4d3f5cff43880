import { type Stack, Stage, type StageProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { checkReferences } from './references/reference-check';
import { imagesOfForeignRegistries, imagesWithoutDigest } from './references/images';
import type { EnvironmentConfig } from './environment/environment-config';
import type { ModelConfig } from './environment/model/model-config';
import { checkEnvironment } from './environment/environment-checks';
import { provisioningKind } from './environment/nodes/node-types';
import { AlarmsStack } from './stacks/alarms-stack';
import { ClusterStack } from './stacks/cluster-stack';
import { DataStack } from './stacks/data-stack';
import { DeliveryStack } from './stacks/delivery-stack';
import { EdgeStack } from './stacks/edge-stack';
import { GatewayStack } from './stacks/gateway-stack';
import { NetworkStack } from './stacks/network-stack';
import { NodesStack } from './stacks/nodes-stack';
import { ObservabilityStack } from './stacks/observability-stack';
import { PlatformStack } from './stacks/platform-stack';
import { ServingStack } from './stacks/serving-stack';

export interface PlatformStageProps extends StageProps {
  readonly environment: EnvironmentConfig;
}

/**
 * All stacks of an environment, each depending only on those before it:
 * Network, Cluster, Nodes, Platform, Data, Observability, then for each model its alarms and the model, then Gateway and Edge.
 *
 * @throws when the environment is wrong, or a release refers to what nobody provides; the error lists every problem.
 */
export class PlatformStage extends Stage {
  public readonly serving: readonly ServingStack[];

  constructor(scope: Construct, id: string, props: PlatformStageProps) {
    const { environment } = props;
    const problems = checkEnvironment(environment);
    if (problems.length > 0) throw new Error(`environment ${environment.name}:\n  ${problems.join('\n  ')}`);

    super(scope, id, { ...props, env: { account: environment.account, region: environment.region } });
    const base = { environment, terminationProtection: environment.retention === 'retain' };
    const network =
      'create' in environment.network
        ? new NetworkStack(this, 'Network', {
            ...base,
            network: environment.network.create,
            description: `VPC of ${environment.name}`,
          })
        : undefined;
    const cluster = new ClusterStack(this, 'Cluster', {
      ...base,
      vpc: network?.vpc,
      description: `EKS cluster of ${environment.name}`,
    });
    const { provider } = cluster;
    const nodes = this.nodesOf(cluster, environment);
    const platform = new PlatformStack(this, 'Platform', {
      ...base,
      cluster: cluster.cluster,
      provider,
      nodes: nodes?.nodes,
      description: `Namespaces, rights and controllers of ${environment.name}`,
    });
    platform.addStackDependency(nodes ?? cluster);
    const { weightsBucket } = environment;
    const data =
      weightsBucket && !weightsBucket.existing
        ? new DataStack(this, 'Data', {
            ...base,
            bucketName: weightsBucket.name,
            description: `Weights of models of ${environment.name}`,
          })
        : undefined;
    const observability = environment.alarms
      ? new ObservabilityStack(this, 'Observability', {
          ...base,
          provider,
          description: `Metrics of ${environment.name}`,
        })
      : undefined;
    observability?.addStackDependency(platform);
    this.serving = environment.models.map((model) => {
      const before = observability ? this.alarmsOf(model, props, observability) : platform;
      const stack = new ServingStack(this, `Serving-${model.name}`, {
        environment,
        model,
        provider,
        weights: data?.weights,
        description: `Model ${model.name} of ${environment.name}`,
      });
      stack.addStackDependency(before);
      return stack;
    });
    const frontDoor = this.frontDoorOf(environment, cluster, platform, network);
    if (environment.delivery) {
      new DeliveryStack(this, 'Delivery', {
        environmentName: environment.name,
        delivery: environment.delivery,
        terminationProtection: base.terminationProtection,
        description: `Role of the deployment workflow for ${environment.name}`,
      });
    }

    const stacks = [platform, ...(observability ? [observability] : []), ...this.serving, ...frontDoor];
    const { controllers } = platform;
    const missing = [
      ...checkReferences({ environment, controllers, kinds: nodes?.nodes.kinds ?? [], stacks }),
      ...(environment.requirePins ? imagesWithoutDigest({ controllers, stacks }) : []),
      ...imagesOfForeignRegistries({ stacks }, environment.admission?.allowedRegistries),
    ];
    if (missing.length > 0) throw new Error(`environment ${environment.name}:\n  ${missing.join('\n  ')}`);
  }

  /** The gateway, and the way to it from outside the cluster. */
  private frontDoorOf(
    environment: EnvironmentConfig,
    { cluster, provider }: ClusterStack,
    platform: PlatformStack,
    network: NetworkStack | undefined,
  ): Stack[] {
    const { gateway, name, retention } = environment;
    if (!gateway) return [];
    const { externalSecretsRole } = platform;
    const gatewayStack = new GatewayStack(this, 'Gateway', {
      environment,
      gateway,
      provider,
      externalSecretsRole,
      served: this.serving.map(({ service }) => service),
      description: `Gateway of ${name}`,
    });
    [platform, ...this.serving].forEach((stack) => gatewayStack.addStackDependency(stack));
    if (!gateway.edge || !network) return [gatewayStack];
    const edgeStack = new EdgeStack(this, 'Edge', {
      environment,
      edge: gateway.edge,
      vpc: network.vpc,
      cluster,
      provider,
      gateway: gatewayStack.gateway,
      terminationProtection: retention === 'retain',
      description: `Way to the gateway of ${name}`,
    });
    edgeStack.addStackDependency(gatewayStack);
    return [gatewayStack, edgeStack];
  }

  /**
   * Node groups keep nothing, so they are not protected: what failed for want of capacity is deleted and made anew by the next deployment.
   * With Karpenter and Auto Mode the stack holds what every running node acts by.
   */
  private nodesOf(cluster: ClusterStack, environment: EnvironmentConfig): NodesStack | undefined {
    if (!cluster.created) return undefined;
    const stack = new NodesStack(this, 'Nodes', {
      terminationProtection: environment.retention === 'retain' && provisioningKind(environment) !== 'managed-groups',
      environment,
      cluster: cluster.created,
      description: `Nodes with accelerators of ${environment.name}`,
    });
    // Add-ons that make nodes ready, and the system nodes that what is installed here runs on.
    stack.addStackDependency(cluster);
    return stack;
  }

  private alarmsOf(
    model: ModelConfig,
    { environment }: PlatformStageProps,
    observability: ObservabilityStack,
  ): AlarmsStack {
    const stack = new AlarmsStack(this, `Alarms-${model.name}`, {
      environment,
      model,
      description: `Alarms of model ${model.name} of ${environment.name}`,
    });
    stack.addStackDependency(observability);
    return stack;
  }
}
