import { rehearsal } from '../../environments/rehearsal';
import { type LoadOptions } from '../load/generator';
import { type LoadTarget } from '../models/models-api';
import { type ModelChange, NAMESPACE } from '../scenario/rehearsal-stage';

/** Versions of the engines that the scene plays with. */
export const VLLM_VERSION = '0.32.0';
export const LLAMA_CPP_VERSION = 'b11434';

/** Replicas of `chat`; each takes 3 GB, and a canary comes on top. */
export const REPLICAS = 2;

/** Seconds from the end of new requests until a pod is killed, as `chat` is drained. */
export const DRAIN = { preStopSeconds: 3, shutdownSeconds: 10, gracePeriodSeconds: 45 } as const;

const GATES = {
  intervalSeconds: 5,
  windowSeconds: 20,
  warmUpSeconds: 10,
  minRequests: 12,
  patienceSeconds: 40,
  tooFewRequests: 'fail',
} as const;

/** Seconds within which a fault must be seen: one window and one interval. */
export const DETECTION_SECONDS = GATES.windowSeconds + GATES.intervalSeconds;

/** What differs from the rehearsal's model: real engines take a minute to start, and two cores hold three of them. */
export const CHAT_MODEL: ModelChange = {
  name: 'chat',
  image: `vllm/vllm-openai:v${VLLM_VERSION}`,
  replicas: REPLICAS,
  // The tiny model that stands for the weights has no more.
  maxModelLength: 2048,
  startupBudgetMinutes: 5,
  expectedStartupSeconds: 60,
  drain: DRAIN,
  rollout: {
    // One canary beside both old pods: an abort costs no start of an old one.
    steps: [{ weight: 33, holdSeconds: 10 }],
    maxSurge: 1,
    deadlineMinutes: 20,
    gates: { ...GATES, timeToFirstTokenRatio: 3, errorRatioDifference: 0.05, syntheticRequestSeconds: 5 },
    bakeSeconds: 20,
  },
};

/** A model on llama.cpp, which drains by its preStop hook alone, and tells neither latencies nor HTTP statuses. */
export const SMALL: LoadTarget = { namespace: NAMESPACE, service: 'small' };

export const SMALL_MODEL: ModelChange = {
  name: SMALL.service,
  repository: 'rehearsal/small',
  revision: 's1',
  image: `ghcr.io/ggml-org/llama.cpp:server-cuda-${LLAMA_CPP_VERSION}`,
  // Two threads wait for each other spinning, which beside engines that use both cores takes ten times as long.
  engine: { llamaCpp: { file: 'model-q4_1.gguf', threads: 1 } },
  replicas: 1,
  maxModelLength: 2048,
  startupBudgetMinutes: 1,
  expectedStartupSeconds: 5,
  drain: DRAIN,
  rollout: {
    ...rehearsal().models[0].rollout,
    steps: [{ weight: 50, holdSeconds: 10 }],
    gates: { ...GATES, timeToFirstTokenRatio: false, errorRatioDifference: false, syntheticRequestSeconds: 5 },
    bakeSeconds: 10,
  },
};

/**
 * What callers of `chat` send: they give up before a window is over, and one request in ten is a mistake of theirs. Answers are short: three
 * processes of each engine share two cores, and a step of each token takes all three.
 */
export const LOAD: Partial<LoadOptions> & Pick<LoadOptions, 'requestsPerSecond'> = { requestsPerSecond: 4, timeoutMs: 8000, maxTokens: 12, mistakeRatio: 0.1 };

/** What callers of the model on llama.cpp send. */
export const SMALL_LOAD: typeof LOAD = { requestsPerSecond: 1, timeoutMs: 10_000, maxTokens: 8 };
