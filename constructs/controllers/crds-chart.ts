import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';

/** Properties of `CrdsChart`. */
export interface CrdsChartProps {
  /** CustomResourceDefinitions as plain objects. */
  readonly crds: cdk8s.ApiObjectProps[];
}

/** CustomResourceDefinitions for a cluster whose controllers come without their Helm charts. */
export class CrdsChart extends cdk8s.Chart {
  constructor(scope: Construct, id: string, props: CrdsChartProps) {
    super(scope, id);
    for (const crd of props.crds) {
      new cdk8s.ApiObject(this, String(crd.metadata?.name), crd);
    }
  }
}
