import { ApiObject, type Chart } from 'cdk8s';
import { scaledObjectSpec } from '../autoscaling/scaled-object';
import { scalingAlerts } from '../autoscaling/scaling-alerts';
import { type ResolvedModel } from './resolved-model';

/** Adds the autoscaler of a model and its alerts, where it has one. */
export function addScaling(chart: Chart, model: ResolvedModel): void {
  const { autoscaling, model: name } = model;
  if (!autoscaling) return;
  new ApiObject(chart, 'ScaledObject', {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name },
    spec: scaledObjectSpec(autoscaling, model),
  });
  new ApiObject(chart, 'ScalingAlerts', {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: `${name}-scaling` },
    spec: { groups: [{ name: `${name}-scaling`, rules: scalingAlerts(autoscaling, model) }] },
  });
}
