import { Agent } from 'node:http';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import { POD_TEMPLATE_HASH_LABEL, REVISION_LABEL } from '../../constructs/kubernetes/contract/names';
import type { IClusterApi } from '../cluster/cluster-api';
import { sendCompletion } from './completion-request';
import { ServiceEndpoints } from '../cluster/service-endpoints';
import { Tally } from './tally';

/** A pod that answers. */
export interface Backend {
  /** Loopback port that stands for the engine's. */
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** A load that nobody stops ends by itself. */
const MAX_SECONDS = 3600;

/** A Service under load: its EndpointSlices say who gets requests. */
export interface LoadTarget {
  readonly namespace: string;
  readonly service: string;
}

export interface LoadOptions extends LoadTarget {
  /** Requests sent a second. */
  readonly requestsPerSecond: number;
  /** Longest answer that is asked for, tokens. @default - the engine's */
  readonly maxTokens?: number;
  /** Share of requests that are a mistake of the caller, 0 to 1; spread evenly, and over all pods alike. @default 0 */
  readonly mistakeRatio?: number;
  /** From a change of an EndpointSlice until requests follow it, in milliseconds: the reason why preStop exists. @default 1000 */
  readonly propagationDelayMs?: number;
  /** After which a request is given up, in milliseconds. @default 15000 */
  readonly timeoutMs?: number;
  /** Requests in flight at once; beyond it none is sent. @default 200 */
  readonly maxInFlight?: number;
  /** The load ends by itself after this many requests. @default 200000 */
  readonly maxRequests?: number;
}

/**
 * Sends requests to the pods behind a Service, half of them streamed, for the model that is called as the Service. It balances each request, as a gateway does that
 * reads EndpointSlices, over connections that it keeps; so a draining pod sees no new request once its removal has
 * arrived, and whatever is lost was lost by a drain that is too short. Loopback only; pod addresses stand for its ports.
 */
export class LoadGenerator {
  /** Idle connections are given up before the engine does so after 5 s: otherwise both may reach for one at the same time. */
  private readonly agent = new Agent({ keepAlive: true, maxFreeSockets: 16, timeout: 3000 });
  private readonly endpoints: ServiceEndpoints;
  private readonly inFlight = new Set<Promise<void>>();
  private readonly startedAt = performance.now();
  private stopWatching?: () => void;
  private timer?: NodeJS.Timeout;
  private due = 0;
  private count = 0;
  private mistakes = 0;

  constructor(
    private readonly api: IClusterApi,
    private readonly resolve: (ip: string) => Backend | undefined,
    private readonly options: LoadOptions,
    private readonly tally = new Tally(),
  ) {
    this.endpoints = new ServiceEndpoints(options.propagationDelayMs ?? 1000);
  }

  /** Requests start when the Service has its first endpoint. */
  public start(): void {
    const { namespace, service, requestsPerSecond } = this.options;
    this.stopWatching = this.api.watch<EndpointSlice>(
      {
        path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
        labelSelector: `kubernetes.io/service-name=${service}`,
      },
      { onChange: (slice) => this.endpoints.changed(slice), onGone: (slice) => this.endpoints.gone(slice) },
    );
    this.timer = setInterval(() => this.tick(), 1000 / requestsPerSecond);
  }

  /** Sends nothing more; resolves when every request in flight has ended. */
  public async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.inFlight);
    this.stopWatching?.();
    this.endpoints.stop();
    this.agent.destroy();
  }

  private tick(): void {
    const { requestsPerSecond, maxRequests = 200_000, maxInFlight = 200 } = this.options;
    const elapsed = (performance.now() - this.startedAt) / 1000;
    if (this.count >= maxRequests || elapsed >= MAX_SECONDS) {
      clearInterval(this.timer);
      return;
    }
    const target = Math.floor(elapsed * requestsPerSecond);
    // A timer that came late is made up for, but a pause is not followed by a burst.
    this.due = Math.max(this.due, target - Math.ceil(requestsPerSecond / 10));
    for (; this.due < target && this.count < maxRequests; this.due += 1) {
      if (this.inFlight.size >= maxInFlight) this.tally.notSent();
      else this.send();
    }
  }

  private send(): void {
    const { current } = this.endpoints;
    // The Service has never had an endpoint: nobody has been promised anything yet.
    if (current.length === 0 && this.count === 0) return;
    this.count += 1;
    const address = current[Math.floor(Math.random() * current.length)] as string | undefined;
    const pod = address === undefined ? undefined : this.resolve(address);
    const ended = this.tally.sent({
      podHash: pod?.labels[POD_TEMPLATE_HASH_LABEL] ?? 'none',
      revision: pod?.labels[REVISION_LABEL] ?? 'none',
    });
    if (pod === undefined) {
      ended({ result: 'lost', cause: address === undefined ? 'no endpoint' : 'pod gone' });
      return;
    }
    const { service, maxTokens, timeoutMs = 15_000 } = this.options;
    const sending: Promise<void> = sendCompletion({
      port: pod.port,
      model: service,
      maxTokens,
      stream: this.count % 2 === 0,
      mistake: this.nextMistake(),
      timeoutMs,
      agent: this.agent,
    }).then((outcome) => {
      this.inFlight.delete(sending);
      ended(outcome);
    });
    this.inFlight.add(sending);
  }

  /** Whether the next request is a mistake, and which. */
  private nextMistake(): number | undefined {
    if (Math.floor(this.count * (this.options.mistakeRatio ?? 0)) === this.mistakes) return undefined;
    this.mistakes += 1;
    return this.mistakes;
  }
}
