import { KubectlV36Layer } from '@aws-cdk/lambda-layer-kubectl-v36';
import { App, Stack } from 'aws-cdk-lib';
import type * as cdk8s from 'cdk8s';
import { LlmCluster } from '../../../constructs/cluster';
import { PlatformNetwork } from '../../../constructs/network';
import { AutoMode, KarpenterController } from '../../../constructs/nodes';
import { AutoModeNodes } from '../../../constructs/nodes/auto-mode/auto-mode-nodes';
import { KarpenterNodes } from '../../../constructs/nodes/karpenter/karpenter-nodes';
import { ManagedNodeGroups } from '../../../constructs/nodes/managed/managed-node-groups';
import { testApp } from '../../support/app';

export const CLUSTER_NAME = 'llm-test';

/** A cluster with everything that provides nodes. */
export function nodesFixture(app: App = testApp()) {
  const stack = new Stack(app, 'Test', { env: { account: '111111111111', region: 'us-east-1' } });
  const { vpc } = new PlatformNetwork(stack, 'Network', { availabilityZones: ['us-east-1a', 'us-east-1b'] });
  const { cluster, nodeRole } = new LlmCluster(stack, 'Cluster', {
    vpc,
    clusterName: CLUSTER_NAME,
    kubectlLayer: new KubectlV36Layer(stack, 'Kubectl'),
  });
  const common = { cluster, clusterName: CLUSTER_NAME };
  return {
    stack,
    cluster,
    vpc,
    groups: new ManagedNodeGroups({ ...common, nodeRole }),
    karpenter: () => {
      const controller = new KarpenterController(stack, 'Karpenter', common);
      return { controller, nodes: new KarpenterNodes({ ...common, controller }) };
    },
    auto: () => new AutoModeNodes({ cluster, autoMode: new AutoMode(stack, 'AutoMode', { cluster }) }),
  };
}

/** An object of a chart. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown>;
}

/** The objects of charts by their kind; tokens are resolved in the stack. */
export function objectsOf(stack: Stack, charts: readonly cdk8s.Chart[]): Record<string, Rendered> {
  return Object.fromEntries(
    charts.flatMap((chart) => stack.resolve(chart.toJson()) as Rendered[]).map((object) => [object.kind, object]),
  );
}
