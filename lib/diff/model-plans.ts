import { ModelService } from '../../constructs/serving';
import type { EnvironmentConfig } from '../environment';
import { modelServiceOptions } from '../model-service-props';

/** Time that the rollout of a model takes when nothing goes wrong, seconds, by the model's name. */
export function plannedRolloutSeconds(environment: EnvironmentConfig): (model: string) => number | undefined {
  return (name) => {
    const model = environment.models.find((candidate) => candidate.name === name);
    return model && ModelService.plannedRollout(modelServiceOptions(model, environment)).toSeconds();
  };
}
