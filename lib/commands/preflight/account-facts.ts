/** A version of Kubernetes that EKS offers. */
export interface KubernetesRelease {
  /** Minor version, such as `1.36`. */
  readonly version: string;
  /** Whether its support is in the price of the control plane. */
  readonly standardSupport: boolean;
  /** Day on which it ends, such as `2027-08-02`; absent where EKS does not say. */
  readonly endOfStandardSupport?: string;
}

export interface QuotaName {
  readonly service: 'ec2' | 'vpc';
  readonly code: string;
}

export interface VpcFacts {
  /** Address ranges in CIDR notation. */
  readonly cidrs: readonly string[];
  /** Whether names are resolved, and instances have some. */
  readonly hasDns: boolean;
}

export interface SubnetFacts {
  readonly vpcId: string;
  /** Name of its zone. */
  readonly zone: string;
  readonly zoneId: string;
  readonly freeAddresses: number;
}

export interface ReservationFacts {
  readonly state: string;
  readonly isBlock: boolean;
  readonly instanceType: string;
  /** Name of its zone. */
  readonly zone: string;
  readonly instances: number;
}

export interface KeyFacts {
  readonly enabled: boolean;
  /** Whether it belongs to an AWS service, and not to the account. */
  readonly awsManaged: boolean;
}

export interface TopicFacts {
  /** Its policy, as JSON. */
  readonly policy: string;
  /** Key that encrypts it. */
  readonly key?: string;
}

export interface ClusterFacts {
  readonly endpoint: string;
  readonly vpcId: string;
  /** Such as `API`. */
  readonly authenticationMode: string;
}
