import { ModelService } from '../../constructs/serving';
import type { EnvironmentConfig } from '../environment';
import { coldStartOf } from '../model/model-cold-start';
import { placementOf } from '../model/model-placement';
import { planNodes } from '../nodes/node-plan';
import { modelServiceOptions } from '../model/model-service-options';

/** What was worked out for the models of an environment, by their names. */
export interface ModelPlans {
  /** Time that a rollout takes when nothing goes wrong, seconds. */
  rolloutSeconds(model: string): number | undefined;
  /** Proof that the model fits, and what its cold start takes, as lines of text; undefined where its sizes are not known. */
  placement(model: string): string | undefined;
  /** Whether there are nodes of an instance type. */
  hasNodes(instanceType: string): boolean;
}

/** What was worked out for the models of an environment. */
export function modelPlans(environment: EnvironmentConfig): ModelPlans {
  const modelOf = (name: string) => environment.models.find((candidate) => candidate.name === name);
  const { cluster } = environment;
  return {
    hasNodes: (type) => ('create' in cluster ? planNodes(environment).some(({ accelerator }) => accelerator.instanceType === type) : cluster.existing.provides.accelerators.includes(type)),
    rolloutSeconds(name) {
      const model = modelOf(name);
      return model && ModelService.plannedRollout(modelServiceOptions(model, environment)).toSeconds();
    },
    placement(name) {
      const model = modelOf(name);
      const plan = model && placementOf(model, environment);
      return plan && [plan.toText(), 'cold start (estimate)', ...coldStartOf(model, environment)!.toText().split('\n').map((line) => `  ${line}`)].join('\n');
    },
  };
}
