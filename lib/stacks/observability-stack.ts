import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
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
    const { name: environmentName, models } = props.environment;
    new MetricBridge(this, 'Bridge', {
      provider: props.provider,
      environmentName,
      models: models.map((model) => model.name),
    });
    for (const model of models) {
      new ModelAlarms(this, `Alarms-${model.name}`, {
        environmentName,
        model: model.name,
        timeToFirstToken: Duration.millis(model.objectives.timeToFirstTokenSeconds * 1000),
        errorRatio: model.objectives.errorRatio,
      });
    }
  }
}
