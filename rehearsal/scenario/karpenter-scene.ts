import * as cdk8s from 'cdk8s';
import { Accelerator } from '../../constructs/gpu/accelerator';
import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { NodePoolChart } from '../../constructs/nodes/node-pool-chart';
import { rehearsal } from '../../environments/rehearsal';
import { type ModelConfig } from '../../lib/environment/model/model-config';
import { PROFILES } from '../models/profiles';
import { type LoadTarget } from '../load/generator';
import { type ActRecorder } from './act-recorder';
import { until } from './looking';
import { type Deployment, NAMESPACE, type RehearsalStage } from './rehearsal-stage';

/** The model that asks for nodes which are not there yet. */
export const EMBED: LoadTarget = { namespace: NAMESPACE, service: 'embed' };

/** Its instance type: four GPUs, all of them for one pod. */
export const ACCELERATOR = 'g6.12xlarge';
export const GPUS_PER_NODE = 4;

/** Seconds for which a node must be empty before Karpenter takes it away: shorter than the model takes to load. */
export const CONSOLIDATE_AFTER_SECONDS = 5;

/** Seconds that the model takes to load. */
export const LOAD_SECONDS = 35;

/** Kind of what Karpenter asks a node by. */
export const NODE_CLAIMS = { apiVersion: 'karpenter.sh/v1', kind: 'NodeClaim' } as const;

/** The pool of nodes; the name of one holds no dot here. */
const POOL = { apiVersion: 'karpenter.sh/v1', kind: 'NodePool', name: ACCELERATOR.replaceAll('.', '-') } as const;

/** Stands for an EC2NodeClass: nodes come up after a moment, as instances do after a minute. */
const NODE_CLASS = {
  apiVersion: 'karpenter.kwok.sh/v1alpha1',
  kind: 'KWOKNodeClass',
  metadata: { name: 'simulated' },
  spec: { nodeRegistrationDelay: '3s' },
};

const [CHAT_MODEL] = rehearsal().models;

/** How `embed` is deployed: without a caller, so that its gates are judged on nothing and pass. */
export const MODEL: Partial<ModelConfig> & Pick<ModelConfig, 'name'> = {
  name: EMBED.service,
  repository: 'rehearsal/embed',
  accelerator: ACCELERATOR,
  timings: {
    ...CHAT_MODEL.timings,
    startupBudget: '1m',
    capacityBudget: '20s',
    expectedStartup: `${LOAD_SECONDS}s`,
  },
  deadline: '5m',
  rollout: {
    ...CHAT_MODEL.rollout,
    steps: [{ weight: 50, hold: '2s' }],
    bakeTime: '2s',
    judgement: { ...CHAT_MODEL.rollout.judgement, warmUp: '0s', minimumRequestsTimeout: '14s', tooFewRequests: 'pass' },
  },
};

/** Starts Karpenter with a pool of nodes for `embed`, which {@link RehearsalStage.restore} takes away again. */
export async function openPool(stage: RehearsalStage, record: ActRecorder, limitNodes: number): Promise<void> {
  await stage.platform.startKarpenter();
  stage.afterScenes(() => closePool(stage, record));
  await stage.client.create(NODE_CLASS);
  await stage.client.create(poolOf(limitNodes));
  stage.provisions(ACCELERATOR);
  record.event('Karpenter', `has a pool for ${ACCELERATOR}, of at most ${limitNodes} nodes`);
}

/** Changes how many nodes the pool may have. */
export async function limitPool(stage: RehearsalStage, record: ActRecorder, nodes: number): Promise<void> {
  await stage.client.merge(POOL, { spec: { limits: { 'nvidia.com/gpu': String(nodes * GPUS_PER_NODE) } } });
  record.event('Karpenter', `the pool may now have ${nodes} nodes`);
}

/** Deploys a revision of `embed`. */
export async function deployEmbed(
  stage: RehearsalStage,
  record: ActRecorder,
  revision: string,
  replicas: number,
  options: { loadSeconds: number; platform?: boolean } & Partial<ModelConfig>,
): Promise<Deployment> {
  const { loadSeconds, platform = false, ...change } = options;
  await stage.simulation.setProfile(revision, { ...PROFILES.good, loadSeconds });
  record.event('cdk', `deploys revision ${revision} of embed, ${replicas} replicas`, { label: `deploy ${revision}` });
  // The quota of the models' namespace counts the GPUs of every model.
  return stage.deploy(record, {
    models: [{ ...MODEL, ...change, revision, replicas }],
    stacks: [...(platform ? ['Platform'] : []), 'Serving-embed'],
  });
}

/** The pool as the platform's own chart renders it, with a KWOKNodeClass in place of an EC2NodeClass. */
function poolOf(limitNodes: number): KubernetesObject {
  const chart = new NodePoolChart(new cdk8s.App(), 'pool', {
    name: POOL.name,
    instanceType: ACCELERATOR,
    deviceResource: Accelerator.fromInstanceType(ACCELERATOR).deviceResource,
    devices: limitNodes * GPUS_PER_NODE,
    nodeClass: { group: 'karpenter.kwok.sh', kind: NODE_CLASS.kind, name: NODE_CLASS.metadata.name },
    capacityTypes: ['on-demand'],
    consolidateAfterSeconds: CONSOLIDATE_AFTER_SECONDS,
    terminationGracePeriodSeconds: 60,
  });
  const [pool] = chart.toJson() as KubernetesObject[];
  return pool;
}

async function closePool(stage: RehearsalStage, record: ActRecorder): Promise<void> {
  await stage.destroy(record, 'Serving-embed');
  stage.forget(EMBED.service);
  await stage.waitForTermination();
  await stage.client.remove(POOL);
  await until(
    'the nodes of Karpenter to be gone',
    60,
    async () => (await stage.client.list(NODE_CLAIMS.apiVersion, NODE_CLAIMS.kind)).length === 0,
  );
  await stage.platform.stopKarpenter();
}
