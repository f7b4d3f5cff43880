import { check, type CheckContext, type Finding, type Topic, ok, problem, warning } from '../check';

/** Operations that a role needs on a key to start instances whose volumes are under it. */
const OPERATIONS =
  'Encrypt Decrypt ReEncryptFrom ReEncryptTo GenerateDataKey GenerateDataKeyWithoutPlaintext DescribeKey CreateGrant';

/** Volumes of nodes and claims name no key, so they are under the default of the account. */
export const encryptionChecks: Topic = (context) => [
  'create' in context.environment.cluster &&
    check('Default key of volumes', 'usable by nodes', () => findDefaultKey(context)),
];

async function findDefaultKey({ environment, account }: CheckContext): Promise<Finding> {
  const name = await account.defaultVolumeKey();
  if (name === 'alias/aws/ebs') return ok("AWS's own");
  const key = await account.key(name);
  if (key?.awsManaged) return ok("AWS's own");
  if (key === undefined || !key.enabled)
    return problem(
      `${name} is ${key ? 'disabled' : 'not there'}`,
      'no volume can be made: enable the key, or set another with aws ec2 modify-ebs-default-kms-key-id',
    );
  const role = `arn:aws:iam::${environment.account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;
  return warning(
    name,
    `node groups start only with a grant: aws kms create-grant --region ${environment.region} --key-id ${name} --grantee-principal ${role} --operations ${OPERATIONS}; let the key's policy give the same to the roles of Karpenter and of the EBS driver`,
  );
}
