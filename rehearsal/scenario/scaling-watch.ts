import { type ClusterClient } from '../../kubernetes-client/cluster-client';
import { holds } from '../../kubernetes-client/objects';
import { type RolloutStatus } from '../../constructs/kubernetes/contract/live-objects';
import {
  FIELD_MANAGER,
  SCALING_PAUSED_BY_ANNOTATION,
  SCALING_PAUSED_UNTIL_ANNOTATION,
} from '../../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { type LoadTarget } from '../load/generator';
import { type Prometheus } from '../platform';
import { type ActRecorder } from './act-recorder';
import { ROLLOUTS } from './argo-objects';
import { lookEvery, until } from './looking';

/** Milliseconds between two looks. */
const LOOK_INTERVAL = 500;

/** Annotation by which KEDA stops scaling. */
const PAUSED = 'autoscaling.keda.sh/paused';

const SCALED_OBJECTS = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject' } as const;
const AUTOSCALERS = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' } as const;

/** A pause of scaling, as the ScaledObject tells it. */
export interface PauseLook {
  /** Request that set it; absent when a person did. */
  readonly owner?: string;
  /** When it has lost its reason: milliseconds since the epoch, NaN where it is no time. */
  readonly until: number;
  /** Whether KEDA has taken note of it. */
  readonly acknowledged: boolean;
}

/** What one look at an autoscaler and its target showed. */
export interface ScalingLook {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Whether KEDA keeps a HorizontalPodAutoscaler. */
  readonly autoscaler: boolean;
  /** Replicas that it wants; absent without it, and before it has looked at the load. */
  readonly desired?: number;
  readonly pause?: PauseLook;
  /** Replicas that the Rollout is to have. */
  readonly replicas: number;
  /** Who has set them, by field manager. */
  readonly owners: readonly string[];
  /** Whether the Rollout is in a canary. */
  readonly canary: boolean;
  /** Pods of the Rollout that are ready. */
  readonly ready: number;
  /** Replicas that the load asks for by the trigger on running requests; absent while Prometheus knows of none. */
  readonly asked?: number;
}

interface ScaledObjectSpec {
  readonly triggers: readonly {
    readonly name: string;
    readonly metadata: { readonly query: string; readonly threshold: string };
  }[];
}

/** Watches what scales a model while an act runs, and what the load asks for. */
export class ScalingWatch {
  public readonly looks: ScalingLook[] = [];
  /** Looks no more. */
  public readonly stop: () => Promise<void>;

  constructor(
    private readonly client: ClusterClient,
    private readonly prometheus: Prometheus,
    private readonly record: ActRecorder,
    private readonly model: LoadTarget,
  ) {
    this.stop = lookEvery(LOOK_INTERVAL, () => this.look());
  }

  /** Looks from a time on. @param at milliseconds since the epoch */
  public since(at: number): readonly ScalingLook[] {
    return this.looks.filter((look) => look.at >= at);
  }

  /** Looks until one is as wanted, and returns it. */
  public until(what: string, seconds: number, wanted: (look: ScalingLook) => boolean): Promise<ScalingLook> {
    return until(what, seconds, async () => {
      const look = await this.look();
      return wanted(look) && look;
    });
  }

  /** Looks now. */
  public async look(): Promise<ScalingLook> {
    const { namespace, service: name } = this.model;
    const at = Date.now();
    const [scaler, autoscaler, rollout] = await Promise.all([
      this.client.find({ ...SCALED_OBJECTS, namespace, name }),
      this.client.find({ ...AUTOSCALERS, namespace, name: `keda-hpa-${name}` }),
      this.client.find({ ...ROLLOUTS, namespace, name }),
    ]);
    const seen = {
      at,
      ...autoscalerLook(autoscaler),
      ...pauseLook(scaler),
      ...rolloutLook(rollout),
      ...(await this.asked(scaler)),
    };
    this.note(seen, this.looks.at(-1));
    this.looks.push(seen);
    return seen;
  }

  /** What the trigger on running requests asks for by itself. */
  private async asked(scaler: KubernetesObject | undefined): Promise<Pick<ScalingLook, 'asked'>> {
    const trigger = (scaler?.spec as ScaledObjectSpec | undefined)?.triggers.find(({ name }) => name === 'running');
    if (!trigger) return {};
    const [series] = await this.prometheus.query(trigger.metadata.query);
    return series === undefined ? {} : { asked: Math.ceil(series.values[0][1] / Number(trigger.metadata.threshold)) };
  }

  private note({ at, autoscaler, pause, replicas, ready, asked }: ScalingLook, before: ScalingLook | undefined): void {
    const time = new Date(at);
    const sample = (name: string, value: number | null): void =>
      this.record.sample('Replicas and what the load asks for', 'pods', name, time, value);
    sample('of the Rollout', replicas);
    sample('ready', ready);
    sample('asked for by the load', asked ?? null);
    if (before === undefined) return;
    if (replicas !== before.replicas)
      this.record.event(
        'autoscaler',
        `${before.replicas} replicas become ${replicas}`,
        { label: `${replicas} replicas` },
        time,
      );
    if (autoscaler !== before.autoscaler)
      this.record.event(
        'KEDA',
        autoscaler ? 'made its HorizontalPodAutoscaler' : 'took its HorizontalPodAutoscaler away',
        undefined,
        time,
      );
    if (pause && !before.pause)
      this.record.event('handler', `pauses scaling until ${timeOf(pause.until)}`, { label: 'scaling paused' }, time);
    if (!pause && before.pause)
      this.record.event('handler', 'ends the pause of scaling', { label: 'pause ends' }, time);
  }
}

function autoscalerLook(autoscaler: KubernetesObject | undefined): Pick<ScalingLook, 'autoscaler' | 'desired'> {
  const { desiredReplicas } = (autoscaler?.status ?? {}) as { desiredReplicas?: number };
  return { autoscaler: autoscaler !== undefined, ...(desiredReplicas ? { desired: desiredReplicas } : {}) };
}

function pauseLook(scaler: KubernetesObject | undefined): Pick<ScalingLook, 'pause'> {
  const annotations = scaler?.metadata.annotations ?? {};
  if (annotations[PAUSED] !== 'true') return {};
  return {
    pause: {
      owner: annotations[SCALING_PAUSED_BY_ANNOTATION],
      until: Date.parse(annotations[SCALING_PAUSED_UNTIL_ANNOTATION] ?? ''),
      acknowledged: holds(scaler, 'Paused'),
    },
  };
}

function rolloutLook(
  rollout: KubernetesObject | undefined,
): Pick<ScalingLook, 'replicas' | 'owners' | 'canary' | 'ready'> {
  const { managedFields = [] } = rollout?.metadata ?? {};
  const { currentPodHash, stableRS, readyReplicas = 0 } = (rollout?.status ?? {}) as RolloutStatus;
  return {
    replicas: (rollout?.spec as { replicas?: number } | undefined)?.replicas ?? 0,
    owners: managedFields
      .filter(({ fieldsV1 }) => fieldsV1?.['f:spec']?.['f:replicas'] !== undefined)
      .map(({ manager }) => manager),
    canary: currentPodHash !== undefined && stableRS !== undefined && currentPodHash !== stableRS,
    ready: readyReplicas,
  };
}

/** A time for people. @param at milliseconds since the epoch, or NaN */
export function timeOf(at: number): string {
  return Number.isNaN(at) ? 'no time' : new Date(at).toISOString();
}

/** Whether a release, and nobody else or somebody too, has set the replicas. */
export function isSetByRelease({ owners }: ScalingLook): boolean {
  return owners.includes(FIELD_MANAGER);
}
