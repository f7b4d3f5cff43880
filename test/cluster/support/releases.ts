import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type ClusterAccess, ClusterClient } from '../../../kubernetes-client/cluster-client';
import { type Inventory, readInventory } from '../../../handler/inventory';
import { type Outcome, reconcile, type Dependencies } from '../../../handler/reconcile';
import { type ReleaseRequest } from '../../../handler/request';
import { type KubernetesObject } from '../../../constructs/kubernetes/contract/release-document';
import { MemoryReleases } from '../../support/memory-releases';

/** Access of the cluster's administrator, as the global set-up left it. */
export function adminAccess(): ClusterAccess {
  return JSON.parse(process.env.TEST_CLUSTER_ACCESS!) as ClusterAccess;
}

export const STACK = 'arn:aws:cloudformation:us-east-1:111111111111:stack/Serving-chat/Release';

/** One release in a namespace of its own, with CloudFormation played by the test. */
export class TestRelease {
  public static async create(client: ClusterClient, prefix: string): Promise<TestRelease> {
    const namespace = `${prefix}-${randomUUID().slice(0, 8)}`;
    await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    return new TestRelease(client, namespace);
  }

  /** Milliseconds by which the handler's clock is ahead, for what takes too long to wait for. */
  public ahead = 0;

  private clock = Date.now();

  private constructor(
    public readonly client: ClusterClient,
    public readonly namespace: string,
    public readonly name = 'chat',
    public readonly releases = new MemoryReleases(),
  ) {}

  /** Another release in the same namespace, or the same one under another identity. */
  public beside({ name = this.name, client = this.client }: { name?: string; client?: ClusterClient }): TestRelease {
    return new TestRelease(client, this.namespace, name, this.releases);
  }

  /** A request that starts after all requests made before it. */
  public request(type: ReleaseRequest['type'], changes: Partial<ReleaseRequest> = {}): ReleaseRequest {
    this.clock = Math.max(this.clock + 1, Date.now());
    return {
      type,
      id: randomUUID(),
      startedAt: this.clock,
      owner: STACK,
      name: this.name,
      namespace: this.namespace,
      bucket: 'b',
      key: 'k',
      sha256: '',
      values: {},
      deadlineSeconds: 600,
      detached: false,
      deleteEverything: false,
      adopt: false,
      ...changes,
    };
  }

  /** One tick that looks at the cluster for at most some milliseconds. */
  public async tick(request: ReleaseRequest, objects: KubernetesObject[], look = 0): Promise<Outcome> {
    const key = this.releases.publish(objects);
    return reconcile({ ...request, key }, this.dependencies(look));
  }

  /** What a tick needs that looks at the cluster for at most some milliseconds. */
  public dependencies(look = 0): Dependencies {
    return {
      client: this.client,
      source: this.releases,
      until: Date.now() + this.ahead + look,
      now: () => Date.now() + this.ahead,
      interval: 1000,
      sleep: (milliseconds) => setTimeout(milliseconds),
    };
  }

  /** Ticks until the request is complete. */
  public async finish(request: ReleaseRequest, objects: KubernetesObject[] = []): Promise<void> {
    await this.tickUntil(request, objects, ({ complete }) => complete);
  }

  /** Ticks until something holds after a tick, for at most a minute; returns the outcome of that tick. */
  public async tickUntil(
    request: ReleaseRequest,
    objects: KubernetesObject[],
    holds: (outcome: Outcome) => boolean | Promise<boolean>,
  ): Promise<Outcome> {
    const end = Date.now() + 60_000;
    for (;;) {
      const outcome = await this.tick(request, objects, 1000);
      if (await holds(outcome)) return outcome;
      // Only time ends that, and nothing here is slow.
      if (outcome.waitingFor?.startsWith('the end of ')) this.ahead += 40_000;
      if (Date.now() > end) throw new Error(`not within 60 s; the last tick: ${JSON.stringify(outcome)}`);
    }
  }

  /** Ticks until the request waits for something; other reasons may come before it. */
  public async waits(request: ReleaseRequest, objects: KubernetesObject[], reason: string | RegExp): Promise<void> {
    await this.tickUntil(request, objects, ({ waitingFor = '' }) =>
      typeof reason === 'string' ? waitingFor.includes(reason) : reason.test(waitingFor),
    );
  }

  public async deploy(objects: KubernetesObject[], changes: Partial<ReleaseRequest> = {}): Promise<void> {
    await this.finish(this.request('Update', changes), objects);
  }

  public async find(apiVersion: string, kind: string, name: string): Promise<KubernetesObject | undefined> {
    return this.client.find({ apiVersion, kind, name, namespace: this.namespace });
  }

  /** The object, which has to exist. */
  public async get<T = KubernetesObject>(apiVersion: string, kind: string, name: string): Promise<T> {
    const object = await this.find(apiVersion, kind, name);
    if (!object) throw new Error(`${kind} ${name} does not exist`);
    return object as T;
  }

  /** What the handler remembers of the release. */
  public async inventory(): Promise<Inventory | undefined> {
    return readInventory(this.client, this.namespace, this.name);
  }

  public configMap(
    name: string,
    data: Record<string, string> = { key: 'value' },
    annotations: Record<string, string> = {},
  ): KubernetesObject {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: this.namespace, annotations }, data };
  }

  public service(name: string): KubernetesObject {
    return {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: this.namespace },
      spec: { selector: { app: 'chat' }, ports: [{ name: 'http', port: 8000, targetPort: 8000, protocol: 'TCP' }] },
    };
  }

  public deployment(
    name: string,
    image = 'registry.example/app:1',
    replicas: number | undefined = 2,
  ): KubernetesObject {
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: this.namespace },
      spec: {
        replicas,
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', image }] },
        },
      },
    };
  }

  public rollout(name: string, image = 'registry.example/app:1'): KubernetesObject {
    return {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name, namespace: this.namespace, annotations: { 'llm-platform.dev/first-step-ends-at': '1' } },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: name } },
        strategy: {
          canary: { canaryService: `${name}-canary`, stableService: `${name}-stable`, steps: [{ setWeight: 50 }] },
        },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image }] } },
      },
    };
  }

  /** Plays the rollout controller: writes a status for the present generation. */
  public async setRolloutStatus(name: string, status: Record<string, unknown>): Promise<void> {
    const rollout = await this.get('argoproj.io/v1alpha1', 'Rollout', name);
    await this.client.merge(
      { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name, namespace: this.namespace },
      {
        status: { observedGeneration: String((rollout.metadata as { generation?: number }).generation), ...status },
      },
      'status',
    );
  }
}
