import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ClusterClient } from '../../kubernetes-client/cluster-client';
import { ACCOUNT, Emulator, NETWORK, REGION, emulatorVersion, tokenReview } from './emulator';
import { ensureVirtualEnvironment, pythonVersion } from './virtual-environment';
import {
  type LocatedProgram,
  type LocatedPrograms,
  type LocateOptions,
  type ProgramPlan,
  obtainPrograms,
  planPrograms,
} from './binaries';
import { cacheDirectory } from './cache';
import {
  type CommandOptions,
  type CommandResult,
  PROJECT,
  cdkCommand,
  cdkEnvironment,
  commandOfProject,
  runNode,
} from './commands';
import { CONTROL_PLANE_PORTS, ControlPlane } from './control-plane';
import type { Identity } from './control-plane-files';
import { locateCrds } from './crds';
import { type FakeNodeGroup, SYSTEM_NODE } from './fake-nodes';
import type { ManagedProcess } from './managed-process';
import { choosePorts } from './ports';
import { pinnedVersion } from './programs';
import { Prometheus } from './prometheus';
import { startKarpenter } from './karpenter';
import { type Keda, startKeda } from './keda';
import { startRolloutsController } from './rollouts-controller';
import { type ControllerOptions, Run } from './run';
import { endKilledRuns } from './run-record';
import { KARPENTER, KEDA_ADAPTER, KEDA_OPERATOR, obtainSceneProgram, type SceneProgram } from './scene-programs';

const PORTS = [
  ...CONTROL_PLANE_PORTS,
  'aws',
  'awsClusters',
  'prometheus',
  'rolloutsMetrics',
  'rolloutsHealth',
] as const;

/** What a rehearsal is told about its platform. */
export interface RehearsalPlatformOptions {
  /** Folder with all programs. @default - PATH, then the cache, then the Go compiler */
  readonly binaries?: string;
  /** Folder with CustomResourceDefinitions. @default - environment variable LLM_PLATFORM_CRDS, else the pinned Go modules */
  readonly crds?: string;
  readonly log: (line: string) => void;
}

/** Six nodes with a GPU each: four replicas, one of a canary, and one to spare. */
export const GPU_NODES: FakeNodeGroup = {
  namePrefix: 'gpu',
  count: 6,
  instanceType: 'g6.xlarge',
  cpu: 4,
  memoryGiB: 16,
  gpus: 1,
  accelerator: 'g6.xlarge',
};

/** Name of the EKS cluster in the rehearsal. */
export const CLUSTER_NAME = 'rehearsal';

/** Starts everything that a rehearsal runs on, except what needs the first deploy: Argo Rollouts and Prometheus. */
export async function startRehearsalPlatform(options: RehearsalPlatformOptions): Promise<RehearsalPlatform> {
  const { log } = options;
  const look = { directory: options.binaries, cacheDirectory: cacheDirectory(), log };
  // First, because they may hold the ports that are asked for.
  endKilledRuns(look.cacheDirectory, log);
  const [ports, plan, crds] = await allOrEveryProblem([
    choosePorts(PORTS),
    planPrograms(look),
    locateCrds({ ...look, directory: options.crds }),
    pythonVersion(),
  ]);
  const run = new Run(look.cacheDirectory, log);
  const adopting: LocateOptions = { ...look, signal: run.signal, adopt: (name, group) => run.adopt(name, group) };
  const starting = startParts(run, adopting, ports, plan);
  // Nothing may still be writing into the folder when it is removed.
  run.beforeRemoval(() =>
    starting.then(
      () => undefined,
      () => undefined,
    ),
  );
  try {
    return new RehearsalPlatform({ ...(await starting), crds, crdsFolder: options.crds });
  } catch (error) {
    await run.stop().catch((failure: unknown) => log(String(failure)));
    throw error;
  }
}

async function startParts(
  run: Run,
  look: LocateOptions,
  ports: Record<(typeof PORTS)[number], number>,
  plan: ProgramPlan,
): Promise<Omit<Parts, 'crds' | 'crdsFolder'>> {
  const { directory: runDirectory, start } = run;
  // The packages are installed while the compiler works.
  const [programs, python] = await bothEnded(obtainPrograms(plan, look), ensureVirtualEnvironment(look));
  const review = tokenReview(ports.aws, CLUSTER_NAME);
  const controlPlane = new ControlPlane({
    programs,
    ports,
    runDirectory,
    clusterName: CLUSTER_NAME,
    tokenReviewUrl: review.url,
    start,
    nodes: [SYSTEM_NODE, GPU_NODES],
  });
  const cluster = {
    name: CLUSTER_NAME,
    endpoint: controlPlane.url,
    certificateAuthorityFile: controlPlane.certificateAuthorityFile,
    adminToken: controlPlane.adminToken,
  };
  const [emulator] = await bothEnded(
    Emulator.start({
      port: ports.aws,
      clusterPort: ports.awsClusters,
      runDirectory,
      python,
      cluster,
      tokenReview: review,
      start,
    }),
    controlPlane.launch(),
  );
  await emulator.createCluster(CLUSTER_NAME);
  return {
    run,
    programs,
    look,
    controlPlane,
    emulator,
    prometheus: new Prometheus({ binary: programs.prometheus.file, port: ports.prometheus, runDirectory, start }),
    ports: { metrics: ports.rolloutsMetrics, health: ports.rolloutsHealth },
  };
}

/** Both values; or the first failure, once neither is under way any more. */
async function bothEnded<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return Promise.all([first, second]);
}

/** All values; or one error that holds every problem. */
async function allOrEveryProblem<T extends readonly unknown[]>(
  promises: { readonly [K in keyof T]: Promise<T[K]> },
): Promise<T> {
  const settled = await Promise.allSettled(promises);
  const problems = settled.flatMap((each) =>
    each.status === 'rejected' ? [each.reason instanceof Error ? each.reason.message : String(each.reason)] : [],
  );
  if (problems.length > 0) throw new Error([...new Set(problems)].join('\n'));
  return Promise.all(promises);
}

interface Parts {
  readonly run: Run;
  readonly programs: LocatedPrograms;
  /** Where to look for the programs of single scenes. */
  readonly look: LocateOptions;
  readonly crds: string;
  /** Folder that was named for CRDs. */
  readonly crdsFolder: string | undefined;
  readonly controlPlane: ControlPlane;
  readonly emulator: Emulator;
  readonly prometheus: Prometheus;
  readonly ports: { readonly metrics: number; readonly health: number };
}

/** A control plane, an AWS endpoint and a metrics database, all on loopback, and the CDK CLI that works on them. */
export class RehearsalPlatform {
  readonly region = REGION;
  /** VPC and subnets that exist before the first deploy. */
  readonly network = NETWORK;
  /** Folder of this run; removed at its end. */
  readonly runDirectory: string;
  /** Folder of the logs of all processes. */
  readonly logDirectory: string;
  /** Kubeconfig of the cluster administrator. */
  readonly kubeconfig: string;
  readonly apiServerUrl: string;
  /** Certificate authority of the API server, base64 of PEM, as EKS gives it. */
  readonly caData: string;
  /** Environment in which the CDK CLI and the SDK see the emulator. */
  readonly awsEnv: Readonly<Record<string, string>>;
  readonly prometheus: Prometheus;
  /** Folder with the CustomResourceDefinitions that the platform's release brings. */
  readonly crds: string;
  /** Version of every part, by the name of the part. */
  readonly versions: Readonly<Record<string, string>>;
  private controller?: Promise<ManagedProcess>;
  private karpenter?: Promise<ManagedProcess>;
  private keda?: Promise<Keda>;
  private readonly scenePrograms = new Map<SceneProgram, Promise<LocatedProgram>>();

  constructor(private readonly parts: Parts) {
    const { run, controlPlane, emulator, prometheus, crds, programs } = parts;
    this.runDirectory = run.directory;
    this.logDirectory = run.logDirectory;
    this.kubeconfig = controlPlane.kubeconfig;
    this.apiServerUrl = controlPlane.url;
    this.caData = Buffer.from(controlPlane.certificateAuthority).toString('base64');
    this.awsEnv = cdkEnvironment(run.directory, emulator.endpoint, ACCOUNT, REGION);
    this.prometheus = prometheus;
    this.crds = crds;
    this.versions = {
      ...Object.fromEntries(Object.entries(programs).map(([name, { version }]) => [name, version])),
      'prometheus-operator CRDs': pinnedVersion('definitions', 'github.com/prometheus-operator/prometheus-operator'),
      ministack: emulatorVersion(),
      'aws-cdk': packageVersion('aws-cdk'),
      'aws-cdk-lib': packageVersion('aws-cdk-lib'),
      node: process.version,
    };
  }

  /** What rehearsals keep between runs. */
  get cacheDirectory(): string {
    return this.parts.look.cacheDirectory;
  }

  /** Calls the API server as cluster administrator. */
  get client(): ClusterClient {
    return this.parts.controlPlane.client;
  }

  /** Aborted as soon as everything is being stopped. */
  get signal(): AbortSignal {
    return this.parts.run.signal;
  }

  /** Runs the real CDK CLI; never rejects because of what it answers. */
  cdk(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return this.run(`cdk ${args[0]}`, cdkCommand(args), options);
  }

  /** Runs a command of this project; never rejects because of what it answers. @param name of its script, such as `releases` */
  command(name: string, args: readonly string[]): Promise<CommandResult> {
    return this.run(name, commandOfProject(name, args));
  }

  /** Runs a command that ends with this run at the latest. */
  private run(name: string, argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const { run } = this.parts;
    return runNode(argv, this.awsEnv, {
      ...options,
      signal: options.signal ? AbortSignal.any([options.signal, run.signal]) : run.signal,
      onStart: (group) => run.adopt(name, group),
    });
  }

  /** Runs `cdk bootstrap` for the rehearsal's account and region. */
  async bootstrap(): Promise<CommandResult> {
    // Outside the project, so that the app is not synthesized for it.
    const result = await this.cdk(['bootstrap', `aws://${ACCOUNT}/${REGION}`], { cwd: this.runDirectory });
    if (result.exitCode !== 0)
      throw new Error(`cdk bootstrap ended with exit code ${result.exitCode}:\n${result.output.slice(-2_000)}`);
    return result;
  }

  /**
   * Starts the controller of Argo Rollouts as soon as its kinds exist, and waits until it is healthy.
   *
   * May be called before the deploy that brings the kinds, and awaited after it.
   *
   * @param proxyUrl HTTP proxy to Services by their names in the cluster
   */
  startRolloutsController(proxyUrl: string): Promise<void> {
    const { programs, ports } = this.parts;
    const binary = programs['rollouts-controller'].file;
    this.controller ??= startRolloutsController({ ...this.access('rollouts-controller'), binary, ports, proxyUrl });
    const started = this.controller.then(() => undefined);
    // The caller awaits it only after a deploy that succeeded; until then, and else, a failure is not an unhandled one.
    started.catch(() => undefined);
    return started;
  }

  private access(identity: Identity): ControllerOptions {
    const { run, controlPlane } = this.parts;
    const { directory: runDirectory, start, signal } = run;
    return { kubeconfig: controlPlane.kubeconfigOf(identity), runDirectory, client: this.client, start, signal };
  }

  /** A program that only some scenes need; it is built once, the first time that it is asked for. */
  sceneProgram(program: SceneProgram): Promise<LocatedProgram> {
    const located = this.scenePrograms.get(program) ?? obtainSceneProgram(program, this.parts.look);
    this.scenePrograms.set(program, located);
    return located;
  }

  /** Whether a scene has asked for the program. */
  usedSceneProgram(program: SceneProgram): boolean {
    return this.scenePrograms.has(program);
  }

  /** Starts Karpenter with its kwok provider, and waits until it is ready. */
  async startKarpenter(): Promise<void> {
    const { file } = await this.sceneProgram(KARPENTER);
    this.karpenter ??= startKarpenter({
      ...this.access('karpenter'),
      binary: file,
      crds: join(dirname(file), 'karpenter-definitions'),
      zones: NETWORK.availabilityZones,
    });
    await this.karpenter;
  }

  /** Kills Karpenter. */
  async stopKarpenter(): Promise<void> {
    const karpenter = await this.karpenter;
    this.karpenter = undefined;
    await karpenter?.kill();
  }

  /** Starts KEDA's operator and its metrics adapter, and waits until HorizontalPodAutoscalers can read what it serves. */
  async startKeda(): Promise<void> {
    const { look, crdsFolder } = this.parts;
    const [operator, adapter] = [await this.sceneProgram(KEDA_OPERATOR), await this.sceneProgram(KEDA_ADAPTER)];
    const crds = await locateCrds({ cacheDirectory: look.cacheDirectory, directory: crdsFolder, sets: ['scaling'] });
    this.keda ??= startKeda({ ...this.access('keda'), operator: operator.file, adapter: adapter.file, crds });
    await this.keda;
  }

  /** Kills KEDA, and takes its API away. */
  async stopKeda(): Promise<void> {
    const keda = await this.keda;
    this.keda = undefined;
    await keda?.stop();
  }

  /** Kills the API server and starts it again. */
  restartApiServer(): Promise<void> {
    return this.parts.controlPlane.restartApiServer();
  }

  addNodes(group: FakeNodeGroup): Promise<void> {
    return this.parts.controlPlane.addNodes(group);
  }

  /**
   * Kills the process of a release handler's `isComplete`, in the middle of whatever it does.
   *
   * @returns how many processes there were; 0 when none has run yet
   */
  killHandler(tier: 'Platform' | 'Model'): number {
    // The provider framework's own function is called frameworkisComplete.
    return this.parts.emulator.killFunction((name) => name.includes(`${tier}IsComplete`));
  }

  /** Has something stopped however the run ends, before all that was started before it. */
  stopFirst(name: string, stop: () => Promise<void>): void {
    this.parts.run.cleanup.defer(name, stop);
  }

  /** Has a process group that {@link stopFirst} ends be found by the next run, should this one be killed. */
  recordGroup(group: number): void {
    this.parts.run.recordGroup(group);
  }

  /** Stops everything and removes the run's folder. */
  stop(): Promise<void> {
    return this.parts.run.stop();
  }
}

function packageVersion(name: string): string {
  return (JSON.parse(readFileSync(`${PROJECT}/node_modules/${name}/package.json`, 'utf8')) as { version: string })
    .version;
}
