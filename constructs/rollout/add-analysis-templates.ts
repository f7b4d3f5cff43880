import { ApiObject, type Chart } from 'cdk8s';
import { type ArgoAnalysisTemplate } from './argo-types';

/** Adds the AnalysisTemplates that a rendered strategy refers to. */
export function addAnalysisTemplates(chart: Chart, templates: readonly ArgoAnalysisTemplate[]): void {
  for (const { name, spec } of templates) {
    new ApiObject(chart, `Analysis-${name}`, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AnalysisTemplate',
      metadata: { name },
      spec,
    });
  }
}
