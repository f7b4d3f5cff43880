import type { Container, ContainerStatus, Pod, PodCondition, PodStatus } from 'kubernetes-types/core/v1';
import { REVISION_LABEL } from '../../constructs/kubernetes/contract/names';
import type { Backend } from '../load/generator';
import { EngineContainer, type EngineContainerOptions, now } from './engine-container';

/** Name of the container that serves the model. */
const ENGINE_CONTAINER = 'engine';
const DEFAULT_GRACE_SECONDS = 30;

/** What discovery and load need to know of a pod. */
export interface PodView extends Backend {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly ip: string;
  readonly nodeName: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Containers with their ports, as the spec holds them. */
  readonly containers: readonly Container[];
  /** 0 before the first start of the engine. */
  readonly port: number;
  readonly ready: boolean;
  readonly terminating: boolean;
  readonly restarts: number;
}

export interface SimulatedPodOptions extends Pick<EngineContainerOptions, 'runtime' | 'profile' | 'onChange'> {
  readonly pod: Pod;
  /** Address shown in the status; EndpointSlices refuse loopback addresses. */
  readonly ip: string;
}

/** One pod on a simulated node: obeys its spec and tells its status as the kubelet does. */
export class SimulatedPod implements PodView {
  public readonly namespace: string;
  public readonly name: string;
  public readonly uid: string;
  public readonly ip: string;
  public readonly nodeName: string;
  public readonly containers: readonly Container[];
  private readonly engine?: EngineContainer;
  private readonly conditions = new Map<string, PodCondition>();
  private readonly startTime = now();
  private pod: Pod;
  private ending?: Promise<void>;
  private grace = Infinity;
  /** When the last container ended. */
  private overAt?: string;

  constructor(private readonly options: SimulatedPodOptions) {
    const { metadata, spec: podSpec } = options.pod;
    this.pod = options.pod;
    this.namespace = metadata?.namespace ?? '';
    this.name = metadata?.name ?? '';
    this.uid = metadata?.uid ?? '';
    this.ip = options.ip;
    this.nodeName = podSpec?.nodeName ?? '';
    this.containers = podSpec?.containers ?? [];
    const spec = this.containers.find((container) => container.name === ENGINE_CONTAINER);
    if (spec !== undefined)
      this.engine = new EngineContainer({
        ...options,
        spec,
        pod: this.name,
        revision: this.labels[REVISION_LABEL] ?? '',
        gracePeriodSeconds: podSpec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS,
      });
  }

  public get labels(): Readonly<Record<string, string>> {
    return this.pod.metadata?.labels ?? {};
  }

  public get annotations(): Readonly<Record<string, string>> {
    return this.pod.metadata?.annotations ?? {};
  }

  public get port(): number {
    return this.engine?.port ?? 0;
  }

  public get terminating(): boolean {
    return this.ending !== undefined;
  }

  public get ready(): boolean {
    return !this.over && this.containerStatuses().every((status) => status.ready);
  }

  public get restarts(): number {
    return this.engine?.status().restartCount ?? 0;
  }

  /** Init containers are over at once; then the engine starts. */
  public async start(): Promise<void> {
    await this.engine?.start();
    this.options.onChange();
  }

  /** Labels may change while a pod lives: Argo Rollouts does that. */
  public update(pod: Pod): void {
    this.pod = pod;
  }

  /** Ends the pod within the grace period, counted from now; a later call can only shorten it. */
  public async terminate(gracePeriodSeconds: number): Promise<void> {
    if (gracePeriodSeconds < this.grace) {
      this.grace = gracePeriodSeconds;
      this.ending = Promise.all([this.ending, this.engine?.stop(gracePeriodSeconds)]).then(() => {
        this.overAt ??= now();
      });
    }
    await this.ending;
    this.options.onChange();
  }

  /** Ends everything at once. */
  public kill(): void {
    this.overAt ??= now();
    this.engine?.kill();
  }

  public status(): PodStatus {
    const containerStatuses = this.containerStatuses();
    const unready = containerStatuses.filter((status) => !status.ready).map((status) => status.name);
    const reason =
      unready.length === 0
        ? undefined
        : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
    return {
      phase: this.phase(containerStatuses),
      podIP: this.ip,
      podIPs: [{ ip: this.ip }],
      startTime: this.startTime,
      initContainerStatuses: (this.pod.spec?.initContainers ?? []).map((container) => this.initStatus(container)),
      containerStatuses,
      conditions: [
        this.condition('Initialized', true),
        this.condition('ContainersReady', unready.length === 0, reason),
        this.condition('Ready', unready.length === 0, reason),
      ],
    };
  }

  private get over(): boolean {
    return this.overAt !== undefined;
  }

  private phase(containers: readonly ContainerStatus[]): string {
    if (!this.over) return 'Running';
    return containers.some((status) => (status.state?.terminated?.exitCode ?? 0) !== 0) ? 'Failed' : 'Succeeded';
  }

  private containerStatuses(): ContainerStatus[] {
    return this.containers.map((container) =>
      container.name === ENGINE_CONTAINER && this.engine !== undefined
        ? this.engine.status()
        : this.sidecarStatus(container),
    );
  }

  /** Containers that serve no model run from the start to the end, and nothing more is simulated of them. */
  private sidecarStatus(container: Container): ContainerStatus {
    const state = this.over
      ? { terminated: { exitCode: 0, reason: 'Completed', startedAt: this.startTime, finishedAt: this.overAt } }
      : { running: { startedAt: this.startTime } };
    return { ...this.commonStatus(container), ready: !this.over, started: !this.over, state };
  }

  private initStatus(container: Container): ContainerStatus {
    if ((container as { restartPolicy?: string }).restartPolicy === 'Always') return this.sidecarStatus(container);
    const terminated = { exitCode: 0, reason: 'Completed', startedAt: this.startTime, finishedAt: this.startTime };
    return { ...this.commonStatus(container), ready: true, started: false, state: { terminated } };
  }

  private commonStatus(container: Container): Pick<ContainerStatus, 'name' | 'image' | 'imageID' | 'restartCount'> {
    return { name: container.name, image: container.image ?? '', imageID: 'simulated', restartCount: 0 };
  }

  /** lastTransitionTime moves only with the status: minReadySeconds counts from it. */
  private condition(type: string, holds: boolean, why: { reason?: string; message?: string } = {}): PodCondition {
    const status = holds ? 'True' : 'False';
    const before = this.conditions.get(type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now();
    const condition = { type, status, lastTransitionTime, ...why };
    this.conditions.set(type, condition);
    return condition;
  }
}
