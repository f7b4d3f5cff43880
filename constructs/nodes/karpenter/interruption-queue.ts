import { Duration, Validations } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Properties of `InterruptionQueue`. */
export interface InterruptionQueueProps {
  /** Name of the queue. */
  readonly queueName: string;
}

/** What EC2 announces before it takes a node away, by the id of the rule. */
const EVENTS: Readonly<Record<string, { readonly source: string; readonly detailType: string }>> = {
  SpotInterruption: { source: 'aws.ec2', detailType: 'EC2 Spot Instance Interruption Warning' },
  Rebalance: { source: 'aws.ec2', detailType: 'EC2 Instance Rebalance Recommendation' },
  StateChange: { source: 'aws.ec2', detailType: 'EC2 Instance State-change Notification' },
  ReservationInterruption: { source: 'aws.ec2', detailType: 'EC2 Capacity Reservation Instance Interruption Warning' },
  ScheduledChange: { source: 'aws.health', detailType: 'AWS Health Event' },
};

/** What Karpenter reads to drain a node before it is taken away: two minutes before, for Spot. */
export class InterruptionQueue extends Construct {
  /** The queue. */
  public readonly queue: sqs.Queue;

  constructor(scope: Construct, id: string, props: InterruptionQueueProps) {
    super(scope, id);
    this.queue = new sqs.Queue(this, 'Resource', {
      queueName: props.queueName,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // A warning is of two minutes; what is older is of nodes that are gone.
      retentionPeriod: Duration.minutes(5),
    });
    for (const [name, { source, detailType }] of Object.entries(EVENTS)) {
      new events.Rule(this, name, {
        eventPattern: { source: [source], detailType: [detailType] },
        targets: [new targets.SqsQueue(this.queue)],
      });
    }
    Validations.of(this.queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'A warning that could not be read in five minutes is of a node that is gone; nobody would read it later',
    });
  }
}
