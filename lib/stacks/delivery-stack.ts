import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { GithubDeployRole } from '../../constructs/delivery';
import type { DeliveryConfig } from '../environment';

/** Properties of `DeliveryStack`. */
export interface DeliveryStackProps extends StackProps {
  readonly environmentName: string;
  readonly delivery: DeliveryConfig;
}

/** The role that the deployment workflow takes. It is deployed by a person, once, before the workflow can run. */
export class DeliveryStack extends Stack {
  constructor(scope: Construct, id: string, props: DeliveryStackProps) {
    super(scope, id, props);
    new GithubDeployRole(this, 'GitHub', {
      repository: props.delivery.repository,
      githubEnvironment: props.delivery.githubEnvironment,
      roleName: `llm-${props.environmentName}-deploy`,
      identityProviderArn: props.delivery.identityProviderArn,
    });
  }
}
