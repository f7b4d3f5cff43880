import { TooFewRequests } from '../../constructs/rollout';
import { EndpointPickerFailureMode } from '../../constructs/routing';
import { WeightsDelivery } from '../../constructs/weights';
import type { EnvironmentConfig } from './environment-config';
import { gatewayWordProblems } from './gateway/gateway-words';
import type { ModelConfig } from './model/model-config';
import { PRECISIONS } from './model/placement-config';
import { engineWordProblems } from './model/engine-config';
import { nodeWordProblems } from './nodes/node-words';
import { wordProblem } from './words';

const RETENTIONS: readonly EnvironmentConfig['retention'][] = ['retain', 'destroy'];
const ROUTINGS: readonly NonNullable<ModelConfig['routing']>['by'][] = ['least-busy', 'prefix-aware'];

/** Words of an environment that mean nothing, one problem per line: data is read without the compiler, and another word would be taken. */
export function wordProblems(environment: EnvironmentConfig): string[] {
  return [
    ...wordProblem('retention', RETENTIONS, environment.retention),
    ...environment.models.flatMap(({ name, engine, routing, placement, weights, rollout }) => [
      ...engineWordProblems(`models.${name}.engine`, engine),
      ...wordProblem(`models.${name}.routing.by`, ROUTINGS, routing?.by),
      ...wordProblem(
        `models.${name}.routing.failureMode`,
        Object.values(EndpointPickerFailureMode),
        routing?.failureMode,
      ),
      ...wordProblem(`models.${name}.placement.precision`, PRECISIONS, placement?.precision),
      ...wordProblem(`models.${name}.weights.delivery`, Object.values(WeightsDelivery), weights?.delivery),
      ...wordProblem(
        `models.${name}.rollout.judgement.tooFewRequests`,
        Object.values(TooFewRequests),
        rollout.judgement?.tooFewRequests,
      ),
    ]),
    ...nodeWordProblems(environment),
    ...gatewayWordProblems(environment.gateway),
  ];
}
