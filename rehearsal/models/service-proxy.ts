import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import type { Service } from 'kubernetes-types/core/v1';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import { ServiceEndpoints } from '../cluster/service-endpoints';
import type { IClusterApi } from '../cluster/cluster-api';
import { listen, LOOPBACK } from '../cluster/loopback';
import type { PodView } from './simulated-pod';

const SERVICE_LABEL = 'kubernetes.io/service-name';
/** `<service>.<namespace>.svc`, with or without the cluster's domain. */
const CLUSTER_NAME = /^([^.]+)\.([^.]+)\.svc(?:\.cluster\.local)?$/;
/** From a change of an EndpointSlice until requests follow it. */
const PROPAGATION_DELAY_MS = 1000;

/**
 * Cluster DNS and kube-proxy for a program outside the cluster's network: an HTTP forward proxy that takes requests to
 * `http://<service>.<namespace>.svc:<port>` to a pod behind the Service. It answers 503 where the cluster would not resolve
 * the name or had no endpoint, and 502 where the pod refuses the connection.
 */
export class ServiceProxy {
  private readonly services = new Map<string, Service>();
  private readonly endpoints = new Map<string, ServiceEndpoints>();
  private readonly server: Server;
  private readonly watches: (() => void)[] = [];

  /**
   * @param resolve the pod of an address
   * @param propagationDelayMs from a change of an EndpointSlice until requests follow it, in milliseconds
   */
  constructor(
    private readonly api: IClusterApi,
    private readonly resolve: (ip: string) => PodView | undefined,
    private readonly propagationDelayMs = PROPAGATION_DELAY_MS,
  ) {
    this.server = createServer((incoming, response) => this.forward(incoming, response));
  }

  /** Starts serving; resolves to the URL for HTTP_PROXY. */
  public async start(): Promise<string> {
    this.watches.push(
      this.api.watch<Service>(
        { path: '/api/v1/services' },
        {
          onChange: (service) => this.services.set(keyOf(service.metadata?.namespace, service.metadata?.name), service),
          onGone: (service) => this.services.delete(keyOf(service.metadata?.namespace, service.metadata?.name)),
        },
      ),
      this.api.watch<EndpointSlice>(
        { path: '/apis/discovery.k8s.io/v1/endpointslices', labelSelector: SERVICE_LABEL },
        {
          onChange: (slice) => this.endpointsOf(slice).changed(slice),
          onGone: (slice) => this.endpointsOf(slice).gone(slice),
        },
      ),
    );
    return `http://${LOOPBACK}:${await listen(this.server)}`;
  }

  public stop(): void {
    this.watches.forEach((stop) => stop());
    this.endpoints.forEach((endpoints) => endpoints.stop());
    this.server.close();
    this.server.closeAllConnections();
  }

  private endpointsOf(slice: EndpointSlice): ServiceEndpoints {
    const key = keyOf(slice.metadata?.namespace, slice.metadata?.labels?.[SERVICE_LABEL]);
    const known = this.endpoints.get(key) ?? new ServiceEndpoints(this.propagationDelayMs);
    this.endpoints.set(key, known);
    return known;
  }

  private forward(incoming: IncomingMessage, response: ServerResponse): void {
    const target = this.podOf(incoming.url ?? '');
    if (typeof target === 'string') return refuse(response, 503, target);
    const { pod, path } = target;
    const sent = request(
      {
        host: LOOPBACK,
        port: pod.port,
        method: incoming.method,
        path,
        headers: { ...incoming.headers, connection: 'close' },
        agent: false,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        // Unlike a pipe it cuts off what has been cut off.
        pipeline(answer, response, () => undefined);
      },
    );
    sent.on('error', (error) => {
      if (response.headersSent) response.destroy();
      else refuse(response, 502, `pod ${pod.name}: ${error.message}`);
    });
    // Whoever gives up here has given up there: a pod that hangs must not keep the connection.
    response.on('close', () => sent.destroy());
    incoming.pipe(sent);
  }

  /** The pod that gets a request, or why none does. */
  private podOf(url: string): { readonly pod: PodView; readonly path: string } | string {
    if (!URL.canParse(url)) return `expected a request to http://<service>.<namespace>.svc, got ${url}`;
    const { hostname, port, pathname, search } = new URL(url);
    const [, service, namespace] = CLUSTER_NAME.exec(hostname) ?? [];
    const ports = this.services.get(keyOf(namespace, service))?.spec?.ports ?? [];
    if (!ports.some((offered) => offered.port === Number(port || 80)))
      return `no Service ${hostname} with port ${port || 80}`;
    const addresses = this.endpoints.get(keyOf(namespace, service))?.current ?? [];
    const pod = this.resolve(addresses[Math.floor(Math.random() * addresses.length)] ?? '');
    return pod === undefined ? `no endpoint of ${hostname}` : { pod, path: `${pathname}${search}` };
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(message);
}

function keyOf(namespace = '', name = ''): string {
  return `${namespace}/${name}`;
}
