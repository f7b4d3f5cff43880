import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';
import { STORAGE_CLASS } from '../controllers/names';

/** The storage class of the cluster: encrypted gp3 volumes, made in the zone of the pod that asks first. */
export class StorageChart extends cdk8s.Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new cdk8s.ApiObject(this, 'gp3', {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: STORAGE_CLASS, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'ebs.csi.aws.com',
      parameters: { type: 'gp3', encrypted: 'true' },
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'WaitForFirstConsumer',
      allowVolumeExpansion: true,
    });
  }
}
