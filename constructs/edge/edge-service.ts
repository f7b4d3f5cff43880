import type * as ec2 from 'aws-cdk-lib/aws-ec2';

/** A Service in the cluster, and how its pods are reached. */
export interface EdgeService {
  /** Namespace of the Service. */
  readonly namespace: string;
  /** Name of the Service. */
  readonly name: string;
  /** Port of the Service. */
  readonly port: number;

  /**
   * Port of its pods.
   *
   * @default - the port of the Service
   */
  readonly podPort?: number;

  /** Path that answers 200 when a pod is ready. It needs no key, and no rule of the listener lets it through. */
  readonly healthCheckPath: string;

  /**
   * Port of its pods that answers there.
   *
   * @default - the port of its pods
   */
  readonly healthCheckPort?: number;

  /** Where its pods are: the cluster, or the security group of the pods. It is opened to the load balancer on the port of the pods. */
  readonly pods: ec2.IConnectable;

  /**
   * Whether pods speak TLS. The load balancer does not check their certificate.
   *
   * @default false
   */
  readonly tls?: boolean;
}
