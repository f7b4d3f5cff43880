import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ModelAlarms } from '../../constructs/observability';
import type { EnvironmentConfig } from '../environment/environment-config';
import type { ModelConfig } from '../environment/model/model-config';
import { durationOf } from '../environment/plain-data';
import { alarmActions } from './alarm-actions';

/** Properties of `AlarmsStack`. */
export interface AlarmsStackProps extends StackProps {
  readonly environment: EnvironmentConfig;
  readonly model: ModelConfig;
}

/**
 * Alarms of one model, which exist before it does. They have a stack of their own: beside the model, a rollback of the model
 * would take back the alarms that watch it; all in one stack, the template would outgrow its limits with the models.
 */
export class AlarmsStack extends Stack {
  constructor(scope: Construct, id: string, props: AlarmsStackProps) {
    super(scope, id, props);
    const { name, objectives, autoscaling } = props.model;
    new ModelAlarms(this, 'Alarms', {
      environmentName: props.environment.name,
      modelName: name,
      timeToFirstToken: durationOf('objectives.timeToFirstToken', objectives.timeToFirstToken, [])!,
      errorRatio: objectives.errorRatio,
      autoscaled: autoscaling !== undefined,
      actions: alarmActions(this, props.environment),
    });
  }
}
