import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { ReleaseFailure } from '../../handler/failure';
import { ApiError } from '../../kubernetes-client/kubernetes-client';
import { reconcile } from '../../handler/reconcile';
import { type ReleaseRequest } from '../../handler/request';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { type Call, MemoryCluster } from '../support/memory-cluster';
import { configMap, deployment, INTERVAL, MemoryDeployer, rollout, scaledObject } from '../support/memory-deployer';
import { MemoryReleases } from '../support/memory-releases';

// Whatever order of Create, Update, Delete, cancel, crash and slow tick: at the end either the old or the new release is whole, nobody's
// object was taken, nothing is orphaned, and nothing is left paused. CloudFormation and the controllers are played here.

const BAD = 'registry.example/app:bad';

/** What a release may consist of. */
interface Content {
  readonly settings: readonly number[];
  /** Revision of the Rollout and of its Deployment; `bad` never becomes healthy. */
  readonly image: number | 'bad';
  readonly hasDeployment: boolean;
  readonly isScaled: boolean;
  /** Wants an object that the other stack may hold. */
  readonly wantsShared: boolean;
  /** Takes objects over that the other stack holds. */
  readonly adopts: boolean;
  readonly detached: boolean;
}

/** How a deployment or deletion goes. */
interface Course {
  /** Ticks after which somebody cancels it. */
  readonly cancelAfter?: number;
  /** Requests to the API server after which the process of the handler is killed. */
  readonly crashAfter?: number;
  /** A tick that is under way when the next request comes: the requests that it has made by then, and the seconds that the next one then takes. */
  readonly slow?: { readonly at: number; readonly seconds: number };
  /** Seconds after the next request has ended at which the waiter of this one ticks once more. */
  readonly lateTick?: number;
}

type Event = { readonly stack: 0 | 1 } & Course & ({ readonly deploy: Content } | { readonly delete: true });

const content: fc.Arbitrary<Content> = fc
  .record({
    settings: fc.uniqueArray(fc.nat(3), { maxLength: 3 }),
    image: fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.constant('bad' as const) }),
    hasDeployment: fc.boolean(),
    isScaled: fc.boolean(),
    wantsShared: fc.boolean(),
    adopts: fc.boolean(),
    detached: fc.boolean(),
    // A model that is scaled is not detached: synth refuses it.
  })
  .map((given) => ({ ...given, detached: given.detached && !given.isScaled }));
const course = {
  cancelAfter: fc.option(fc.nat(3), { nil: undefined }),
  crashAfter: fc.option(fc.nat(60), { nil: undefined, freq: 3 }),
  slow: fc.option(fc.record({ at: fc.nat(40), seconds: fc.nat(20) }), { nil: undefined }),
  lateTick: fc.option(fc.nat(600), { nil: undefined }),
};
const stack = fc.constantFrom(0 as const, 1 as const);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ stack, deploy: content, ...course }) },
  { weight: 1, arbitrary: fc.record({ stack, delete: fc.constant(true as const), ...course }) },
);

/** The objects of a release of a stack. */
function objectsOf(
  name: string,
  { settings, image, hasDeployment, isScaled, wantsShared }: Content,
): KubernetesObject[] {
  const reference = image === 'bad' ? BAD : `registry.example/app:${image}`;
  return [
    ...settings.map((number) => configMap(`${name}-settings-${number}`, { image: reference })),
    ...(wantsShared ? [configMap('shared', { of: name, image: reference })] : []),
    rollout(name, reference),
    ...(hasDeployment ? [deployment(`${name}-app`, reference)] : []),
    ...(isScaled ? [scaledObject(name, name)] : []),
  ];
}

/** Plays the controllers of Deployments, Rollouts and ScaledObjects, one second. */
function control(cluster: MemoryCluster): void {
  for (const object of cluster.all()) {
    const {
      kind,
      metadata: { name, namespace = '', generation },
    } = object;
    if (kind === 'Deployment') {
      const { replicas } = object.spec as { replicas: number };
      const bad = JSON.stringify(object.spec).includes(BAD);
      cluster.setStatus(
        kind,
        name,
        bad
          ? {
              observedGeneration: generation,
              conditions: [
                { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'too slow' },
              ],
            }
          : {
              observedGeneration: generation,
              conditions: [],
              replicas,
              updatedReplicas: replicas,
              availableReplicas: replicas,
            },
        namespace,
      );
    }
    if (kind === 'ScaledObject') {
      const paused = object.metadata.annotations?.['autoscaling.keda.sh/paused'] === 'true';
      cluster.setStatus(
        kind,
        name,
        {
          conditions: [
            { type: 'Ready', status: 'True' },
            { type: 'Paused', status: paused ? 'True' : 'False' },
          ],
        },
        namespace,
      );
    }
    if (kind === 'Rollout') cluster.setStatus(kind, name, nextStatus(object, cluster.now), namespace);
  }
}

interface RolloutStatus {
  currentPodHash?: string;
  stableRS?: string;
  currentStepIndex?: number;
  abort?: boolean;
  promoteFull?: boolean;
  abortedAt?: string;
}

/** The status of a Rollout a second later, as Argo Rollouts writes it. */
function nextStatus(
  { spec, status, metadata: { generation } }: KubernetesObject,
  now: number,
): Record<string, unknown> {
  const { template, strategy } = spec as { template: object; strategy: { canary: { steps: object[] } } };
  const hash = createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 8);
  const bad = JSON.stringify(template).includes(BAD);
  const steps = strategy.canary.steps.length;
  const seen = { observedGeneration: String(generation), currentPodHash: hash };
  const {
    currentPodHash,
    stableRS,
    currentStepIndex = 0,
    abort = false,
    promoteFull = false,
    abortedAt,
  } = (status ?? {}) as RolloutStatus;
  const rest = {
    ...seen,
    stableRS: hash,
    phase: 'Healthy',
    abort: false,
    abortedAt: undefined,
    promoteFull: false,
    currentStepIndex: steps,
    availableReplicas: 4,
  };
  if (!stableRS) return { ...rest, phase: 'Progressing', availableReplicas: 0 };
  if (stableRS === hash)
    return bad ? { ...rest, phase: 'Degraded', message: 'timed out progressing', availableReplicas: 0 } : rest;
  const canary = {
    ...seen,
    stableRS,
    phase: 'Progressing',
    availableReplicas: 4,
    abort: false,
    abortedAt: undefined,
    promoteFull: false,
    currentStepIndex,
  };
  if (currentPodHash !== hash) return { ...canary, currentStepIndex: 0 };
  if (abort)
    return {
      ...canary,
      phase: 'Degraded',
      abort,
      abortedAt: abortedAt ?? new Date(now).toISOString(),
      currentStepIndex: 0,
    };
  if (abortedAt) return { ...canary, currentStepIndex: 0 };
  if (promoteFull) return rest;
  if (bad && currentStepIndex >= 1)
    return { ...canary, phase: 'Degraded', abort: true, abortedAt: new Date(now).toISOString(), currentStepIndex: 0 };
  return currentStepIndex + 1 >= steps ? rest : { ...canary, currentStepIndex: currentStepIndex + 1 };
}

/** Why a tick of the handler ends in the middle: its process is gone. */
class Killed extends Error {}

/** One stack with one release, as CloudFormation and the waiters of the provider framework treat it. */
class Stack {
  /** What the stack says is there. */
  public current?: Content;
  /** Requests that are canceled, and whose waiters have not ended. */
  private readonly waiters: { request: ReleaseRequest; course: Course }[] = [];

  constructor(
    public readonly deployer: MemoryDeployer,
    private readonly world: World,
  ) {}

  public get release(): string {
    return `models/${this.deployer.name}`;
  }

  public async handle(asked: Event): Promise<void> {
    const { deployer, current } = this;
    if ('delete' in asked) {
      if (!current) return;
      // A deletion that was cut short is asked for again; it cannot be canceled.
      const request = (): ReleaseRequest => deployer.request('Delete', objectsOf(deployer.name, current));
      if (!(await this.carryOut(request(), { ...asked, cancelAfter: undefined }))) await this.mustSucceed(request());
      this.became(undefined);
      return;
    }
    const objects = objectsOf(deployer.name, asked.deploy);
    const { detached, adopts } = asked.deploy;
    const request = deployer.request(current ? 'Update' : 'Create', objects, { detached, adopt: adopts });
    if (await this.carryOut(request, asked)) this.became(asked.deploy);
    else if (current) {
      await this.mustSucceed(
        deployer.request('Update', objectsOf(deployer.name, current), {
          detached: current.detached,
          adopt: current.adopts,
        }),
      );
      // With the properties of before come their rights.
      if (current.wantsShared && current.adopts) this.world.holder = this;
    } else await this.mustSucceed(deployer.request('Delete', objects));
    await this.endWaiters();
  }

  private became(content: Content | undefined): void {
    this.current = content;
    const { world } = this;
    if (content?.wantsShared && (content.adopts || world.holder === undefined)) world.holder = this;
    else if (!content?.wantsShared && world.holder === this)
      world.holder = world.stacks.find(({ current }) => current?.wantsShared);
  }

  /** A rollback, or a deletion: CloudFormation has no further way out. */
  private async mustSucceed(request: ReleaseRequest): Promise<void> {
    const [slow] = this.waiters.filter(({ course: { slow: isSlow } }) => isSlow);
    if (slow) await this.overtake(slow, request);
    await this.deployer.finish(request);
  }

  /** Runs a tick of a canceled request, in the middle of which the next request comes and does what it can in some seconds. */
  private async overtake({ request, course: { slow } }: Stack['waiters'][number], next: ReleaseRequest): Promise<void> {
    let calls = 0;
    let isOvertaken = false;
    const client = this.world.observed(async () => {
      if (isOvertaken || calls++ < slow!.at) return;
      isOvertaken = true;
      await this.attempt(() => reconcile(next, this.deployer.dependencies(slow!.seconds * 1000)));
    });
    await this.attempt(() => reconcile(request, { ...this.deployer.dependencies(2000), client }));
  }

  /** @returns whether the request succeeded */
  private async carryOut(request: ReleaseRequest, course: Course): Promise<boolean> {
    let calls = 0;
    const client = this.world.observed(() => {
      if (course.crashAfter !== undefined && calls++ === course.crashAfter) throw new Killed();
    });
    for (let ticks = 0; ; ticks++) {
      if (ticks === course.cancelAfter) {
        this.waiters.push({ request, course });
        return false;
      }
      try {
        if ((await reconcile(request, { ...this.deployer.dependencies(10_000), client })).complete) return true;
      } catch (error) {
        if (!(error instanceof Killed) && !(error instanceof ReleaseFailure)) throw error;
        return false;
      }
      await this.deployer.wait(INTERVAL);
    }
  }

  /** The waiter of a canceled request ticks once more, late, and must find that it is over. */
  private async endWaiters(): Promise<void> {
    for (const {
      request,
      course: { lateTick },
    } of this.waiters.splice(0)) {
      if (lateTick === undefined) continue;
      await this.deployer.wait(lateTick * 1000);
      await expect(this.deployer.tick(request)).rejects.toThrow(ReleaseFailure);
    }
  }

  private async attempt(task: () => Promise<unknown>): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (!(error instanceof ReleaseFailure) && !(error instanceof ApiError)) throw error;
    }
  }
}

class World {
  public readonly cluster = new MemoryCluster();
  public readonly stacks: readonly Stack[];
  /** Who has the object that both may want. */
  public holder?: Stack;

  constructor() {
    const releases = new MemoryReleases();
    this.stacks = ['chat', 'embed'].map((name) => {
      const deployer = new MemoryDeployer(
        this.cluster,
        releases,
        name,
        `arn:aws:cloudformation:us-east-1:111111111111:stack/Serving-${name}/Release`,
      );
      deployer.controllers = () => control(this.cluster);
      return new Stack(deployer, this);
    });
  }

  /** The cluster as one handler sees it, whose requests somebody looks at. */
  public observed(look: (call: Call) => void | Promise<void>): MemoryCluster {
    const { cluster } = this;
    return new Proxy(cluster, {
      get: (target, property: keyof MemoryCluster) => {
        const member: unknown = Reflect.get(target, property);
        if (!['find', 'findMetadata', 'list', 'apply', 'create', 'replace', 'merge', 'remove'].includes(property))
          return member;
        return async (...given: unknown[]) => {
          await look({ verb: property as Call['verb'], object: '' });
          return Reflect.apply(member as (...parameters: unknown[]) => Promise<unknown>, target, given);
        };
      },
    });
  }

  /** What is not as it should be when all is quiet. */
  public async faults(): Promise<string[]> {
    const faults: string[] = [];
    const known = new Set(['Namespace models']);
    for (const stack of this.stacks) {
      const { deployer, current, release } = stack;
      const inventory = await deployer.inventory();
      if (!current) {
        if (inventory) faults.push(`${release} has an inventory although it was deleted`);
        continue;
      }
      if (!inventory || inventory.attempt)
        faults.push(`${release} has ${inventory ? 'an attempt that has not ended' : 'no inventory'}`);
      known.add(`ConfigMap release-${deployer.name}`).add(`Lease release-${deployer.name}`);
      for (const object of objectsOf(deployer.name, current)) {
        // What the other one has taken is its own.
        if (object.metadata.name === 'shared' && this.holder !== stack) continue;
        const live = this.cluster.peek(object.kind, object.metadata.name);
        const name = `${object.kind} ${object.metadata.name}`;
        known.add(name);
        const holder = live?.metadata.annotations?.['llm-platform.dev/release'];
        if (holder !== release) faults.push(`${name} of ${release} ${live ? `names ${holder}` : 'does not exist'}`);
        else if (JSON.stringify([live!.data, live!.spec]) !== JSON.stringify([object.data, object.spec]))
          faults.push(`${name} is not as ${release} says`);
        if (live?.metadata.annotations?.['llm-platform.dev/scaling-paused-by']) faults.push(`${name} is left paused`);
      }
      // A canary that continues may need what the release before held.
      if (current.detached) inventory?.objects.forEach(({ kind, name }) => known.add(`${kind} ${name}`));
    }
    const orphans = this.cluster
      .all()
      .map(({ kind, metadata: { name } }) => `${kind} ${name}`)
      .filter((name) => !known.has(name));
    return [...faults, ...orphans.map((name) => `${name} is nobody's`)];
  }
}

const SHARED = { settings: [], image: 0, hasDeployment: false, isScaled: false, wantsShared: true, detached: false };

/** Sequences that have gone wrong, and are rarely found. */
const FOUND: readonly Event[][] = [
  // An object that was acquired is given back, and the handler ends before it is what it was.
  [
    { stack: 0, deploy: { ...SHARED, adopts: false } },
    { stack: 1, deploy: { ...SHARED, adopts: true } },
    { stack: 1, delete: true, crashAfter: 6 },
  ],
];

test('a release is whole after any sequence of events', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 6 }), async (events) => {
      const world = new World();
      for (const each of events) {
        await world.stacks[each.stack].handle(each);
        expect(await world.faults()).toEqual([]);
      }
    }),
    { numRuns: Number(process.env.SEQUENCES ?? 300), examples: FOUND.map((events) => [events]) },
  );
});
