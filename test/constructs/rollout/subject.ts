import { type RolloutStrategy } from '../../../constructs/rollout/rollout-strategy';
import { type RenderedStrategy, type RolloutContext } from '../../../constructs/rollout/strategy-plan';

/** A model on vLLM with four replicas. */
export const SUBJECT: RolloutContext = {
  model: 'chat',
  namespace: 'models',
  replicas: 4,
  expectedStartupSeconds: 300,
  expectedNodeWaitSeconds: 0,
  scrapeIntervalSeconds: 1,
  prometheusAddress: 'http://prometheus.monitoring.svc:9090',
  canaryService: 'chat-canary',
  metrics: {
    timeToFirstToken: 'ttft',
    interTokenLatency: 'itl',
    queueTime: 'queue',
    requestsRunning: 'running',
    iterations: 'iteration_count',
    httpRequests: 'http',
    requestsFinished: 'ended',
    choicesFinished: 'choices',
    choicesFailedMatcher: 'reason=~"abort|error"',
  },
  syntheticRequest: {
    url: 'http://chat-canary.models.svc:8000/v1/completions',
    bodyJson: '{"model":"chat","max_tokens":1}',
    resultPath: '{$.usage.completion_tokens}',
  },
};

/** What is wrong with a strategy. */
export function problems(strategy: RolloutStrategy, subject: Partial<RolloutContext> = {}): string[] {
  return strategy._plan.problems({ ...SUBJECT, ...subject });
}

/** A strategy, rendered as charts write it: cdk8s leaves out what is undefined. */
export function render(strategy: RolloutStrategy, subject: Partial<RolloutContext> = {}): RenderedStrategy {
  return JSON.parse(JSON.stringify(strategy._plan.render({ ...SUBJECT, ...subject }))) as RenderedStrategy;
}
