import * as fs from 'node:fs';
import * as path from 'node:path';
import { Stack, type StackProps } from 'aws-cdk-lib';
import type * as eks from 'aws-cdk-lib/aws-eks-v2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';
import { parseAllDocuments } from 'yaml';
import type { IReleaseProvider } from '../../constructs/kubernetes';
import type { ClusterNodes } from '../../constructs/nodes/cluster-nodes';
import { type Controller } from '../../constructs/controllers';
import type { WorkloadAdmission } from '../../constructs/platform';
import { PlatformBase } from '../../constructs/platform/platform-base';
import type { EnvironmentConfig } from '../environment/environment-config';
import { imageSources } from '../environment/image-sources';
import { planNodes } from '../environment/nodes/node-plan';

export interface PlatformStackProps extends StackProps {
  readonly environment: EnvironmentConfig;
  readonly cluster: eks.ICluster;
  readonly provider: IReleaseProvider;
  /** Nodes with accelerators; none where the cluster exists. */
  readonly nodes?: ClusterNodes;
}

/** What workloads need to exist: namespaces with their limits and rights, storage, CRDs and controllers. */
export class PlatformStack extends Stack {
  /** Controllers that this stack installs. */
  public readonly controllers: readonly Controller[];
  /** Role of External Secrets; undefined where it is not installed here. */
  public readonly externalSecretsRole?: iam.IRole;

  constructor(scope: Construct, id: string, props: PlatformStackProps) {
    super(scope, id, props);
    const { environment, cluster, provider, nodes } = props;
    const existing = 'existing' in environment.cluster ? environment.cluster.existing : undefined;
    const { models, gateway } = environment;
    const plans = planNodes(environment);
    const total = (amount: (plan: (typeof plans)[number]) => number) =>
      plans.reduce((sum, plan) => sum + amount(plan), 0);
    // `Default` adds nothing to the logical ids of what is in it.
    const base = new PlatformBase(this, 'Default', {
      cluster,
      provider,
      capacity: { gpus: total(({ announcedGpus }) => announcedGpus), pods: total(({ pods }) => pods) },
      controllers: {
        install: !existing,
        further: nodes?.controllers,
        autoscaling: models.some((model) => model.autoscaling),
        leaderWorkerSet: models.some(({ nodes: perReplica = 1 }) => perReplica > 1),
        externalSecrets: gateway !== undefined,
        loadBalancerController: gateway?.edge !== undefined,
        endpointPickers: models.some(({ routing }) => routing),
        crds: existing?.crds === undefined ? undefined : readCrds(existing.crds),
        images: imageSources(environment),
      },
      admission: admissionOf(environment),
      nodeCharts: nodes?.charts,
      deleteNamespacesAndData: environment.retention === 'destroy',
    });
    this.controllers = base.controllers;
    this.externalSecretsRole = base.externalSecretsRole;
  }
}

function admissionOf({ admission }: EnvironmentConfig): WorkloadAdmission | undefined {
  return (
    admission && {
      allowedRegistries: admission.allowedRegistries && [...admission.allowedRegistries],
      requiredLabels: admission.requiredLabels && [...admission.requiredLabels],
    }
  );
}

/** The CustomResourceDefinitions in a folder's YAML files, in the order of the files' names. */
function readCrds(folder: string): cdk8s.ApiObjectProps[] {
  return fs
    .readdirSync(folder)
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
    .flatMap((file) => parseAllDocuments(fs.readFileSync(path.join(folder, file), 'utf8')))
    .map((document) => document.toJS() as cdk8s.ApiObjectProps | null)
    .filter((object): object is cdk8s.ApiObjectProps => object?.kind === 'CustomResourceDefinition');
}
