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
}

/** A service quota. */
export interface QuotaName {
  readonly service: 'ec2' | 'vpc';
  readonly code: string;
}
