import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { IReleaseProvider } from '../../constructs/kubernetes';
import { MetricBridge } from '../../constructs/observability';
import type { EnvironmentConfig } from '../environment/environment-config';
import { imageSources } from '../environment/image-sources';
import { resolvedModel } from '../environment/model/model-options';
import { alarmActions } from './alarm-actions';

export interface ObservabilityStackProps extends StackProps {
  readonly environment: EnvironmentConfig;
  readonly provider: IReleaseProvider;
}

/** The series of models in CloudWatch, and an alarm on their silence. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    super(scope, id, props);
    const { name, models, cluster } = props.environment;
    new MetricBridge(this, 'Bridge', {
      provider: props.provider,
      environmentName: name,
      models: models.map((model) => ({
        modelName: model.name,
        metrics: resolvedModel(model, props.environment).metrics,
        autoscaled: model.autoscaling !== undefined,
      })),
      image: imageSources(props.environment).reference(MetricBridge.COLLECTOR_IMAGE),
      prometheusAddress: 'existing' in cluster ? cluster.existing.prometheusAddress : undefined,
      actions: alarmActions(this, props.environment),
    });
  }
}
