import type { Container, PodSpec, Probe, Volume, VolumeMount } from 'kubernetes-types/core/v1';
import { MODEL_LABEL } from '../kubernetes/contract/names';
import { pullSecrets } from '../kubernetes/pull-secrets';
import { canonicalQuantity } from '../kubernetes/quantities';
import { ACCELERATOR_LABEL } from '../nodes/node-names';
import { ENGINE_PORT } from '../models/names';
import { type ResolvedModel } from './resolved-model';
import { EngineDrain } from './inference-engine';
import { CACHE_DIRECTORY, podStorageMib, TMP_MIB } from './model-storage';
import { podAdditions } from './pod-additions';
import { RESTRICTED_CONTAINER, restrictedPod } from '../policy/restricted-pod';
import { spreadOver } from '../policy/topology-spread';

/** Pod of a model. It passes Pod Security "restricted". */
export function modelPod(settings: ResolvedModel): PodSpec {
  const { userId } = settings.engine;
  return {
    serviceAccountName: settings.model,
    ...pullSecrets(settings.imagePullSecrets),
    automountServiceAccountToken: false,
    // Kubernetes would set VLLM_PORT and the like for Services of these names, which vLLM reads as its own settings.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: settings.terminationGracePeriodSeconds,
    ...placement(settings),
    topologySpreadConstraints: spreadOver({ [MODEL_LABEL]: settings.model }),
    securityContext: { ...restrictedPod(userId), fsGroup: userId },
    ...initContainers(settings),
    containers: [engineContainer(settings)],
    volumes: volumes(settings),
  };
}

/** Pods without devices keep away from the nodes that have them, which are tainted by the name of the resource. */
function placement(settings: ResolvedModel): Pick<PodSpec, 'nodeSelector' | 'tolerations'> {
  const { architecture } = settings.engine;
  const nodeSelector = {
    ...(settings.accelerator === undefined ? {} : { [ACCELERATOR_LABEL]: settings.accelerator }),
    ...(architecture === undefined ? {} : { 'kubernetes.io/arch': architecture }),
  };
  const taints = Object.keys(devices(settings));
  return {
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    ...(taints.length === 0
      ? {}
      : { tolerations: taints.map((key) => ({ key, operator: 'Exists', effect: 'NoSchedule' })) }),
  };
}

function devices({ engine, gpus }: ResolvedModel): { [resource: string]: number } {
  return engine.devices ?? { 'nvidia.com/gpu': gpus };
}

/** SIGTERM follows the hook: it waits for load balancers, and for requests in flight where SIGTERM would end them. */
function preStopSeconds({ preStopSeconds: announced, shutdownTimeoutSeconds, engine }: ResolvedModel): number {
  return engine.drain === EngineDrain.PRE_STOP ? announced + shutdownTimeoutSeconds : announced;
}

function initContainers(settings: ResolvedModel): Pick<PodSpec, 'initContainers'> {
  const containers = podAdditions(settings).flatMap((addition) => addition.initContainers ?? []);
  return containers.length === 0 ? {} : { initContainers: containers };
}

function engineContainer(settings: ResolvedModel): Container {
  const { engine } = settings;
  // None of these can be taken back from a container, so request and limit are the same; CPU can.
  const firm = {
    memory: canonicalQuantity(`${settings.memoryMib + settings.sharedMemoryMib}Mi`),
    'ephemeral-storage': canonicalQuantity(`${podStorageMib(settings.cacheSizeMib)}Mi`),
    ...Object.fromEntries(Object.entries(devices(settings)).map(([resource, count]) => [resource, String(count)])),
  };
  return {
    name: 'engine',
    image: engine.image,
    ...(engine.command.length === 0 ? {} : { command: engine.command }),
    args: engine.args,
    env: [
      ...Object.entries(engine.environment).map(([name, value]) => ({ name, value })),
      ...podAdditions(settings).flatMap(({ environment = [] }) => environment),
    ],
    ports: [{ name: 'http', containerPort: ENGINE_PORT, protocol: 'TCP' }],
    resources: {
      requests: { cpu: canonicalQuantity(settings.cpus), ...firm },
      limits: firm,
    },
    ...probes(settings),
    lifecycle: { preStop: { sleep: { seconds: preStopSeconds(settings) } } },
    // The hook that makes the GPU's libraries visible (nvidia-cdi-hook) writes into the root file system.
    securityContext: { ...RESTRICTED_CONTAINER, readOnlyRootFilesystem: false },
    volumeMounts: volumeMounts(settings),
  };
}

/** Nothing but the startup probe acts until the model is loaded; its budget is `startupBudget`. */
function probes(settings: ResolvedModel): { startupProbe: Probe; readinessProbe: Probe; livenessProbe: Probe } {
  const {
    startupBudgetSeconds,
    probePeriodSeconds,
    engine: { healthPath, readinessPath = healthPath },
  } = settings;
  const httpGet = { path: healthPath, port: 'http' };
  // Coarse enough for a model that takes half an hour, fine enough that a model that takes seconds is not kept waiting.
  const startupPeriod = Math.min(10, Math.max(1, Math.floor(startupBudgetSeconds / 60)));
  return {
    startupProbe: {
      httpGet,
      periodSeconds: startupPeriod,
      timeoutSeconds: 5,
      failureThreshold: Math.ceil(startupBudgetSeconds / startupPeriod),
    },
    readinessProbe: {
      httpGet: { ...httpGet, path: readinessPath },
      periodSeconds: probePeriodSeconds,
      timeoutSeconds: 5,
      failureThreshold: 2,
    },
    // A busy engine answers late: a restart, which costs a cold start, needs a minute of silence.
    livenessProbe: { httpGet, periodSeconds: 2 * probePeriodSeconds, timeoutSeconds: 5, failureThreshold: 6 },
  };
}

function volumes(settings: ResolvedModel): Volume[] {
  return [
    { name: 'cache', emptyDir: { sizeLimit: canonicalQuantity(`${settings.cacheSizeMib}Mi`) } },
    { name: 'tmp', emptyDir: { sizeLimit: canonicalQuantity(`${TMP_MIB}Mi`) } },
    { name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: canonicalQuantity(`${settings.sharedMemoryMib}Mi`) } },
    ...podAdditions(settings).flatMap((addition) => addition.volumes ?? []),
  ];
}

function volumeMounts(settings: ResolvedModel): VolumeMount[] {
  return [
    { name: 'cache', mountPath: CACHE_DIRECTORY },
    { name: 'tmp', mountPath: '/tmp' },
    { name: 'shm', mountPath: '/dev/shm' },
    ...podAdditions(settings).flatMap(({ mounts = [] }) => mounts),
  ];
}
