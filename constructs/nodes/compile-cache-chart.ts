import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';

/** Properties of `CompileCacheChart`. */
export interface CompileCacheChartProps {
  /** Namespace of the models. */
  readonly namespace: string;

  /** Directory of each model as the driver of the file system names it, by the name of the model. */
  readonly volumeHandles: { readonly [model: string]: string };
}

/** A volume and its claim for each model's compiled kernels. */
export class CompileCacheChart extends cdk8s.Chart {
  /** Name of a model's claim. */
  public static claimName(model: string): string {
    return `${model}-compile-cache`;
  }

  constructor(scope: Construct, id: string, props: CompileCacheChartProps) {
    super(scope, id);
    for (const [model, volumeHandle] of Object.entries(props.volumeHandles)) {
      const name = CompileCacheChart.claimName(model);
      // The file system grows by itself; Kubernetes wants a number all the same.
      const storage = '10Gi';
      const common = { accessModes: ['ReadWriteMany'], storageClassName: '', volumeMode: 'Filesystem' };
      new cdk8s.ApiObject(this, `${model}-volume`, {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: `${props.namespace}-${name}` },
        spec: {
          ...common,
          capacity: { storage },
          persistentVolumeReclaimPolicy: 'Retain',
          csi: { driver: 'efs.csi.aws.com', volumeHandle },
          // No other claim of the cluster may take it.
          claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: props.namespace, name },
        },
      });
      new cdk8s.ApiObject(this, `${model}-claim`, {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { namespace: props.namespace, name },
        spec: { ...common, resources: { requests: { storage } }, volumeName: `${props.namespace}-${name}` },
      });
    }
  }
}
