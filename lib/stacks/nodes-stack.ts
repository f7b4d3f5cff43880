import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { LlmCluster } from '../../constructs/cluster';
import type { EnvironmentConfig } from '../environment/environment-config';
import { type ClusterNodes, provideNodes } from './cluster-nodes';

/** Properties of `NodesStack`. */
export interface NodesStackProps extends StackProps {
  readonly environment: EnvironmentConfig;
  /** Cluster of the Cluster stack. */
  readonly cluster: LlmCluster;
  /** Name of the cluster, known at synth. */
  readonly clusterName: string;
}

/**
 * What gives a cluster its nodes with accelerators: node groups, or the identity and the queue of what starts nodes when pods
 * ask. It is apart from the cluster, because CloudFormation rolls back whole stacks: a shortage of GPUs takes back this one.
 */
export class NodesStack extends Stack {
  /** What the nodes need inside the cluster. */
  public readonly nodes: ClusterNodes;

  constructor(scope: Construct, id: string, props: NodesStackProps) {
    super(scope, id, props);
    this.nodes = provideNodes(this, props.cluster, props.clusterName, props.environment);
  }
}
