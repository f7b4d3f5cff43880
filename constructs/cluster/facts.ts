import * as eks from 'aws-cdk-lib/aws-eks-v2';

/** Version of Kubernetes of a cluster that names none. The layer with kubectl and helm is of the same. */
export const KUBERNETES_VERSION = eks.KubernetesVersion.V1_36;

/** Versions that the kubectl of the layer works with: its own, one before and one after. */
export const KUBERNETES_VERSIONS = ['1.35', '1.36', '1.37'];

/** Instances of the system node group: their type, and their virtual CPUs. */
export const SYSTEM_INSTANCE = { instanceType: 'm7i.xlarge', vcpus: 4 };

/**
 * Nodes beyond its size that a group may run while EKS replaces its nodes by the strategy DEFAULT, which starts new nodes
 * first: up to two a zone. With MINIMAL, which ends old ones first, there are none.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html
 */
export const UPDATE_SURGE_PER_ZONE = 2;
