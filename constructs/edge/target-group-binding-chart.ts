import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';

/** Properties of `TargetGroupBindingChart`. */
export interface TargetGroupBindingChartProps {
  /** Namespace of the Service. */
  readonly namespace: string;
  /** Name of the binding. */
  readonly name: string;
  /** Name of the Service whose pods are bound. */
  readonly serviceName: string;
  /** Port of the Service. */
  readonly servicePort: number;
  /** Target group, which takes addresses of pods. */
  readonly targetGroupArn: string;
}

/**
 * Has the AWS Load Balancer Controller register the pods of a Service with a target group, and nothing else: who may reach them is said
 * by security groups, which are not the controller's here.
 */
export class TargetGroupBindingChart extends cdk8s.Chart {
  constructor(scope: Construct, id: string, props: TargetGroupBindingChartProps) {
    super(scope, id, { namespace: props.namespace, disableResourceNameHashes: true });
    new cdk8s.ApiObject(this, 'Binding', {
      apiVersion: 'elbv2.k8s.aws/v1beta1',
      kind: 'TargetGroupBinding',
      metadata: { name: props.name },
      spec: {
        targetGroupARN: props.targetGroupArn,
        // Both are inferred by calls to AWS where they are left out.
        targetType: 'ip',
        ipAddressType: 'ipv4',
        serviceRef: { name: props.serviceName, port: props.servicePort },
      },
    });
  }
}
