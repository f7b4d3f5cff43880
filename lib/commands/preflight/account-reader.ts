/** What the checks read of an AWS account. Nothing here writes. */
export interface AccountReader {
  /** Account of the present identity. */
  accountId(): Promise<string>;
  /** Version of the CDK bootstrap stack; undefined when there is none. */
  bootstrapVersion(): Promise<number | undefined>;
  /** Value of a service quota. */
  quota(quota: QuotaName): Promise<number>;
  /** For each VPC, the CloudFormation stack that made it. */
  vpcs(): Promise<(string | undefined)[]>;
  /** For each Elastic IP address, the CloudFormation stack that made it. */
  addresses(): Promise<(string | undefined)[]>;
  /** Zones that offer an instance type, by instance type. */
  offeredZones(instanceTypes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Id of each zone of the region that the account may use, by its name; no Local or Wavelength Zones. */
  zones(): Promise<ReadonlyMap<string, string>>;
  /** Zones with an endpoint of a service, by the last part of the service's name, such as `ecr.api`. */
  endpointZones(services: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** A VPC; undefined when there is none of that id. */
  vpc(vpcId: string): Promise<VpcFacts | undefined>;
  /** Subnets, by id; those that do not exist are left out. */
  subnets(subnetIds: readonly string[]): Promise<ReadonlyMap<string, SubnetFacts>>;
  /** Capacity reservations and blocks, by id; those that do not exist are left out. */
  reservations(ids: readonly string[]): Promise<ReadonlyMap<string, ReservationFacts>>;
  /** State of a snapshot of a volume; undefined when there is none of that id. */
  snapshotState(snapshotId: string): Promise<string | undefined>;
  /** Key under which volumes are encrypted that name none. */
  defaultVolumeKey(): Promise<string>;
  /** A KMS key, by id, ARN or alias; undefined when there is none. */
  key(key: string): Promise<KeyFacts | undefined>;
  /** Policy of a KMS key of the account, as JSON. */
  keyPolicy(key: string): Promise<string>;
  /** ARN of the IAM role or user that an ARN names; undefined when there is none of its name. */
  principal(arn: string): Promise<string | undefined>;
  /** ARNs of the identity providers for OpenID Connect. */
  identityProviders(): Promise<string[]>;
  /** An SNS topic; undefined when there is none. */
  topic(arn: string): Promise<TopicFacts | undefined>;
  /** What a name of a bucket stands for: its own region is `here`. */
  bucket(name: string): Promise<'none' | 'here' | 'elsewhere' | 'forbidden'>;
  /** Whether there is a log group of a name. */
  hasLogGroup(name: string): Promise<boolean>;
  /** A cluster; undefined when there is none of that name. */
  cluster(name: string): Promise<ClusterFacts | undefined>;
  /** CloudFormation stack to which a resource belongs, by its physical id; undefined when it belongs to none. */
  stackOf(physicalId: string): Promise<string | undefined>;
  /** Versions of Kubernetes that EKS offers, with their support. */
  kubernetesReleases(): Promise<KubernetesRelease[]>;
  /** Versions of an EKS add-on for a version of Kubernetes, the newest first. */
  addonVersions(addon: string, kubernetesVersion: string): Promise<string[]>;
  /** Value of a parameter of Systems Manager; undefined when there is none. */
  parameter(name: string): Promise<string | undefined>;
}

/** A version of Kubernetes that EKS offers. */
export interface KubernetesRelease {
  /** Minor version, such as `1.36`. */
  readonly version: string;
  /** Whether its support is in the price of the control plane. */
  readonly standardSupport: boolean;
  /** Day on which it ends, such as `2027-08-02`; absent where EKS does not say. */
  readonly endOfStandardSupport?: string;
}

/** A service quota. */
export interface QuotaName {
  readonly service: 'ec2' | 'vpc';
  readonly code: string;
}

/** A VPC. */
export interface VpcFacts {
  /** Address ranges in CIDR notation. */
  readonly cidrs: readonly string[];
  /** Whether names are resolved, and instances have some. */
  readonly hasDns: boolean;
}

/** A subnet. */
export interface SubnetFacts {
  readonly vpcId: string;
  /** Name of its zone. */
  readonly zone: string;
  readonly zoneId: string;
  readonly freeAddresses: number;
}

/** A capacity reservation or block. */
export interface ReservationFacts {
  readonly state: string;
  readonly isBlock: boolean;
  readonly instanceType: string;
  /** Name of its zone. */
  readonly zone: string;
  readonly instances: number;
}

/** A KMS key. */
export interface KeyFacts {
  readonly enabled: boolean;
  /** Whether it belongs to an AWS service, and not to the account. */
  readonly awsManaged: boolean;
}

/** An SNS topic. */
export interface TopicFacts {
  /** Its policy, as JSON. */
  readonly policy: string;
  /** Key that encrypts it. */
  readonly key?: string;
}

/** A cluster. */
export interface ClusterFacts {
  readonly endpoint: string;
  readonly vpcId: string;
  /** Such as `API`. */
  readonly authenticationMode: string;
}
