import type { EndpointSlice } from 'kubernetes-types/discovery/v1';

/** What a proxy on a node believes of a Service, some time after the API server knew it. */
export class ServiceEndpoints {
  private readonly slices = new Map<string, EndpointSlice>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private addresses: readonly string[] = [];

  /** @param propagationDelayMs from a change of an EndpointSlice until traffic follows it, in milliseconds */
  constructor(private readonly propagationDelayMs: number) {}

  /** Addresses that get traffic now. */
  public get current(): readonly string[] {
    return this.addresses;
  }

  public changed(slice: EndpointSlice): void {
    this.later(() => this.slices.set(slice.metadata?.uid ?? '', slice));
  }

  public gone(slice: EndpointSlice): void {
    this.later(() => this.slices.delete(slice.metadata?.uid ?? ''));
  }

  public stop(): void {
    this.timers.forEach((timer) => clearTimeout(timer));
  }

  private later(change: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      change();
      this.addresses = routable([...this.slices.values()]);
    }, this.propagationDelayMs);
    this.timers.add(timer);
  }
}

/** As kube-proxy: the ready endpoints, or where there are none, those that serve while they terminate. */
export function routable(slices: readonly EndpointSlice[]): string[] {
  const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
  const ready = endpoints.filter(({ conditions }) => conditions?.ready ?? true);
  const chosen =
    ready.length > 0
      ? ready
      : endpoints.filter(({ conditions }) => conditions?.serving === true && conditions.terminating === true);
  return [...new Set(chosen.flatMap(({ addresses }) => addresses))];
}
