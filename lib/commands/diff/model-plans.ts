import type { EnvironmentConfig } from '../../environment/environment-config';
import { judgedRolloutOf } from '../gate-quality/judged-rollout';
import { qualityText } from '../gate-quality/quality-text';
import { trafficOf } from '../gate-quality/traffic';
import { coldStartOf } from '../../environment/model/model-cold-start';
import { placementOf } from '../../environment/model/model-placement';
import { planNodes } from '../../environment/nodes/node-plan';
import { resolvedModel } from '../../environment/model/model-options';

/** What was worked out for the models of an environment, by their names. */
export interface ModelPlans {
  /** Time that a rollout takes when nothing goes wrong, seconds. */
  rolloutSeconds(model: string): number | undefined;
  /** Proof that the model fits, and what its cold start takes, as lines of text; undefined where its sizes are not known. */
  placement(model: string): string | undefined;
  /** How good a judge the gates of its rollout are, as lines of text; undefined without steps. */
  gateQuality(model: string): string | undefined;
  /** Whether there are nodes of an instance type. */
  hasNodes(instanceType: string): boolean;
}

/** What was worked out for the models of an environment. */
export function modelPlans(environment: EnvironmentConfig): ModelPlans {
  const modelOf = (name: string) => environment.models.find((candidate) => candidate.name === name);
  const { cluster } = environment;
  return {
    hasNodes: (type) =>
      'create' in cluster
        ? planNodes(environment).some(({ accelerator }) => accelerator.instanceType === type)
        : cluster.existing.provides.accelerators.includes(type),
    rolloutSeconds(name) {
      const model = modelOf(name);
      return model && resolvedModel(model, environment).plannedRolloutSeconds;
    },
    gateQuality(name) {
      const model = modelOf(name);
      const rollout = model && judgedRolloutOf(model, environment);
      return rollout && qualityText(rollout, trafficOf(model));
    },
    placement(name) {
      const model = modelOf(name);
      const plan = model && placementOf(model, environment);
      return (
        plan &&
        `${plan.toText()}\ncold start (estimate)\n${coldStartOf(model, environment)!.toText().replace(/^/gm, '  ')}`
      );
    },
  };
}
