import { request, type RequestOptions } from 'node:https';
import { KubeConfig, type KubernetesObject, type KubernetesListObject, makeInformer } from '@kubernetes/client-node';
import type { PodStatus } from 'kubernetes-types/core/v1';
import type { IClusterApi, WatchListener, WatchScope } from './cluster-api';

/** Between an error of a watch, for example while the API server restarts, and the next try. */
const RETRY_MS = 300;
const GONE = new Set([404, 409]);

interface ApiResponse {
  readonly status: number;
  readonly body: string;
}

/** The API server as a kubeconfig file names it. */
export class ApiServer implements IClusterApi {
  private readonly kubeConfig = new KubeConfig();
  private connection?: Promise<RequestOptions>;

  constructor(kubeconfigPath: string) {
    this.kubeConfig.loadFromFile(kubeconfigPath);
  }

  public watch<T>(scope: WatchScope, listener: WatchListener<T>): () => void {
    const query = scope.labelSelector === undefined ? '' : `?labelSelector=${encodeURIComponent(scope.labelSelector)}`;
    const list = async (): Promise<KubernetesListObject<KubernetesObject>> => {
      const response = await this.call('GET', scope.path + query);
      if (response.status !== 200) {
        throw new Error(`GET ${scope.path}: expected 200, got ${response.status}`);
      }
      return JSON.parse(response.body) as KubernetesListObject<KubernetesObject>;
    };
    const informer = makeInformer(this.kubeConfig, scope.path, list, scope.labelSelector);
    let retry: NodeJS.Timeout | undefined;
    let stopped = false;
    informer.on('add', (object) => listener.onChange(object as T));
    informer.on('update', (object) => listener.onChange(object as T));
    informer.on('delete', (object) => listener.onGone(object as T));
    informer.on('error', () => {
      if (!stopped) {
        clearTimeout(retry);
        retry = setTimeout(() => void informer.start(), RETRY_MS);
      }
    });
    void informer.start();
    return () => {
      stopped = true;
      clearTimeout(retry);
      void informer.stop();
    };
  }

  public async patchPodStatus(namespace: string, name: string, uid: string, status: PodStatus): Promise<boolean> {
    // The uid makes a patch of a later pod of the same name fail instead of succeed.
    const patch = JSON.stringify({ metadata: { uid }, status });
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
    const response = await this.call('PATCH', path, patch, 'application/strategic-merge-patch+json');
    return this.succeeded('PATCH', path, response);
  }

  public async deletePod(namespace: string, name: string, uid: string): Promise<void> {
    const options = JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } });
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    this.succeeded('DELETE', path, await this.call('DELETE', path, options, 'application/json'));
  }

  private succeeded(method: string, path: string, response: ApiResponse): boolean {
    if (response.status < 300) {
      return true;
    }
    if (GONE.has(response.status)) {
      return false;
    }
    throw new Error(`${method} ${path}: expected success, got ${response.status} ${response.body.slice(0, 300)}`);
  }

  private async call(method: string, path: string, body?: string, contentType?: string): Promise<ApiResponse> {
    this.connection ??= this.connect();
    const options = await this.connection;
    return new Promise((resolve, reject) => {
      // Node sends the body of a DELETE without a length unless told, and the API server then overlooks it.
      const content = contentType === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(body ?? '') };
      const headers = { ...options.headers, ...content };
      const sent = request({ ...options, headers, method, path }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  private async connect(): Promise<RequestOptions> {
    const server = new URL(this.kubeConfig.getCurrentCluster()!.server);
    const options: RequestOptions = { host: server.hostname, port: server.port || 443 };
    await this.kubeConfig.applyToHTTPSOptions(options);
    return options;
  }
}
