import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeSnapshotsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointServicesCommand,
  EC2Client,
  GetEbsDefaultKmsKeyIdCommand,
  type _InstanceType,
  paginateDescribeCapacityReservations,
  paginateDescribeSubnets,
  paginateDescribeVpcs,
  type Tag,
} from '@aws-sdk/client-ec2';
import {
  DescribeClusterCommand,
  DescribeClusterVersionsCommand,
  EKSClient,
  paginateDescribeAddonVersions,
} from '@aws-sdk/client-eks';
import { GetRoleCommand, GetUserCommand, IAMClient, ListOpenIDConnectProvidersCommand } from '@aws-sdk/client-iam';
import { DescribeKeyCommand, GetKeyPolicyCommand, KMSClient } from '@aws-sdk/client-kms';
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import {
  type AccountReader,
  type ClusterFacts,
  type KeyFacts,
  type KubernetesRelease,
  type QuotaName,
  type ReservationFacts,
  type SubnetFacts,
  type TopicFacts,
  type VpcFacts,
} from './account-reader';

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
    // Quotas that were never changed have only a default.
    const { Quota } =
      (await unless(['NoSuchResourceException'], client.send(new GetServiceQuotaCommand(name)))) ??
      (await client.send(new GetAWSDefaultServiceQuotaCommand(name)));
    return valueOf(Quota);
  }

  public async vpcs(): Promise<(string | undefined)[]> {
    const stacks: (string | undefined)[] = [];
    for await (const { Vpcs = [] } of paginateDescribeVpcs({ client: new EC2Client(this.config) }, {}))
      stacks.push(...Vpcs.map(({ Tags }) => stackOf(Tags)));
    return stacks;
  }

  public async addresses(): Promise<(string | undefined)[]> {
    const { Addresses = [] } = await new EC2Client(this.config).send(new DescribeAddressesCommand({}));
    return Addresses.map(({ Tags }) => stackOf(Tags));
  }

  public async offeredZones(instanceTypes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const zones = new Map<string, string[]>(instanceTypes.map((type) => [type, []]));
    const { InstanceTypeOfferings = [] } = await new EC2Client(this.config).send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: 'availability-zone',
        Filters: [{ Name: 'instance-type', Values: instanceTypes as _InstanceType[] }],
      }),
    );
    for (const { InstanceType = '', Location = '' } of InstanceTypeOfferings) zones.get(InstanceType)?.push(Location);
    return zones;
  }

  public async zones(): Promise<ReadonlyMap<string, string>> {
    const { AvailabilityZones = [] } = await new EC2Client(this.config).send(
      new DescribeAvailabilityZonesCommand({
        Filters: [
          { Name: 'zone-type', Values: ['availability-zone'] },
          { Name: 'opt-in-status', Values: ['opt-in-not-required', 'opted-in'] },
        ],
      }),
    );
    return new Map(AvailabilityZones.map(({ ZoneName = '', ZoneId = '' }) => [ZoneName, ZoneId]));
  }

  public async endpointZones(services: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const { ServiceDetails = [] } = await new EC2Client(this.config).send(
      new DescribeVpcEndpointServicesCommand({
        // Some services in China have another beginning.
        Filters: [
          {
            Name: 'service-name',
            Values: services.flatMap((service) =>
              ['', 'cn.'].map((prefix) => `${prefix}com.amazonaws.${this.config.region}.${service}`),
            ),
          },
        ],
      }),
    );
    return new Map(
      ServiceDetails.map(({ ServiceName = '', AvailabilityZones = [] }) => [
        ServiceName.split(`.${this.config.region}.`)[1] ?? ServiceName,
        AvailabilityZones,
      ]),
    );
  }

  public async vpc(vpcId: string): Promise<VpcFacts | undefined> {
    const client = new EC2Client(this.config);
    for await (const { Vpcs = [] } of paginateDescribeVpcs(
      { client },
      { Filters: [{ Name: 'vpc-id', Values: [vpcId] }] },
    )) {
      if (Vpcs.length === 0) continue;
      const [support, names] = await Promise.all([
        client.send(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute: 'enableDnsSupport' })),
        client.send(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute: 'enableDnsHostnames' })),
      ]);
      return {
        cidrs: (Vpcs[0].CidrBlockAssociationSet ?? []).map(({ CidrBlock = '' }) => CidrBlock),
        hasDns: support.EnableDnsSupport?.Value === true && names.EnableDnsHostnames?.Value === true,
      };
    }
    return undefined;
  }

  public async subnets(subnetIds: readonly string[]): Promise<ReadonlyMap<string, SubnetFacts>> {
    const known = new Map<string, SubnetFacts>();
    // By a filter: an id that does not exist is no error then.
    for await (const { Subnets = [] } of paginateDescribeSubnets(
      { client: new EC2Client(this.config) },
      { Filters: [{ Name: 'subnet-id', Values: [...subnetIds] }] },
    )) {
      for (const {
        SubnetId = '',
        VpcId = '',
        AvailabilityZone = '',
        AvailabilityZoneId = '',
        AvailableIpAddressCount = 0,
      } of Subnets) {
        known.set(SubnetId, {
          vpcId: VpcId,
          zone: AvailabilityZone,
          zoneId: AvailabilityZoneId,
          freeAddresses: AvailableIpAddressCount,
        });
      }
    }
    return known;
  }

  public async reservations(ids: readonly string[]): Promise<ReadonlyMap<string, ReservationFacts>> {
    const known = new Map<string, ReservationFacts>();
    for await (const { CapacityReservations = [] } of paginateDescribeCapacityReservations(
      { client: new EC2Client(this.config) },
      {},
    )) {
      for (const {
        CapacityReservationId = '',
        State = '',
        ReservationType,
        InstanceType = '',
        AvailabilityZone = '',
        TotalInstanceCount = 0,
      } of CapacityReservations) {
        if (!ids.includes(CapacityReservationId)) continue;
        known.set(CapacityReservationId, {
          state: State,
          isBlock: ReservationType === 'capacity-block',
          instanceType: InstanceType,
          zone: AvailabilityZone,
          instances: TotalInstanceCount,
        });
      }
    }
    return known;
  }

  public async snapshotState(snapshotId: string): Promise<string | undefined> {
    const found = await unless(
      ['InvalidSnapshot.NotFound'],
      new EC2Client(this.config).send(new DescribeSnapshotsCommand({ SnapshotIds: [snapshotId] })),
    );
    return found?.Snapshots?.[0]?.State;
  }

  public async defaultVolumeKey(): Promise<string> {
    const { KmsKeyId = '' } = await new EC2Client(this.config).send(new GetEbsDefaultKmsKeyIdCommand({}));
    return KmsKeyId;
  }

  public async key(key: string): Promise<KeyFacts | undefined> {
    const found = await unless(
      ['NotFoundException'],
      new KMSClient(this.config).send(new DescribeKeyCommand({ KeyId: key })),
    );
    return (
      found && { enabled: found.KeyMetadata?.Enabled === true, awsManaged: found.KeyMetadata?.KeyManager === 'AWS' }
    );
  }

  public async keyPolicy(key: string): Promise<string> {
    const client = new KMSClient(this.config);
    // A policy is asked for by the key itself, and not by an alias.
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: key }));
    const { Policy = '{}' } = await client.send(new GetKeyPolicyCommand({ KeyId: KeyMetadata?.KeyId }));
    return Policy;
  }

  public async principal(arn: string): Promise<string | undefined> {
    const client = new IAMClient(this.config);
    const name = arn.split('/').at(-1);
    const missing = ['NoSuchEntityException', 'NoSuchEntity'];
    if (/:user\//.test(arn))
      return (await unless(missing, client.send(new GetUserCommand({ UserName: name }))))?.User?.Arn;
    return (await unless(missing, client.send(new GetRoleCommand({ RoleName: name }))))?.Role?.Arn;
  }

  public async identityProviders(): Promise<string[]> {
    const { OpenIDConnectProviderList = [] } = await new IAMClient(this.config).send(
      new ListOpenIDConnectProvidersCommand({}),
    );
    return OpenIDConnectProviderList.map(({ Arn = '' }) => Arn);
  }

  public async topic(arn: string): Promise<TopicFacts | undefined> {
    const found = await unless(
      ['NotFoundException', 'NotFound'],
      new SNSClient(this.config).send(new GetTopicAttributesCommand({ TopicArn: arn })),
    );
    return found && { policy: found.Attributes?.Policy ?? '{}', key: found.Attributes?.KmsMasterKeyId };
  }

  public async bucket(name: string): Promise<'none' | 'here' | 'elsewhere' | 'forbidden'> {
    try {
      await new S3Client(this.config).send(new HeadBucketCommand({ Bucket: name }));
      return 'here';
    } catch (error) {
      const { $metadata: { httpStatusCode = 0 } = {} } = error as { $metadata?: { httpStatusCode?: number } };
      if (httpStatusCode === 404) return 'none';
      if (httpStatusCode === 403) return 'forbidden';
      if (httpStatusCode >= 300 && httpStatusCode < 400) return 'elsewhere';
      throw error;
    }
  }

  public async hasLogGroup(name: string): Promise<boolean> {
    const { logGroups = [] } = await new CloudWatchLogsClient(this.config).send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: name }),
    );
    return logGroups.some(({ logGroupName }) => logGroupName === name);
  }

  public async cluster(name: string): Promise<ClusterFacts | undefined> {
    const found = await unless(
      ['ResourceNotFoundException'],
      new EKSClient(this.config).send(new DescribeClusterCommand({ name })),
    );
    const { endpoint = '', resourcesVpcConfig, accessConfig } = found?.cluster ?? {};
    return (
      found && {
        endpoint,
        vpcId: resourcesVpcConfig?.vpcId ?? '',
        authenticationMode: accessConfig?.authenticationMode ?? '',
      }
    );
  }

  public async stackOf(physicalId: string): Promise<string | undefined> {
    // CloudFormation has no error of its own for what belongs to no stack.
    const found = await unless(
      ['ValidationError'],
      new CloudFormationClient(this.config).send(new DescribeStackResourcesCommand({ PhysicalResourceId: physicalId })),
    );
    // All resources of that stack, but no more than a hundred: the one that was asked for need not be among them.
    return found?.StackResources?.[0]?.StackName;
  }

  public async kubernetesReleases(): Promise<KubernetesRelease[]> {
    const { clusterVersions = [] } = await new EKSClient(this.config).send(new DescribeClusterVersionsCommand({}));
    return clusterVersions.map(({ clusterVersion: version = '', versionStatus, endOfStandardSupportDate }) => ({
      version,
      standardSupport: versionStatus === undefined || versionStatus === 'STANDARD_SUPPORT',
      ...(endOfStandardSupportDate
        ? { endOfStandardSupport: endOfStandardSupportDate.toISOString().slice(0, 10) }
        : {}),
    }));
  }

  public async addonVersions(addon: string, kubernetesVersion: string): Promise<string[]> {
    const versions: string[] = [];
    const request = { addonName: addon, kubernetesVersion };
    for await (const { addons = [] } of paginateDescribeAddonVersions(
      { client: new EKSClient(this.config) },
      request,
    )) {
      versions.push(
        ...addons.flatMap(({ addonVersions = [] }) => addonVersions).map(({ addonVersion = '' }) => addonVersion),
      );
    }
    // As EKS orders them is nowhere promised.
    return versions.sort((left, right) => right.localeCompare(left, 'en', { numeric: true }));
  }

  public async parameter(name: string): Promise<string | undefined> {
    return (
      await unless(['ParameterNotFound'], new SSMClient(this.config).send(new GetParameterCommand({ Name: name })))
    )?.Parameter?.Value;
  }
}

/** What was asked for; undefined when AWS answers by one of these errors. */
async function unless<T>(errors: readonly string[], asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (errors.includes((error as Error).name)) return undefined;
    throw error;
  }
}

function valueOf(quota: { Value?: number } | undefined): number {
  if (quota?.Value === undefined) throw new Error('the quota has no value');
  return quota.Value;
}

function stackOf(tags: readonly Tag[] | undefined): string | undefined {
  return tags?.find(({ Key }) => Key === STACK_TAG)?.Value;
}
