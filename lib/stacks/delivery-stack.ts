import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { GithubDeployRole } from '../../constructs/delivery';
import type { DeliveryConfig } from '../environment/environment-config';

/** Properties of `DeliveryStack`. */
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
    new GithubDeployRole(this, 'GitHub', {
      ...props.delivery,
      roleName: deployRoleName(props.environmentName),
    });
  }
}
