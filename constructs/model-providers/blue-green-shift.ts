import { type BlueGreenOptions } from '../rollout/blue-green-options';
import { type EndpointShift, EndpointShiftKind, unknownToSageMaker, waitProblems } from './endpoint-shift';

/** A switch, as a blue/green deployment of SageMaker that shifts all traffic at once. */
export function blueGreenShift(options: BlueGreenOptions): EndpointShift {
  const { scaleDownDelaySeconds = 300, gates = [], judgement = {} } = options;
  return {
    kind: EndpointShiftKind.ALL_AT_ONCE,
    steps: 1,
    terminationWaitSeconds: scaleDownDelaySeconds,
    gates,
    judgement,
    problems: [
      ...waitProblems('scaleDownDelaySeconds', scaleDownDelaySeconds),
      ...unknownToSageMaker(options, { previewReplicas: 'the new fleet has the size of the old one, leave it out' }),
    ],
  };
}
