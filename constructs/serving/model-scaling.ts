import { ApiObject, type Chart } from 'cdk8s';
import { scaledObjectSpec } from '../autoscaling/scaled-object';
import { scalingAlerts } from '../autoscaling/scaling-alerts';
import { type ModelSettings, scalingSubject } from './model-settings';

/** Adds the autoscaler of a model and its alerts, where it has one. */
export function addScaling(chart: Chart, settings: ModelSettings): void {
  const { model, autoscaling } = settings;
  if (!autoscaling) return;
  const subject = scalingSubject(settings);
  new ApiObject(chart, 'ScaledObject', {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: model },
    spec: scaledObjectSpec(autoscaling, subject),
  });
  new ApiObject(chart, 'ScalingAlerts', {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: `${model}-scaling` },
    spec: { groups: [{ name: `${model}-scaling`, rules: scalingAlerts(autoscaling, subject) }] },
  });
}
