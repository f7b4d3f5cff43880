import { check, type CheckContext, type Finding, type Topic, ok, problem } from '../check';

/** Service that publishes to a topic when an alarm fires. */
const PUBLISHER = 'cloudwatch.amazonaws.com';

interface Statement {
  readonly Effect?: string;
  readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>;
}

/** The topic that alarms notify: without the right to publish there, they notify nobody and raise no error. */
export const alarmChecks: Topic = (context) => {
  const { alarmTopicArn } = context.environment;
  return [
    alarmTopicArn !== undefined &&
      check('Topic of alarms', `open to ${PUBLISHER}`, () => findTopic(alarmTopicArn, context)),
  ];
};

async function findTopic(arn: string, { account }: CheckContext): Promise<Finding> {
  const topic = await account.topic(arn);
  if (topic === undefined) return problem('none', 'create the topic, or correct alarmTopicArn in environments/');
  if (!lets(topic.policy)) return problem('not open', `let ${PUBLISHER} sns:Publish in the topic's policy`);
  if (topic.key === undefined) return ok('open');
  const key = await account.key(topic.key);
  if (key?.awsManaged)
    return problem(
      `under ${topic.key}`,
      `alarms cannot publish to a topic under AWS's own key: take a key of the account that lets ${PUBLISHER} kms:Decrypt and kms:GenerateDataKey*`,
    );
  return key?.enabled && lets(await account.keyPolicy(topic.key))
    ? ok('open, with its key')
    : problem(
        `under ${topic.key}`,
        `let ${PUBLISHER} kms:Decrypt and kms:GenerateDataKey* in the key's policy, and enable the key`,
      );
}

/** Whether a policy has a statement for CloudWatch, or for everybody under conditions, as topics have at first. */
function lets(policy: string): boolean {
  const { Statement: given = [] } = JSON.parse(policy) as { Statement?: Statement | readonly Statement[] };
  return [given].flat().some(({ Effect, Principal = {} }) => {
    const principals = typeof Principal === 'string' ? [Principal] : Object.values(Principal).flat();
    return Effect === 'Allow' && principals.some((principal) => principal === '*' || principal === PUBLISHER);
  });
}
