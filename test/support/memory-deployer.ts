import { type Inventory, readInventory } from '../../handler/inventory';
import { type Outcome, reconcile, type Dependencies } from '../../handler/reconcile';
import { type ReleaseRequest } from '../../handler/request';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { MemoryCluster } from './memory-cluster';
import { MemoryReleases } from './memory-releases';

export const STACK = 'arn:aws:cloudformation:us-east-1:111111111111:stack/Serving-chat/Release';

/** Milliseconds between two ticks of a request, as the waiter of the provider framework makes them. */
export const INTERVAL = 5_000;

/** One release in a cluster in memory, with CloudFormation played by the test, and a clock that only waiting moves. */
export class MemoryDeployer {
  /** What controllers do in each second that somebody waits. */
  public controllers: () => void = () => {};
  private requests = 0;

  constructor(
    public readonly cluster = new MemoryCluster(),
    public readonly releases = new MemoryReleases(),
    public readonly name = 'chat',
    public readonly owner = STACK,
  ) {}

  /** Another release of another stack beside this one. */
  public beside(name: string, owner = STACK.replace('Serving-chat', `Serving-${name}`)): MemoryDeployer {
    const other = new MemoryDeployer(this.cluster, this.releases, name, owner);
    other.controllers = () => this.controllers();
    return other;
  }

  public request(
    type: ReleaseRequest['type'],
    objects: readonly KubernetesObject[] = [],
    changes: Partial<ReleaseRequest> = {},
  ): ReleaseRequest {
    // Two requests never start in the same moment.
    this.cluster.now += 1;
    return {
      type,
      id: `${this.name}-${++this.requests}`,
      startedAt: this.cluster.now,
      owner: this.owner,
      name: this.name,
      namespace: 'models',
      bucket: 'assets',
      key: this.releases.publish(objects),
      sha256: '',
      values: {},
      deadlineSeconds: 3300,
      detached: false,
      deleteEverything: false,
      adopt: false,
      ...changes,
    };
  }

  /** One tick, which watches for at most some milliseconds. */
  public async tick(request: ReleaseRequest, look = 25_000): Promise<Outcome> {
    return reconcile(request, this.dependencies(look));
  }

  public dependencies(look = 25_000): Dependencies {
    return {
      client: this.cluster,
      source: this.releases,
      until: this.cluster.now + look,
      now: () => this.cluster.now,
      interval: INTERVAL,
      sleep: (milliseconds) => this.wait(milliseconds),
    };
  }

  /** Lets time pass. */
  public wait(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= 1000) {
      this.cluster.now += Math.min(1000, left);
      this.controllers();
    }
    return Promise.resolve();
  }

  /** Ticks until the request is complete. */
  public async finish(request: ReleaseRequest): Promise<void> {
    for (;;) {
      const outcome = await this.tick(request);
      if (outcome.complete) return;
      await this.wait(INTERVAL);
    }
  }

  public async deploy(objects: readonly KubernetesObject[], changes: Partial<ReleaseRequest> = {}): Promise<void> {
    await this.finish(this.request('Update', objects, changes));
  }

  public async delete(changes: Partial<ReleaseRequest> = {}): Promise<void> {
    await this.finish(this.request('Delete', [], changes));
  }

  /** Why a request fails. */
  public async reasonOf(request: ReleaseRequest): Promise<string> {
    try {
      await this.finish(request);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('the request has not failed');
  }

  public async inventory(): Promise<Inventory | undefined> {
    return readInventory(this.cluster, 'models', this.name);
  }
}

export function configMap(name: string, data: Record<string, string> = { key: 'value' }): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'models' }, data };
}

export function deployment(name: string, image = 'registry.example/app:1', replicas = 2): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'models' },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: podTemplate(name, image) },
  };
}

/** A Rollout whose first step of its canary ends with the third step of Argo. */
export function rollout(name: string, image = 'registry.example/app:1', replicas = 4): KubernetesObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name, namespace: 'models', annotations: { 'llm-platform.dev/first-step-ends-at': '3' } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: podTemplate(name, image),
      strategy: {
        canary: { steps: [{ setWeight: 25 }, { pause: { duration: '9s' } }, { analysis: {} }, { setWeight: 50 }] },
      },
    },
  };
}

export function scaledObject(name: string, target: string, kind = 'Rollout'): KubernetesObject {
  const apiVersion = kind === 'Rollout' ? 'argoproj.io/v1alpha1' : 'apps/v1';
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name, namespace: 'models' },
    spec: { scaleTargetRef: { apiVersion, kind, name: target } },
  };
}

function podTemplate(name: string, image: string): object {
  return { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image }] } };
}

/** What a ready ScaledObject says. */
export const READY = { conditions: [{ type: 'Ready', status: 'True' }] };

/** Status of a Rollout that has nothing to do. */
export const atRest = (hash: string): Record<string, unknown> => ({
  phase: 'Healthy',
  currentPodHash: hash,
  stableRS: hash,
  abort: false,
  abortedAt: undefined,
  promoteFull: false,
  availableReplicas: 4,
  currentStepIndex: 4,
});

/** Has the Rollout's controller see the present generation, and say something. */
export function says(cluster: MemoryCluster, name: string, status: Record<string, unknown>): void {
  const { generation } = cluster.get('Rollout', name).metadata;
  cluster.setStatus('Rollout', name, { observedGeneration: String(generation), ...status });
}
