import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ModelWeights } from '../../constructs/weights';
import type { EnvironmentConfig } from '../environment/environment-config';

export interface DataStackProps extends StackProps {
  readonly environment: EnvironmentConfig;
  /** Name of the bucket for imported weights. */
  readonly bucketName: string;
}

/** What models are made of and outlives them: the bucket of their weights. */
export class DataStack extends Stack {
  public readonly weights: ModelWeights;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    this.weights = new ModelWeights(this, 'Weights', {
      bucketName: props.bucketName,
      removalPolicy: props.environment.retention === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }
}
