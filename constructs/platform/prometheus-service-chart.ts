import * as cdk8s from 'cdk8s';
import type { Construct } from 'constructs';
import { MONITORING_NAMESPACE, PROMETHEUS_POD_LABELS } from '../controllers/names';

/** Properties of `PrometheusServiceChart`. */
export interface PrometheusServiceChartProps {
  /** Name of the Prometheus object that the operator runs. */
  readonly prometheus: string;
}

/**
 * The address of Prometheus that gates and bridges rely on. The chart of Prometheus derives its Service's name from the
 * Helm release, so a change there would move it.
 */
export class PrometheusServiceChart extends cdk8s.Chart {
  constructor(scope: Construct, id: string, props: PrometheusServiceChartProps) {
    super(scope, id);
    new cdk8s.ApiObject(this, 'prometheus', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: MONITORING_NAMESPACE, name: 'prometheus' },
      spec: {
        selector: { ...PROMETHEUS_POD_LABELS, 'operator.prometheus.io/name': props.prometheus },
        ports: [{ name: 'http', port: 9090, targetPort: 9090, protocol: 'TCP' }],
      },
    });
  }
}
