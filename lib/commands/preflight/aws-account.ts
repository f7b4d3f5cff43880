import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import {
  EC2,
  type _InstanceType,
  paginateDescribeCapacityReservations,
  paginateDescribeSubnets,
  paginateDescribeVpcs,
  type Tag,
} from '@aws-sdk/client-ec2';
import { EKS, paginateDescribeAddonVersions } from '@aws-sdk/client-eks';
import { IAM } from '@aws-sdk/client-iam';
import { KMS } from '@aws-sdk/client-kms';
import { S3 } from '@aws-sdk/client-s3';
import { ServiceQuotas } from '@aws-sdk/client-service-quotas';
import { SNS } from '@aws-sdk/client-sns';
import { SSM } from '@aws-sdk/client-ssm';
import { STS } from '@aws-sdk/client-sts';
import {
  type ClusterFacts,
  type KeyFacts,
  type KubernetesRelease,
  type QuotaName,
  type ReservationFacts,
  type SubnetFacts,
  type TopicFacts,
  type VpcFacts,
} from './account-facts';

/** Parameter that `cdk bootstrap` writes. */
const BOOTSTRAP_PARAMETER = '/cdk-bootstrap/hnb659fds/version';

/** Tag that CloudFormation puts on what it makes. */
const STACK_TAG = 'aws:cloudformation:stack-name';

/** What the checks read of an AWS account. */
export type AccountReader = Pick<AwsAccount, keyof AwsAccount>;

/** An AWS account in one region, as the present identity sees it. Nothing here writes. */
export class AwsAccount {
  private readonly config: { region: string; maxAttempts: number };
  private readonly ec2: EC2;

  public constructor(region: string) {
    this.config = { region, maxAttempts: 2 };
    this.ec2 = new EC2(this.config);
  }

  /** Account of the present identity. */
  public async accountId(): Promise<string> {
    const { Account = '' } = await new STS(this.config).getCallerIdentity();
    return Account;
  }

  /** Version of the CDK bootstrap stack; undefined when there is none. */
  public async bootstrapVersion(): Promise<number | undefined> {
    const version = await this.parameter(BOOTSTRAP_PARAMETER);
    return version === undefined ? undefined : Number(version);
  }

  /** Value of a service quota. */
  public async quota({ service, code }: QuotaName): Promise<number> {
    const client = new ServiceQuotas(this.config);
    const name = { ServiceCode: service, QuotaCode: code };
    // Quotas that were never changed have only a default.
    const { Quota } =
      (await unless(['NoSuchResourceException'], client.getServiceQuota(name))) ??
      (await client.getAWSDefaultServiceQuota(name));
    if (Quota?.Value === undefined) throw new Error('the quota has no value');
    return Quota.Value;
  }

  /** For each VPC, the CloudFormation stack that made it. */
  public async vpcs(): Promise<(string | undefined)[]> {
    const vpcs = await all(paginateDescribeVpcs({ client: this.ec2 }, {}), ({ Vpcs }) => Vpcs);
    return vpcs.map(({ Tags }) => stackOf(Tags));
  }

  /** For each Elastic IP address, the CloudFormation stack that made it. */
  public async addresses(): Promise<(string | undefined)[]> {
    const { Addresses = [] } = await this.ec2.describeAddresses();
    return Addresses.map(({ Tags }) => stackOf(Tags));
  }

  /** Zones that offer an instance type, by instance type. */
  public async offeredZones(instanceTypes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const zones = new Map<string, string[]>(instanceTypes.map((type) => [type, []]));
    const { InstanceTypeOfferings = [] } = await this.ec2.describeInstanceTypeOfferings({
      LocationType: 'availability-zone',
      Filters: [{ Name: 'instance-type', Values: instanceTypes as _InstanceType[] }],
    });
    for (const { InstanceType = '', Location = '' } of InstanceTypeOfferings) zones.get(InstanceType)?.push(Location);
    return zones;
  }

  /** Id of each zone of the region that the account may use, by its name; no Local or Wavelength Zones. */
  public async zones(): Promise<ReadonlyMap<string, string>> {
    const { AvailabilityZones = [] } = await this.ec2.describeAvailabilityZones({
      Filters: [
        { Name: 'zone-type', Values: ['availability-zone'] },
        { Name: 'opt-in-status', Values: ['opt-in-not-required', 'opted-in'] },
      ],
    });
    return new Map(AvailabilityZones.map(({ ZoneName = '', ZoneId = '' }) => [ZoneName, ZoneId]));
  }

  /** Zones with an endpoint of a service, by the last part of the service's name, such as `ecr.api`. */
  public async endpointZones(services: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const { region } = this.config;
    // Some services in China have another beginning.
    const names = services.flatMap((service) =>
      ['', 'cn.'].map((prefix) => `${prefix}com.amazonaws.${region}.${service}`),
    );
    const { ServiceDetails = [] } = await this.ec2.describeVpcEndpointServices({
      Filters: [{ Name: 'service-name', Values: names }],
    });
    return new Map(
      ServiceDetails.map(({ ServiceName = '', AvailabilityZones = [] }) => [
        ServiceName.split(`.${region}.`)[1] ?? ServiceName,
        AvailabilityZones,
      ]),
    );
  }

  /** A VPC; undefined when there is none of that id. */
  public async vpc(vpcId: string): Promise<VpcFacts | undefined> {
    const filters = { Filters: [{ Name: 'vpc-id', Values: [vpcId] }] };
    const [vpc] = await all(paginateDescribeVpcs({ client: this.ec2 }, filters), ({ Vpcs }) => Vpcs);
    if (vpc === undefined) return undefined;
    const [support, names] = await Promise.all([
      this.ec2.describeVpcAttribute({ VpcId: vpcId, Attribute: 'enableDnsSupport' }),
      this.ec2.describeVpcAttribute({ VpcId: vpcId, Attribute: 'enableDnsHostnames' }),
    ]);
    return {
      cidrs: (vpc.CidrBlockAssociationSet ?? []).map(({ CidrBlock = '' }) => CidrBlock),
      hasDns: support.EnableDnsSupport?.Value === true && names.EnableDnsHostnames?.Value === true,
    };
  }

  /** Subnets, by id; those that do not exist are left out. */
  public async subnets(subnetIds: readonly string[]): Promise<ReadonlyMap<string, SubnetFacts>> {
    // By a filter: an id that does not exist is no error then.
    const filters = { Filters: [{ Name: 'subnet-id', Values: [...subnetIds] }] };
    const subnets = await all(paginateDescribeSubnets({ client: this.ec2 }, filters), ({ Subnets }) => Subnets);
    return new Map(
      subnets.map((subnet) => [
        subnet.SubnetId ?? '',
        {
          vpcId: subnet.VpcId ?? '',
          zone: subnet.AvailabilityZone ?? '',
          zoneId: subnet.AvailabilityZoneId ?? '',
          freeAddresses: subnet.AvailableIpAddressCount ?? 0,
        },
      ]),
    );
  }

  /** Capacity reservations and blocks, by id; those that do not exist are left out. */
  public async reservations(ids: readonly string[]): Promise<ReadonlyMap<string, ReservationFacts>> {
    const pages = paginateDescribeCapacityReservations({ client: this.ec2 }, {});
    const reservations = await all(pages, ({ CapacityReservations }) => CapacityReservations);
    return new Map(
      reservations
        .filter(({ CapacityReservationId = '' }) => ids.includes(CapacityReservationId))
        .map((reservation) => [
          reservation.CapacityReservationId ?? '',
          {
            state: reservation.State ?? '',
            isBlock: reservation.ReservationType === 'capacity-block',
            instanceType: reservation.InstanceType ?? '',
            zone: reservation.AvailabilityZone ?? '',
            instances: reservation.TotalInstanceCount ?? 0,
          },
        ]),
    );
  }

  /** State of a snapshot of a volume; undefined when there is none of that id. */
  public async snapshotState(snapshotId: string): Promise<string | undefined> {
    const asked = this.ec2.describeSnapshots({ SnapshotIds: [snapshotId] });
    return (await unless(['InvalidSnapshot.NotFound'], asked))?.Snapshots?.[0]?.State;
  }

  /** Key under which volumes are encrypted that name none. */
  public async defaultVolumeKey(): Promise<string> {
    const { KmsKeyId = '' } = await this.ec2.getEbsDefaultKmsKeyId();
    return KmsKeyId;
  }

  /** A KMS key, by id, ARN or alias; undefined when there is none. */
  public async key(key: string): Promise<KeyFacts | undefined> {
    const found = await unless(['NotFoundException'], new KMS(this.config).describeKey({ KeyId: key }));
    return (
      found && { enabled: found.KeyMetadata?.Enabled === true, awsManaged: found.KeyMetadata?.KeyManager === 'AWS' }
    );
  }

  /** Policy of a KMS key of the account, as JSON. */
  public async keyPolicy(key: string): Promise<string> {
    const client = new KMS(this.config);
    // A policy is asked for by the key itself, and not by an alias.
    const { KeyMetadata } = await client.describeKey({ KeyId: key });
    const { Policy = '{}' } = await client.getKeyPolicy({ KeyId: KeyMetadata?.KeyId });
    return Policy;
  }

  /** ARN of the IAM role or user that an ARN names; undefined when there is none of its name. */
  public async principal(arn: string): Promise<string | undefined> {
    const client = new IAM(this.config);
    const name = arn.split('/').at(-1);
    const missing = ['NoSuchEntityException', 'NoSuchEntity'];
    if (/:user\//.test(arn)) return (await unless(missing, client.getUser({ UserName: name })))?.User?.Arn;
    return (await unless(missing, client.getRole({ RoleName: name })))?.Role?.Arn;
  }

  /** ARNs of the identity providers for OpenID Connect. */
  public async identityProviders(): Promise<string[]> {
    const { OpenIDConnectProviderList = [] } = await new IAM(this.config).listOpenIDConnectProviders();
    return OpenIDConnectProviderList.map(({ Arn = '' }) => Arn);
  }

  /** An SNS topic; undefined when there is none. */
  public async topic(arn: string): Promise<TopicFacts | undefined> {
    const asked = new SNS(this.config).getTopicAttributes({ TopicArn: arn });
    const found = await unless(['NotFoundException', 'NotFound'], asked);
    return found && { policy: found.Attributes?.Policy ?? '{}', key: found.Attributes?.KmsMasterKeyId };
  }

  /** What a name of a bucket stands for: its own region is `here`. */
  public async bucket(name: string): Promise<'none' | 'here' | 'elsewhere' | 'forbidden'> {
    try {
      await new S3(this.config).headBucket({ Bucket: name });
      return 'here';
    } catch (error) {
      const { $metadata: { httpStatusCode = 0 } = {} } = error as { $metadata?: { httpStatusCode?: number } };
      if (httpStatusCode === 404) return 'none';
      if (httpStatusCode === 403) return 'forbidden';
      if (httpStatusCode >= 300 && httpStatusCode < 400) return 'elsewhere';
      throw error;
    }
  }

  /** Whether there is a log group of a name. */
  public async hasLogGroup(name: string): Promise<boolean> {
    const { logGroups = [] } = await new CloudWatchLogs(this.config).describeLogGroups({ logGroupNamePrefix: name });
    return logGroups.some(({ logGroupName }) => logGroupName === name);
  }

  /** A cluster; undefined when there is none of that name. */
  public async cluster(name: string): Promise<ClusterFacts | undefined> {
    const found = await unless(['ResourceNotFoundException'], new EKS(this.config).describeCluster({ name }));
    const { endpoint = '', resourcesVpcConfig, accessConfig } = found?.cluster ?? {};
    return (
      found && {
        endpoint,
        vpcId: resourcesVpcConfig?.vpcId ?? '',
        authenticationMode: accessConfig?.authenticationMode ?? '',
      }
    );
  }

  /** CloudFormation stack to which a resource belongs, by its physical id; undefined when it belongs to none. */
  public async stackOf(physicalId: string): Promise<string | undefined> {
    const asked = new CloudFormation(this.config).describeStackResources({ PhysicalResourceId: physicalId });
    // CloudFormation has no error of its own for what belongs to no stack.
    const found = await unless(['ValidationError'], asked);
    // All resources of that stack, but no more than a hundred: the one that was asked for need not be among them.
    return found?.StackResources?.[0]?.StackName;
  }

  /** Versions of Kubernetes that EKS offers, with their support. */
  public async kubernetesReleases(): Promise<KubernetesRelease[]> {
    const { clusterVersions = [] } = await new EKS(this.config).describeClusterVersions();
    return clusterVersions.map(({ clusterVersion: version = '', versionStatus, endOfStandardSupportDate }) => ({
      version,
      standardSupport: versionStatus === undefined || versionStatus === 'STANDARD_SUPPORT',
      ...(endOfStandardSupportDate
        ? { endOfStandardSupport: endOfStandardSupportDate.toISOString().slice(0, 10) }
        : {}),
    }));
  }

  /** Versions of an EKS add-on for a version of Kubernetes, the newest first. */
  public async addonVersions(addonName: string, kubernetesVersion: string): Promise<string[]> {
    const pages = paginateDescribeAddonVersions({ client: new EKS(this.config) }, { addonName, kubernetesVersion });
    const versions = (await all(pages, ({ addons }) => addons))
      .flatMap(({ addonVersions = [] }) => addonVersions)
      .map(({ addonVersion = '' }) => addonVersion);
    // As EKS orders them is nowhere promised.
    return versions.sort((left, right) => right.localeCompare(left, 'en', { numeric: true }));
  }

  /** Value of a parameter of Systems Manager; undefined when there is none. */
  public async parameter(name: string): Promise<string | undefined> {
    const found = await unless(['ParameterNotFound'], new SSM(this.config).getParameter({ Name: name }));
    return found?.Parameter?.Value;
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

/** The items of all pages of an answer. */
async function all<P, T>(pages: AsyncIterable<P>, itemsOf: (page: P) => readonly T[] | undefined): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages) items.push(...(itemsOf(page) ?? []));
  return items;
}

function stackOf(tags: readonly Tag[] | undefined): string | undefined {
  return tags?.find(({ Key }) => Key === STACK_TAG)?.Value;
}
