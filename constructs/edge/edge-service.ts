import type { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IDependable } from 'constructs';

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
   * Longest request of the Service, which the silence of a connection must not cut off.
   *
   * @default - not compared with `idleTimeout`
   */
  readonly requestTimeout?: Duration;

  /**
   * What the Service comes with, such as the release of the gateway: the load balancer is made after it. Without it nothing keeps a
   * deployment from making the load balancer first, whose binding then finds no namespace.
   *
   * @default - the Service is there
   */
  readonly ready?: IDependable;

  /**
   * Whether pods speak TLS. The load balancer does not check their certificate.
   *
   * @default false
   */
  readonly tls?: boolean;
}
