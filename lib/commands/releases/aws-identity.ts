import { STS } from '@aws-sdk/client-sts';
import { UserError } from '../command-line/user-error';
import type { EnvironmentConfig } from '../../environment/environment-config';

/** The account of the present AWS identity. */
export async function accountOfIdentity(region: string): Promise<string> {
  const { Account = '' } = await new STS({ region }).getCallerIdentity();
  return Account;
}

/**
 * Names of functions and stacks are the same in every account: what is asked of the wrong one is answered too.
 *
 * @throws UserError when the present AWS identity is of another account than the environment
 */
export async function refuseOtherAccount(
  { name, region, account }: EnvironmentConfig,
  accountOf: (region: string) => Promise<string>,
): Promise<void> {
  if (!account) return;
  const present = await accountOf(region);
  if (present !== account)
    throw new UserError(
      `AWS identity: expected account ${account} (environments/${name}.ts), got ${present}; check AWS_PROFILE`,
    );
}
