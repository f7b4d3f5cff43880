import { UserError } from '../command-line/user-error';
import type { EnvironmentConfig } from '../environment';
import { type AccountReader, type QuotaName } from './account-reader';
import { ADDRESS_QUOTA, type Needs, VPC_QUOTA } from './needs';

/** Oldest bootstrap stack whose roles may roll a failed stack back by `cdk rollback`. */
const MIN_BOOTSTRAP = 23;

/** Outcome of one check. */
export interface CheckResult {
  readonly check: string;
  readonly needed: string;
  readonly found: string;
  /** `unknown` when the answer could not be had. */
  readonly state: 'ok' | 'warning' | 'problem' | 'unknown';
  /** What a person should do; absent when it is ok. */
  readonly advice?: string;
}

/** Errors of connections, as Node words them. */
const UNREACHABLE = /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT/;

type Finding = Pick<CheckResult, 'found' | 'state' | 'advice'>;

/**
 * Looks at everything that would make the first deployment of an environment fail.
 *
 * @throws UserError when there are no credentials, or they are of another account: nothing else can be told then
 */
export async function checkAccount(environment: EnvironmentConfig, needs: Needs, account: AccountReader): Promise<CheckResult[]> {
  const { region } = environment;
  await checkIdentity(environment, account);
  const checks: Promise<CheckResult>[] = [
    check('CDK bootstrap', `version ${MIN_BOOTSTRAP} or newer`, async () => {
      const version = await account.bootstrapVersion();
      const ok = version !== undefined && version >= MIN_BOOTSTRAP;
      return { found: version === undefined ? 'none' : `version ${version}`, ...verdict(ok, `npx cdk bootstrap aws://${environment.account}/${region}`) };
    }),
    ...needs.vcpus.map(({ name, quota, vcpus, nodes }) => check(`Quota: running on-demand ${name}`, `${vcpus} vCPU (${nodes})`, async () => {
      const value = await account.quota(quota);
      return { found: `${value} vCPU`, ...verdict(value >= vcpus, increase(quota, vcpus, region)) };
    })),
  ];
  if (needs.instanceTypes.length > 0) checks.push(...instanceTypeChecks(needs, account));
  if (needs.addresses > 0) {
    checks.push(check('Quota: Elastic IP addresses', `${needs.addresses} of NAT gateways`, () =>
      roomFor(ADDRESS_QUOTA, needs.addresses, account.addresses(), environment, account)));
  }
  if (needs.vpcs > 0) checks.push(check('Quota: VPCs', `${needs.vpcs}`, () => roomFor(VPC_QUOTA, needs.vpcs, account.vpcs(), environment, account)));
  const { kubernetesVersion } = needs;
  if (kubernetesVersion !== undefined) {
    checks.push(check('EKS', `Kubernetes ${kubernetesVersion}`, async () => {
      const versions = await account.kubernetesVersions();
      return { found: versions.join(', '), ...verdict(versions.includes(kubernetesVersion), `choose a region where EKS offers Kubernetes ${kubernetesVersion}, or another version in constructs/cluster`) };
    }));
  }
  return Promise.all(checks);
}

async function checkIdentity({ name, account: expected }: EnvironmentConfig, account: AccountReader): Promise<void> {
  let id: string;
  try {
    id = await account.accountId();
  } catch (error) {
    if (UNREACHABLE.test(reasonOf(error))) throw new UserError(`AWS: expected an answer, got none: ${reasonOf(error)}; check the connection${process.env.AWS_ENDPOINT_URL ? ` and AWS_ENDPOINT_URL (${process.env.AWS_ENDPOINT_URL})` : ''}`);
    throw new UserError(`credentials: expected some for account ${expected}, got none that work: ${reasonOf(error)}; log in (aws sso login) or set AWS_PROFILE`);
  }
  if (id !== expected) throw new UserError(`credentials: expected account ${expected} of ${name}, got ${id}; take credentials of that account, or correct the account in environments/`);
}

function instanceTypeChecks({ instanceTypes, zones }: Needs, account: AccountReader): Promise<CheckResult>[] {
  const offered = account.offeredZones(instanceTypes);
  return instanceTypes.map((type) => check(`Offered: ${type}`, zones.join(', '), async () => {
    const found = ((await offered).get(type) ?? []).filter((zone) => zones.includes(zone)).sort();
    if (found.length === zones.length) return { found: 'in all', state: 'ok' };
    return found.length > 0
      ? { found: `only ${found.join(', ')}`, state: 'warning', advice: `${type} will not run in every zone; choose zones that all offer it to survive the loss of one` }
      : { found: 'in none', state: 'problem', advice: `choose zones or an instance type for ${type} that go together, in environments/` };
  }));
}

/** Room below a quota that counts what exists, of which some may be the environment's own from an earlier deployment. */
async function roomFor(
  quota: QuotaName, needed: number, existing: Promise<(string | undefined)[]>, environment: EnvironmentConfig, account: AccountReader,
): Promise<Finding> {
  const [stacks, value] = await Promise.all([existing, account.quota(quota)]);
  const own = stacks.filter((stack) => stack === `${environment.name}-Network`).length;
  const missing = Math.max(0, needed - own);
  const found = own > 0 ? `${own} deployed already` : `${Math.max(0, value - stacks.length)} free of ${value}`;
  return { found, ...verdict(stacks.length + missing <= value, `remove what nobody uses, or: ${increase(quota, stacks.length + missing, environment.region)}`) };
}

/** One check; an answer that could not be had is not known. */
export async function check(name: string, needed: string, find: () => Promise<Finding>): Promise<CheckResult> {
  try {
    return { check: name, needed, ...await find() };
  } catch (error) {
    return { check: name, needed, found: 'unknown', state: 'unknown', advice: `could not be read: ${reasonOf(error)}` };
  }
}

function verdict(ok: boolean, advice: string): Pick<CheckResult, 'state' | 'advice'> {
  return ok ? { state: 'ok' } : { state: 'problem', advice };
}

function increase({ service, code }: QuotaName, value: number, region: string): string {
  return `aws service-quotas request-service-quota-increase --region ${region} --service-code ${service} --quota-code ${code} --desired-value ${value}`;
}

/** One line; errors of connections have their reason inside. */
function reasonOf(error: unknown): string {
  const { message, errors, code } = error as Error & { errors?: Error[]; code?: string };
  return (message || errors?.[0]?.message || code || String(error)).split('\n')[0];
}
