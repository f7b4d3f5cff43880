import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { IReleaseProvider } from '../../constructs/kubernetes';
import { ModelService } from '../../constructs/serving';
import type { EnvironmentConfig, ModelConfig } from '../environment';
import { modelServiceOptions } from '../model-service-props';

/** Properties of `ServingStack`. */
export interface ServingStackProps extends StackProps {
  readonly environment: EnvironmentConfig;
  readonly model: ModelConfig;
  readonly provider: IReleaseProvider;
}

/** One model. It has a stack of its own, because CloudFormation rolls back whole stacks. */
export class ServingStack extends Stack {
  public readonly service: ModelService;

  constructor(scope: Construct, id: string, props: ServingStackProps) {
    super(scope, id, props);
    this.service = new ModelService(this, 'Model', { provider: props.provider, ...modelServiceOptions(props.model, props.environment) });
  }
}
