import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';
import { STORAGE_CLASS } from '../controllers/names';

/** Driver of EBS volumes that the EKS add-on brings. */
const EBS_PROVISIONER = 'ebs.csi.aws.com';

/** The one of EKS Auto Mode. It makes volumes for Auto Mode's own nodes alone. */
export const AUTO_MODE_PROVISIONER = 'ebs.csi.eks.amazonaws.com';

/** Properties of `StorageChart`. */
export interface StorageChartProps {
  /**
   * Driver of EBS volumes.
   *
   * @default 'ebs.csi.aws.com'
   */
  readonly provisioner?: string;
}

/** The storage class of the cluster: encrypted gp3 volumes, made in the zone of the pod that asks first. */
export class StorageChart extends cdk8s.Chart {
  constructor(scope: Construct, id: string, { provisioner = EBS_PROVISIONER }: StorageChartProps = {}) {
    super(scope, id);
    new cdk8s.ApiObject(this, 'gp3', {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: STORAGE_CLASS, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner,
      parameters: { type: 'gp3', encrypted: 'true' },
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'WaitForFirstConsumer',
      allowVolumeExpansion: true,
      allowedTopologies:
        provisioner === AUTO_MODE_PROVISIONER
          ? [{ matchLabelExpressions: [{ key: 'eks.amazonaws.com/compute-type', values: ['auto'] }] }]
          : undefined,
    });
  }
}
