import { rehearsal } from '../../environments/rehearsal';
import { secondsOfText } from '../../lib/environment/plain-data';
import { type LoadOptions } from '../load/generator';
import { type LoadTarget } from '../load/generator';
import { type ModelChange, NAMESPACE } from '../scenario/rehearsal-stage';

/** Versions of the engines that the scene plays with. */
export const VLLM_VERSION = '0.32.0';
export const LLAMA_CPP_VERSION = 'b11434';

/** Replicas of `chat`; each takes 3 GB, and a canary comes on top. */
export const REPLICAS = 2;

const [CHAT] = rehearsal().models;

/** How `chat` is drained, seconds. */
export const DRAIN = { shutdownTimeout: 10, terminationGracePeriod: 45 } as const;

const TIMINGS = {
  ...CHAT.timings,
  preStop: '3s',
  shutdownTimeout: `${DRAIN.shutdownTimeout}s`,
  terminationGracePeriod: `${DRAIN.terminationGracePeriod}s`,
} as const;

const JUDGEMENT = {
  interval: '6s',
  window: '30s',
  warmUp: '10s',
  minimumRequests: 12,
  minimumRequestsTimeout: '60s',
  tooFewRequests: 'fail',
} as const;

/** Within which a fault must be seen, seconds: one window and one interval. */
export const DETECTION_SECONDS = secondsOfText(JUDGEMENT.window) + secondsOfText(JUDGEMENT.interval);

/** What differs from the rehearsal's model: real engines take a minute to start, and two cores hold three of them. */
export const CHAT_MODEL: ModelChange = {
  name: 'chat',
  image: `vllm/vllm-openai:v${VLLM_VERSION}`,
  replicas: REPLICAS,
  // The tiny model that stands for the weights has no more.
  maxModelLen: 2048,
  timings: { ...TIMINGS, startupBudget: '5m', expectedStartup: '60s' },
  deadline: '20m',
  rollout: {
    // One canary beside both old pods: an abort costs no start of an old one.
    steps: [{ weight: 33, hold: '10s' }],
    maxSurge: 1,
    gates: {
      timeToFirstToken: { maxRatio: 3 },
      errorRatio: { maxDifference: 0.05 },
      syntheticRequest: { timeout: '3s' },
    },
    judgement: JUDGEMENT,
    bakeTime: '30s',
  },
};

/** A model on llama.cpp, which drains by its preStop hook alone, and exports neither latencies nor HTTP statuses. */
export const SMALL: LoadTarget = { namespace: NAMESPACE, service: 'small' };

export const SMALL_MODEL: ModelChange = {
  name: SMALL.service,
  repository: 'rehearsal/small',
  revision: 's1',
  image: `ghcr.io/ggml-org/llama.cpp:server-cuda-${LLAMA_CPP_VERSION}`,
  // Two threads wait for each other spinning, which beside engines that use both cores takes ten times as long.
  engine: { name: 'llama-cpp', file: 'model-q4_1.gguf', threads: 1 },
  replicas: 1,
  maxModelLen: 2048,
  timings: { ...TIMINGS, startupBudget: '1m', expectedStartup: '5s' },
  rollout: {
    ...CHAT.rollout,
    steps: [{ weight: 50, hold: '10s' }],
    gates: { timeToFirstToken: false, errorRatio: false, syntheticRequest: { timeout: '3s' } },
    judgement: JUDGEMENT,
    bakeTime: '10s',
  },
};

/**
 * What callers of `chat` send: they give up before a window is over, and one request in ten is a mistake of theirs. Answers are short: three
 * processes of each engine share two cores, and a step of each token takes all three.
 */
export const LOAD: Partial<LoadOptions> & Pick<LoadOptions, 'requestsPerSecond'> = {
  requestsPerSecond: 4,
  timeoutMs: 8000,
  maxTokens: 12,
  mistakeRatio: 0.1,
};

/** What callers of the model on llama.cpp send. */
export const SMALL_LOAD: typeof LOAD = { requestsPerSecond: 1, timeoutMs: 10_000, maxTokens: 8 };
