import { DescribeAddressesCommand, DescribeInstanceTypeOfferingsCommand, EC2Client, type _InstanceType, paginateDescribeVpcs, type Tag } from '@aws-sdk/client-ec2';
import { DescribeClusterVersionsCommand, EKSClient, paginateDescribeAddonVersions } from '@aws-sdk/client-eks';
import { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type AccountReader, type KubernetesRelease, type QuotaName } from './account-reader';

/** Parameter that `cdk bootstrap` writes. */
const BOOTSTRAP_PARAMETER = '/cdk-bootstrap/hnb659fds/version';

/** Tag that CloudFormation puts on what it makes. */
const STACK_TAG = 'aws:cloudformation:stack-name';

/** An AWS account in one region, as the present identity sees it. */
export class AwsAccount implements AccountReader {
  private readonly config: { region: string; maxAttempts: number };

  public constructor(region: string) {
    this.config = { region, maxAttempts: 2 };
  }

  public async accountId(): Promise<string> {
    const { Account = '' } = await new STSClient(this.config).send(new GetCallerIdentityCommand({}));
    return Account;
  }

  public async bootstrapVersion(): Promise<number | undefined> {
    const version = await this.parameter(BOOTSTRAP_PARAMETER);
    return version === undefined ? undefined : Number(version);
  }

  public async quota({ service, code }: QuotaName): Promise<number> {
    const client = new ServiceQuotasClient(this.config);
    const name = { ServiceCode: service, QuotaCode: code };
    try {
      return valueOf((await client.send(new GetServiceQuotaCommand(name))).Quota);
    } catch (error) {
      // Quotas that were never changed have only a default.
      if ((error as Error).name !== 'NoSuchResourceException') throw error;
      return valueOf((await client.send(new GetAWSDefaultServiceQuotaCommand(name))).Quota);
    }
  }

  public async vpcs(): Promise<(string | undefined)[]> {
    const stacks: (string | undefined)[] = [];
    for await (const { Vpcs = [] } of paginateDescribeVpcs({ client: new EC2Client(this.config) }, {})) stacks.push(...Vpcs.map(({ Tags }) => stackOf(Tags)));
    return stacks;
  }

  public async addresses(): Promise<(string | undefined)[]> {
    const { Addresses = [] } = await new EC2Client(this.config).send(new DescribeAddressesCommand({}));
    return Addresses.map(({ Tags }) => stackOf(Tags));
  }

  public async offeredZones(instanceTypes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const zones = new Map<string, string[]>(instanceTypes.map((type) => [type, []]));
    const { InstanceTypeOfferings = [] } = await new EC2Client(this.config).send(new DescribeInstanceTypeOfferingsCommand({
      LocationType: 'availability-zone',
      Filters: [{ Name: 'instance-type', Values: instanceTypes as _InstanceType[] }],
    }));
    for (const { InstanceType = '', Location = '' } of InstanceTypeOfferings) zones.get(InstanceType)?.push(Location);
    return zones;
  }

  public async kubernetesVersions(): Promise<string[]> {
    const { clusterVersions = [] } = await new EKSClient(this.config).send(new DescribeClusterVersionsCommand({}));
    return clusterVersions.map(({ clusterVersion = '' }) => clusterVersion);
  }

  public async kubernetesReleases(): Promise<KubernetesRelease[]> {
    const { clusterVersions = [] } = await new EKSClient(this.config).send(new DescribeClusterVersionsCommand({}));
    return clusterVersions.map(({ clusterVersion: version = '', versionStatus, endOfStandardSupportDate }) => ({
      version,
      standardSupport: versionStatus === undefined || versionStatus === 'STANDARD_SUPPORT',
      ...(endOfStandardSupportDate ? { endOfStandardSupport: endOfStandardSupportDate.toISOString().slice(0, 10) } : {}),
    }));
  }

  public async addonVersions(addon: string, kubernetesVersion: string): Promise<string[]> {
    const versions: string[] = [];
    const request = { addonName: addon, kubernetesVersion };
    for await (const { addons = [] } of paginateDescribeAddonVersions({ client: new EKSClient(this.config) }, request)) {
      versions.push(...addons.flatMap(({ addonVersions = [] }) => addonVersions).map(({ addonVersion = '' }) => addonVersion));
    }
    // As EKS orders them is nowhere promised.
    return versions.sort((left, right) => right.localeCompare(left, 'en', { numeric: true }));
  }

  public async parameter(name: string): Promise<string | undefined> {
    try {
      const { Parameter } = await new SSMClient(this.config).send(new GetParameterCommand({ Name: name }));
      return Parameter?.Value;
    } catch (error) {
      if ((error as Error).name === 'ParameterNotFound') return undefined;
      throw error;
    }
  }
}

function valueOf(quota: { Value?: number } | undefined): number {
  if (quota?.Value === undefined) throw new Error('the quota has no value');
  return quota.Value;
}

function stackOf(tags: readonly Tag[] | undefined): string | undefined {
  return tags?.find(({ Key }) => Key === STACK_TAG)?.Value;
}
