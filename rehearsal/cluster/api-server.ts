import { KubeConfig, type KubernetesListObject, type KubernetesObject, makeInformer } from '@kubernetes/client-node';
import type { PodStatus } from 'kubernetes-types/core/v1';
import { ClusterClient } from '../../kubernetes-client/cluster-client';
import { isStatus, type ObjectReference } from '../../kubernetes-client/kubernetes-client';
import type { IClusterApi, WatchListener, WatchScope } from './cluster-api';

/** Between an error of a watch, for example while the API server restarts, and the next try. */
const RETRY_MS = 300;

/** The API server as a kubeconfig file names it. */
export class ApiServer implements IClusterApi {
  private readonly kubeConfig = new KubeConfig();
  private readonly client: ClusterClient;

  constructor(kubeconfigPath: string) {
    this.kubeConfig.loadFromFile(kubeconfigPath);
    this.client = new ClusterClient(this.kubeConfig);
  }

  public watch<T>(scope: WatchScope, listener: WatchListener<T>): () => void {
    const query = scope.labelSelector === undefined ? '' : `?labelSelector=${encodeURIComponent(scope.labelSelector)}`;
    const list = (): Promise<KubernetesListObject<KubernetesObject>> => this.client.get(scope.path + query);
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
    try {
      // The uid makes a patch of a later pod of the same name fail instead of succeed.
      await this.client.mergeStatus(podReference(namespace, name), { metadata: { uid }, status });
      return true;
    } catch (error) {
      if (isStatus(error, 404, 409)) return false;
      throw error;
    }
  }

  public async deletePod(namespace: string, name: string, uid: string): Promise<void> {
    try {
      await this.client.remove(podReference(namespace, name), {
        asRead: { apiVersion: 'v1', kind: 'Pod', metadata: { name, uid } },
        gracePeriodSeconds: 0,
      });
    } catch (error) {
      // It is another pod of this name.
      if (!isStatus(error, 409)) throw error;
    }
  }
}

function podReference(namespace: string, name: string): ObjectReference {
  return { apiVersion: 'v1', kind: 'Pod', namespace, name };
}
