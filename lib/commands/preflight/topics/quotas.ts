import type { EnvironmentConfig } from '../../../environment/environment-config';
import { type QuotaName } from '../account-facts';
import { type AccountReader } from '../aws-account';
import { check, type Finding, type Topic, findingIf, warning } from '../check';
import { ADDRESS_QUOTA, VPC_QUOTA } from '../requirements';

/** Quotas that the environment counts against. */
export const quotaChecks: Topic = ({ environment, requirements, account }) => {
  const { vcpus, addresses, vpcs } = requirements;
  const findRoom = (quota: QuotaName, needed: number, existing: 'addresses' | 'vpcs') => () =>
    roomFor(quota, needed, account[existing](), environment, account);
  return [
    ...vcpus.map(({ name, quota, vcpus: needed, nodes }) =>
      check(`Quota: ${name}`, `${needed} vCPU (${nodes})`, async () => {
        if (quota === undefined)
          return warning(
            'unknown',
            `look up the quota for ${nodes} in the console of Service Quotas: its code is not known here`,
          );
        const value = await account.quota(quota);
        return findingIf(value >= needed, `${value} vCPU`, increase(quota, needed, environment.region));
      }),
    ),
    addresses > 0 &&
      check(
        'Quota: Elastic IP addresses',
        `${addresses} of NAT gateways`,
        findRoom(ADDRESS_QUOTA, addresses, 'addresses'),
      ),
    vpcs > 0 && check('Quota: VPCs', `${vpcs}`, findRoom(VPC_QUOTA, vpcs, 'vpcs')),
  ];
};

/** Room below a quota that counts what exists, of which some may be the environment's own from an earlier deployment. */
async function roomFor(
  quota: QuotaName,
  needed: number,
  existing: Promise<(string | undefined)[]>,
  environment: EnvironmentConfig,
  account: AccountReader,
): Promise<Finding> {
  const [stacks, value] = await Promise.all([existing, account.quota(quota)]);
  const own = stacks.filter((stack) => stack === `${environment.name}-Network`).length;
  const missing = Math.max(0, needed - own);
  const found = own > 0 ? `${own} deployed already` : `${Math.max(0, value - stacks.length)} free of ${value}`;
  return findingIf(
    stacks.length + missing <= value,
    found,
    `remove what nobody uses, or: ${increase(quota, stacks.length + missing, environment.region)}`,
  );
}

function increase({ service, code }: QuotaName, value: number, region: string): string {
  return `aws service-quotas request-service-quota-increase --region ${region} --service-code ${service} --quota-code ${code} --desired-value ${value}`;
}
