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
  /** Versions of Kubernetes that EKS offers, with standard or extended support. */
  kubernetesVersions(): Promise<string[]>;
  /** The same, with their support. */
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
