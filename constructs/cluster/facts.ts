import * as eks from 'aws-cdk-lib/aws-eks-v2';

/** Version of Kubernetes of every cluster. The layer with kubectl and helm is of the same. */
export const KUBERNETES_VERSION = eks.KubernetesVersion.V1_36;

/** Instances of the system node group: their type, and their virtual CPUs. */
export const SYSTEM_INSTANCE = { instanceType: 'm7i.xlarge', vcpus: 4 };

/**
 * Nodes beyond its size that a group may run while EKS replaces its nodes by the strategy DEFAULT, which starts new nodes
 * first: up to two a zone. With MINIMAL, which ends old ones first, there are none.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html
 */
export const UPDATE_SURGE_PER_ZONE = 2;
