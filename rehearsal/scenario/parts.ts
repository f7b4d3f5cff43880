import packageJson from '../../package.json';
import { type EngineRun, type RealEngines } from '../models/process-engines';
import { type PartReport } from '../report/types';
import {
  KARPENTER,
  KEDA_ADAPTER,
  KEDA_OPERATOR,
  type RehearsalPlatform,
  type SceneProgram,
  sceneProgramVersion,
} from '../platform';

/** Parts that only some scenes have. */
const SCENE_PARTS: readonly { readonly program: SceneProgram; readonly name: string; readonly note: string }[] = [
  {
    program: KARPENTER,
    name: "Karpenter's controller, with its kwok provider",
    note: 'makes Node objects instead of instances: NodePools name a KWOKNodeClass, nothing is Spot, no interruption is announced; listens on loopback',
  },
  {
    program: KEDA_OPERATOR,
    name: "KEDA's operator",
    note: 'makes the HorizontalPodAutoscalers that kube-controller-manager acts on, which looks every 2 s instead of every 15 s',
  },
  {
    program: KEDA_ADAPTER,
    name: "KEDA's metrics adapter",
    note: 'listens on loopback; takes whoever asks for nobody in particular, and answers',
  },
];

/** Real engines, and how they were run. */
export interface EngineParts extends RealEngines {
  readonly runs: readonly EngineRun[];
}

const NAMES: Readonly<Record<string, string>> = { vllm: 'vLLM', 'llama-cpp': 'llama.cpp' };

/** What of the rehearsal was real, emulated and simulated. */
export function partsOf(platform: RehearsalPlatform, engines?: EngineParts): PartReport[] {
  const { versions } = platform;
  const { version } = packageJson;
  const real = (name: string, version: string, note?: string): PartReport => ({
    name,
    version,
    kind: 'real',
    ...(note ? { note } : {}),
  });
  return [
    real('CDK command line', versions['aws-cdk']),
    real('aws-cdk-lib with its provider framework', versions['aws-cdk-lib']),
    real(
      'Release handler',
      version,
      'signs EKS tokens as its own role; runs as a process of the emulator instead of in Lambda',
    ),
    real('kube-apiserver, with admission, RBAC and Pod Security', versions['kube-apiserver']),
    real('kube-controller-manager and kube-scheduler', versions['kube-apiserver']),
    real('etcd', versions.etcd),
    real('Argo Rollouts controller', versions['rollouts-controller'], 'listens on loopback'),
    ...SCENE_PARTS.flatMap(({ program, name, note }) =>
      platform.usedSceneProgram(program) ? [real(name, sceneProgramVersion(program), note)] : [],
    ),
    real(
      'Prometheus',
      versions.prometheus,
      'targets come from PodMonitors through a service discovery of the rehearsal, not through the operator',
    ),
    {
      name: 'CloudFormation, Lambda, Step Functions, IAM, S3 and EKS authentication',
      version: `MiniStack ${versions.ministack}`,
      kind: 'emulated',
      note: 'one resource after another; no rollback triggers',
    },
    { name: 'Nodes and their GPUs', version: `kwok ${versions.kwok}`, kind: 'simulated', note: 'objects only' },
    ...(engines ? engineParts(engines, platform.cacheDirectory) : []),
    engines
      ? {
          name: "Kubelet of models' pods",
          version,
          kind: 'simulated',
          note: 'obeys probes, preStop and grace period of the rendered pod, whose engine is a process; its faults are signals',
        }
      : {
          name: "Pods of models: kubelet, engine with vLLM's API and metrics",
          version,
          kind: 'simulated',
          note: 'obey probes, preStop and grace period of the rendered pod; latency and errors follow a profile',
        },
    { name: 'Requests', version, kind: 'simulated', note: 'really sent, to the endpoints of the Service' },
  ];
}

/** One part an engine, with everything that was not as the pod has it. */
function engineParts({ installed, directory, runs }: EngineParts, cacheDirectory: string): PartReport[] {
  return installed.flatMap(({ engine, version }): PartReport[] => {
    const run = runs.find((candidate) => candidate.engine === engine && candidate.version === version);
    if (run === undefined) return [];
    const changes = run.changes.map((change) =>
      change.replaceAll(`${directory}/${run.pod}`, '<pod>').replaceAll(cacheDirectory, '<cache>'),
    );
    const note = `on CPUs, by the command, arguments and environment of its pod; replaced: ${changes.join('; ')}`;
    return [{ name: NAMES[engine] ?? engine, version, kind: 'real', note }];
  });
}
