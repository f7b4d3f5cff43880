import { MODEL_NAMESPACE } from '../../constructs/platform/names';
import { rolloutOf } from '../model-rollout';
import type { EnvironmentConfig } from '../environment';

/** Time that the rollout of a model takes when nothing goes wrong, seconds, by the model's name. */
export function plannedRolloutSeconds(environment: EnvironmentConfig): (model: string) => number | undefined {
  return (name) => {
    const model = environment.models.find((candidate) => candidate.name === name);
    return model && rolloutOf(model, environment)._plan.plannedSeconds({
      model: name,
      namespace: MODEL_NAMESPACE,
      // Neither metrics nor scrapes lengthen a plan.
      metrics: {},
      scrapeIntervalSeconds: 1,
      replicas: model.replicas,
      expectedStartupSeconds: model.expectedStartupSeconds ?? model.startupBudgetMinutes * 60,
      service: name,
      canaryService: `${name}-canary`,
    });
  };
}
