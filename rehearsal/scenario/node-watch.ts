import { type ClusterClient } from '../../kubernetes-client/cluster-client';
import { holds, isTerminating } from '../../kubernetes-client/objects';
import { MODEL_LABEL, REVISION_LABEL } from '../../constructs/kubernetes/contract/names';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { type ActRecorder } from './act-recorder';
import { NODE_CLAIMS } from './karpenter-scene';
import { lookEvery } from './looking';
import { type LoadTarget } from '../load/generator';

/** Milliseconds between two looks. */
const LOOK_INTERVAL = 500;

/** A node that Karpenter has asked for. */
export interface ClaimLook {
  readonly name: string;
  /** Absent until one was bought. */
  readonly instanceType?: string;
  /** Node, once it has joined. */
  readonly node?: string;
  readonly initialized: boolean;
  /** Whether Karpenter would take the node away if it were empty. */
  readonly consolidatable: boolean;
  readonly ending: boolean;
}

/** A pod of the model. */
export interface PodLook {
  readonly name: string;
  readonly revision: string;
  readonly node?: string;
  readonly ready: boolean;
  readonly ending: boolean;
}

/** What one look at nodes and pods showed. */
export interface NodeLook {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly claims: readonly ClaimLook[];
  readonly pods: readonly PodLook[];
}

/** Watches what Karpenter does while an act runs, and which pod of a model is on which node. */
export class NodeWatch {
  public readonly looks: NodeLook[] = [];
  /** Looks no more. */
  public readonly stop: () => Promise<void>;

  constructor(
    private readonly client: ClusterClient,
    private readonly record: ActRecorder,
    private readonly model: LoadTarget,
  ) {
    this.stop = lookEvery(LOOK_INTERVAL, () => this.look());
  }

  /** Looks now. */
  public async look(): Promise<NodeLook> {
    const at = Date.now();
    const [claims, pods] = await Promise.all([
      this.client.list(NODE_CLAIMS.apiVersion, NODE_CLAIMS.kind),
      this.client.list('v1', 'Pod', this.model.namespace, { labelSelector: `${MODEL_LABEL}=${this.model.service}` }),
    ]);
    const seen = { at, claims: claims.map(claimLook), pods: pods.map(podLook) };
    this.note(seen, this.looks.at(-1));
    this.looks.push(seen);
    return seen;
  }

  private note({ at, claims, pods }: NodeLook, before: NodeLook | undefined): void {
    const time = new Date(at);
    // A claim has no type before one was bought for it.
    const types = new Set([...claims, ...(before?.claims ?? [])].flatMap(({ instanceType }) => instanceType ?? []));
    types.forEach((type) =>
      this.record.sample(
        'Nodes from Karpenter',
        'nodes',
        type,
        time,
        claims.filter(({ instanceType, initialized }) => instanceType === type && initialized).length,
      ),
    );
    const { service } = this.model;
    this.record.sample(`Ready pods of ${service}`, 'pods', service, time, pods.filter(({ ready }) => ready).length);
    const known = new Map(before?.claims.map((claim) => [claim.name, claim]));
    for (const { name, node, initialized } of claims) {
      if (!known.has(name))
        this.record.event('Karpenter', `asks for a node: NodeClaim ${name}`, { label: 'node asked for' }, time);
      if (initialized && !known.get(name)?.initialized)
        this.record.event('Karpenter', `node ${node} of ${name} is ready for pods`, undefined, time);
    }
    const left = new Set(claims.map(({ name }) => name));
    [...known.keys()]
      .filter((name) => !left.has(name))
      .forEach((name) => this.record.event('Karpenter', `NodeClaim ${name} is gone`, { label: 'node gone' }, time));
    const placed = new Map(before?.pods.map((pod) => [pod.name, pod]));
    for (const { name, node, ready } of pods) {
      if (node !== undefined && placed.get(name)?.node === undefined)
        this.record.event('scheduler', `pod ${name} goes to ${node}`, undefined, time);
      if (ready && !placed.get(name)?.ready) this.record.event('kubelet', `pod ${name} is ready`, undefined, time);
    }
  }
}

function claimLook(claim: KubernetesObject): ClaimLook {
  const { nodeName } = (claim.status ?? {}) as { nodeName?: string };
  const { name, labels } = claim.metadata;
  return {
    name,
    instanceType: labels?.['node.kubernetes.io/instance-type'],
    node: nodeName || undefined,
    initialized: holds(claim, 'Initialized'),
    consolidatable: holds(claim, 'Consolidatable'),
    ending: isTerminating(claim),
  };
}

function podLook(pod: KubernetesObject): PodLook {
  const { nodeName } = pod.spec as { nodeName?: string };
  const { name, labels } = pod.metadata;
  const revision = labels?.[REVISION_LABEL] ?? '';
  return { name, revision, node: nodeName || undefined, ready: holds(pod, 'Ready'), ending: isTerminating(pod) };
}
