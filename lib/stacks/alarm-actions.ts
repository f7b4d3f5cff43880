import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { EnvironmentConfig } from '../environment/environment-config';

/** What an alarm of an environment does when it fires and when it is over. */
export function alarmActions(scope: Construct, { alarmTopicArn }: EnvironmentConfig): IAlarmAction[] {
  return alarmTopicArn === undefined ? [] : [new SnsAction(sns.Topic.fromTopicArn(scope, 'AlarmTopic', alarmTopicArn))];
}
