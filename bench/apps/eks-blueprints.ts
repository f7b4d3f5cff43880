import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The little that is used of the builder: its packages are not among this project's. */
interface Builder {
  account(id: string): this;
  region(name: string): this;
  version(version: unknown): this;
  build(app: unknown, id: string): unknown;
}

// The smallest app of EKS Blueprints: one cluster and its VPC, without add-ons.
const load = createRequire(join(process.env.BENCH_PACKAGES!, 'package.json'));
const { App } = load('aws-cdk-lib') as { App: new () => unknown };
const { KubernetesVersion } = load('aws-cdk-lib/aws-eks') as { KubernetesVersion: Record<'V1_34', unknown> };
const { EksBlueprint } = load('@aws-quickstart/eks-blueprints') as { EksBlueprint: { builder(): Builder } };
EksBlueprint.builder()
  .account('111111111111')
  .region('us-east-1')
  .version(KubernetesVersion.V1_34)
  .build(new App(), 'blueprint');
