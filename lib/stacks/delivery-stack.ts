import { Stack, type StackProps } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { GithubDeployRole } from '../../constructs/delivery';
import type { DeliveryConfig } from '../environment/environment-config';

export interface DeliveryStackProps extends StackProps {
  readonly environmentName: string;
  readonly delivery: DeliveryConfig;
}

/** Name of the role that deploys an environment. */
export function deployRoleName(environmentName: string): string {
  return `llm-${environmentName}-deploy`;
}

/** The role that the deployment workflow takes. It is deployed by a person, once, before the workflow can run. */
export class DeliveryStack extends Stack {
  constructor(scope: Construct, id: string, props: DeliveryStackProps) {
    super(scope, id, props);
    const { identityProviderArn, ...delivery } = props.delivery;
    new GithubDeployRole(this, 'GitHub', {
      ...delivery,
      identityProvider:
        identityProviderArn === undefined
          ? undefined
          : iam.OidcProviderNative.fromOidcProviderArn(this, 'IdentityProvider', identityProviderArn),
      roleName: deployRoleName(props.environmentName),
    });
  }
}
