import { UserError } from '../command-line/user-error';
import type { EnvironmentConfig } from '../../environment/environment-config';
import { type AccountReader } from './aws-account';
import { type CheckContext, type CheckResult, reasonOf, run, type Topic } from './check';
import { accessChecks } from './topics/access';
import { alarmChecks } from './topics/alarms';
import { bootstrapChecks } from './topics/bootstrap';
import { capacityChecks } from './topics/capacity';
import { deliveryChecks } from './topics/delivery';
import { encryptionChecks } from './topics/encryption';
import { existingChecks } from './topics/existing';
import { imageChecks } from './topics/images';
import { instanceTypeChecks } from './topics/instance-types';
import { nameChecks } from './topics/names';
import { quotaChecks } from './topics/quotas';
import { versionChecks } from './topics/versions';
import { weightsChecks } from './topics/weights';
import { zoneChecks } from './topics/zones';

/** Everything that is asked, in the order of the report. */
const TOPICS: readonly Topic[] = [
  bootstrapChecks,
  zoneChecks,
  instanceTypeChecks,
  quotaChecks,
  capacityChecks,
  existingChecks,
  nameChecks,
  accessChecks,
  encryptionChecks,
  weightsChecks,
  alarmChecks,
  deliveryChecks,
  imageChecks,
  versionChecks,
];

/** Errors of connections, as Node words them. */
const UNREACHABLE = /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT/;

/**
 * Looks at everything that AWS would refuse in the middle of a deployment and can be read beforehand, and at what is behind.
 *
 * @throws UserError when there are no credentials, or they are of another account: nothing else can be told then
 */
export async function checkAccount(context: CheckContext): Promise<CheckResult[]> {
  await checkIdentity(context.environment, context.account);
  const checks = TOPICS.flatMap((topic) => topic(context)).filter((check) => check !== false && check !== undefined);
  return Promise.all(checks.map(run));
}

async function checkIdentity({ name, account: expected }: EnvironmentConfig, account: AccountReader): Promise<void> {
  let id: string;
  try {
    id = await account.accountId();
  } catch (error) {
    if (UNREACHABLE.test(reasonOf(error)))
      throw new UserError(
        `AWS: expected an answer, got none: ${reasonOf(error)}; check the connection${process.env.AWS_ENDPOINT_URL ? ` and AWS_ENDPOINT_URL (${process.env.AWS_ENDPOINT_URL})` : ''}`,
      );
    throw new UserError(
      `credentials: expected some for account ${expected}, got none that work: ${reasonOf(error)}; log in (aws sso login) or set AWS_PROFILE`,
    );
  }
  if (id !== expected)
    throw new UserError(
      `credentials: expected account ${expected} of ${name}, got ${id}; take credentials of that account, or correct the account in environments/`,
    );
}
