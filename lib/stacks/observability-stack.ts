import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { IReleaseProvider } from '../../constructs/kubernetes';
import { MetricBridge, ModelAlarms } from '../../constructs/observability';
import type { EnvironmentConfig } from '../environment';

/** Properties of `ObservabilityStack`. */
export interface ObservabilityStackProps extends StackProps {
  readonly environment: EnvironmentConfig;
  readonly provider: IReleaseProvider;
}

/** The series of models in CloudWatch, and alarms on them that exist before the models do. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    super(scope, id, props);
    const { name: environmentName, models, alarmTopicArn, cluster } = props.environment;
    const actions = alarmTopicArn === undefined ? [] : [new SnsAction(sns.Topic.fromTopicArn(this, 'AlarmTopic', alarmTopicArn))];
    new MetricBridge(this, 'Bridge', {
      provider: props.provider,
      environmentName,
      models: models.map((model) => model.name),
      prometheusAddress: 'existing' in cluster ? cluster.existing.prometheusAddress : undefined,
      actions,
    });
    for (const model of models) {
      new ModelAlarms(this, `Alarms-${model.name}`, {
        environmentName,
        model: model.name,
        timeToFirstToken: Duration.millis(model.objectives.timeToFirstTokenSeconds * 1000),
        errorRatio: model.objectives.errorRatio,
        actions,
      });
    }
  }
}
