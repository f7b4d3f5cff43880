import { PROMETHEUS_ADDRESS } from '../platform/names';
import { type Judgement, TooFewRequests } from './judgement';

/** A judgement with every default. */
export function resolveJudgement(judgement: Judgement = {}): Required<Judgement> {
  return {
    warmUpSeconds: judgement.warmUpSeconds ?? 120,
    windowSeconds: judgement.windowSeconds ?? 300,
    intervalSeconds: judgement.intervalSeconds ?? 30,
    minimumRequests: judgement.minimumRequests ?? 50,
    patienceSeconds: judgement.patienceSeconds ?? 600,
    tooFewRequests: judgement.tooFewRequests ?? TooFewRequests.FAIL,
    toleratedFailures: judgement.toleratedFailures ?? 1,
    toleratedQueryErrors: judgement.toleratedQueryErrors ?? 4,
    prometheusAddress: judgement.prometheusAddress ?? PROMETHEUS_ADDRESS,
  };
}
