import { Annotations, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { IReleaseProvider } from '../../constructs/kubernetes';
import { ModelService } from '../../constructs/serving';
import { type IModelWeights, ModelWeights } from '../../constructs/weights';
import type { EnvironmentConfig } from '../environment/environment-config';
import type { ModelConfig } from '../environment/model/model-config';
import { modelNotices } from '../environment/model/model-notices';
import { placementOf } from '../environment/model/model-placement';
import { modelOptions } from '../environment/model/model-options';

export interface ServingStackProps extends StackProps {
  readonly environment: EnvironmentConfig;
  readonly model: ModelConfig;
  readonly provider: IReleaseProvider;
  /** Bucket of weights that the Data stack made. */
  readonly weights?: IModelWeights;
}

/** One model. It has a stack of its own, because CloudFormation rolls back whole stacks. */
export class ServingStack extends Stack {
  public readonly service: ModelService;

  constructor(scope: Construct, id: string, props: ServingStackProps) {
    super(scope, id, props);
    const { environment, model } = props;
    this.service = new ModelService(this, 'Model', {
      provider: props.provider,
      environmentName: environment.name,
      weightsBucket: model.weights ? (props.weights ?? this.existingBucket(environment)) : undefined,
      ...modelOptions(model, environment),
    });
    // What was promoted without a verdict is said where the deployment ends.
    new CfnOutput(this, 'Judgement', {
      value: this.service.release.judgement,
      description: 'What the gates of the last deployment have judged',
    });
    if (model.accelerator !== undefined && !placementOf(model, environment)) {
      Annotations.of(this.service).addInfo(
        `whether ${model.repository} fits on ${model.accelerator} was not checked: its sizes are not in the catalog; give placement.configFile`,
      );
    }
    for (const notice of modelNotices(model, environment)) Annotations.of(this.service).addInfo(notice);
  }

  private existingBucket({ weightsBucket }: EnvironmentConfig): IModelWeights | undefined {
    return (
      weightsBucket &&
      ModelWeights.fromBucketAttributes(this, 'Weights', {
        bucketName: weightsBucket.name,
        region: weightsBucket.region,
        encryptionKey:
          weightsBucket.keyArn === undefined ? undefined : kms.Key.fromKeyArn(this, 'WeightsKey', weightsBucket.keyArn),
      })
    );
  }
}
