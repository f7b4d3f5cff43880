import { Stack, Validations } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { PodIdentityRole } from '../cluster/pod-identity-role';
import { EXTERNAL_SECRETS_ACCOUNT, EXTERNAL_SECRETS_NAMESPACE, SECRETS_ROLE_PATH } from '../controllers/names';
import { findingText } from '../policy/finding-text';

/** Properties of `ExternalSecretsIdentity`. */
export interface ExternalSecretsIdentityProps {
  /** Cluster that External Secrets runs in. It runs the Pod Identity agent. */
  readonly cluster: eks.ICluster;
}

/**
 * The role of External Secrets. It may read no secret: all that it may do is take the roles of namespaces, which trust it and may read what
 * the namespace needs. EKS Pod Identity gives a role to pods alone, so that a store cannot act as a service account of its own namespace.
 */
export class ExternalSecretsIdentity extends Construct {
  /** The role. */
  public readonly role: iam.IRole;

  constructor(scope: Construct, id: string, { cluster }: ExternalSecretsIdentityProps) {
    super(scope, id);
    const identity = new PodIdentityRole(this, 'Role', {
      description: `External Secrets of ${Stack.of(this).stackName}`,
    });
    const roles = Stack.of(this).formatArn({
      service: 'iam',
      region: '',
      resource: `role${SECRETS_ROLE_PATH}*`,
    });
    const policy = new iam.ManagedPolicy(this, 'Policy', {
      description: 'Takes the roles of namespaces that read secrets',
      roles: [identity.role],
      statements: [
        // The tags of Pod Identity go along with every role that is taken.
        new iam.PolicyStatement({ actions: ['sts:AssumeRole', 'sts:TagSession'], resources: [roles] }),
      ],
    });
    new eks.CfnPodIdentityAssociation(this, 'Association', {
      clusterName: cluster.clusterName,
      namespace: EXTERNAL_SECRETS_NAMESPACE,
      serviceAccount: EXTERNAL_SECRETS_ACCOUNT,
      roleArn: identity.role.roleArn,
    });
    Validations.of(policy).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${findingText(Stack.of(this).resolve(roles))}]`,
      reason: 'Roles of namespaces come with later stacks; each of them says itself whom it trusts',
    });
    this.role = identity.role;
  }
}
