import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { type ClusterClient } from '../../kubernetes-client/cluster-client';
import { isTerminating, referenceTo } from '../../kubernetes-client/objects';
import { RELEASE_ANNOTATION, REVISION_LABEL } from '../../constructs/kubernetes/contract/names';
import { ACCELERATOR_LABEL } from '../../constructs/nodes/node-names';
import { nameByContent } from '../../constructs/kubernetes/contract/content-names';
import {
  type DeployTimeValues,
  type KubernetesObject,
  resolveDocument,
} from '../../constructs/kubernetes/contract/release-document';
import { rehearsal, type RehearsalOverrides } from '../../environments/rehearsal';
import { type ModelConfig } from '../../lib/environment/model/model-config';
import { secondsOfText } from '../../lib/environment/plain-data';
import { type LoadOptions, type LoadTarget } from '../load/generator';
import { type ModelsClient } from '../models/client';
import { type RevisionProfile } from '../models/profiles';
import { type CommandResult, GPU_NODES, type RehearsalPlatform } from '../platform';
import { type ActRecorder } from './act-recorder';
import { appliedView } from './applied-view';
import { type Rollout, ROLLOUTS } from './argo-objects';
import { until } from './looking';
import { REQUESTS_PER_SECOND } from './chat-load';
import { artifactOf, releaseIn, tamper, type Tampering } from './tampered-assembly';

/** Namespace of the models. */
export const NAMESPACE = 'models';

/** The model that the acts are about, and its load. */
export const CHAT: LoadTarget = { namespace: NAMESPACE, service: 'chat' };

/** Changes to a model for one deployment. */
export type ModelChange = Partial<ModelConfig> & Pick<ModelConfig, 'name'>;

/** A release that is tampered with after synth. */
export interface DeployOptions {
  /** Stacks to deploy. @default - the Serving stacks of the models that change, or of all of them */
  readonly stacks?: readonly string[];
  readonly tamper?: Readonly<Record<string, Tampering>>;
  /** Replaces the models of the deployment before; else only what is named changes. */
  readonly models?: readonly ModelChange[];
}

/** How a deployment ended. */
export interface Deployment extends CommandResult {
  /** Stack status afterwards, by stack. */
  readonly statuses: Readonly<Record<string, string>>;
}

/** How the CDK command line reports to something that is no terminal. */
const FOR_A_LOG = ['--ci', '--progress', 'events'];

/** Kinds of which a release may leave objects. */
const RELEASED_KINDS: Readonly<Record<string, readonly string[]>> = {
  v1: ['Namespace', 'ConfigMap', 'Service', 'ServiceAccount', 'ResourceQuota', 'LimitRange', 'Pod'],
  'apps/v1': ['ReplicaSet'],
  'policy/v1': ['PodDisruptionBudget'],
  'networking.k8s.io/v1': ['NetworkPolicy'],
  'rbac.authorization.k8s.io/v1': ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'],
  'apiextensions.k8s.io/v1': ['CustomResourceDefinition'],
  'argoproj.io/v1alpha1': ['Rollout', 'AnalysisTemplate'],
  'monitoring.coreos.com/v1': ['PodMonitor'],
};

/** Everything the acts play on: the control plane, the emulated AWS, the simulated models, and the CDK command line. */
export class RehearsalStage {
  public readonly client: ClusterClient;
  private readonly cloudFormation: CloudFormationClient;
  private readonly lambda: LambdaClient;
  private models: readonly ModelChange[] = [{ name: 'chat' }];
  private spareNodes: KubernetesObject[] = [];
  private trifles = 0;
  private loaded = false;
  private readonly provisioned = new Set<string>();
  private readonly offered = new Set<string>();
  private readonly restoring: (() => Promise<void>)[] = [];
  /** Objects of the release of `chat` that was deployed last without a failure. */
  private released: KubernetesObject[] = [];

  constructor(
    public readonly platform: RehearsalPlatform,
    public readonly simulation: ModelsClient,
  ) {
    this.client = platform.client;
    const access = {
      endpoint: platform.awsEnv.AWS_ENDPOINT_URL,
      region: platform.region,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    this.cloudFormation = new CloudFormationClient(access);
    this.lambda = new LambdaClient(access);
  }

  /** Deploys the environment with a revision of `chat`. */
  public async deployRevision(
    record: ActRecorder,
    revision: string,
    profile: RevisionProfile,
    options: DeployOptions = {},
  ): Promise<Deployment> {
    await this.simulation.setProfile(revision, profile);
    record.event('cdk', `deploys revision ${revision} of chat`, { label: `deploy ${revision}` });
    return this.deploy(record, { ...options, models: merge([{ name: 'chat', revision }], options.models ?? []) });
  }

  /** Runs the real `cdk deploy`. */
  public async deploy(record: ActRecorder, options: DeployOptions = {}): Promise<Deployment> {
    this.models = merge(this.models, options.models ?? []);
    const stacks = options.stacks ?? (options.models ?? this.models).map(({ name }) => `Serving-${name}`);
    const app = options.tamper ? await this.tampered(record, options.tamper) : this.appArguments();
    const named = stacks.map((stack) => `rehearsal/${stack}`);
    const unasked = ['--exclusively', '--require-approval', 'never'];
    const result = await this.platform.cdk(['deploy', ...named, ...app, ...unasked, ...FOR_A_LOG]);
    await record.lookNow().catch(() => undefined);
    record.printed(result.output);
    const single = stacks.filter((stack) => !stack.includes('*'));
    const ends = await Promise.all(single.map(async (stack) => [stack, await this.stackStatus(stack)] as const));
    const ended = ends.map(([stack, status]) => `${stack}: ${status}`).join(', ');
    record.event('CloudFormation', `${ended || 'deployed'}; cdk deploy exited ${result.exitCode}`, {
      label: result.exitCode === 0 ? 'deployed' : 'rolled back',
      tone: result.exitCode === 0 ? 'good' : 'bad',
    });
    if (result.exitCode === 0 && (stacks.includes('Serving-chat') || stacks.includes('**')))
      this.released = this.synthesizedRelease().objects;
    return { ...result, statuses: Object.fromEntries(ends) };
  }

  /** Runs the real `cdk destroy`. */
  public async destroy(record: ActRecorder, stack = '**'): Promise<CommandResult> {
    const app = this.appArguments();
    const result = await this.platform.cdk(['destroy', `rehearsal/${stack}`, ...app, '--force', ...FOR_A_LOG]);
    record.printed(result.output);
    return result;
  }

  /** Runs `npm run releases -- rehearsal` with more words. */
  public async releases(record: ActRecorder, ...words: string[]): Promise<CommandResult> {
    const result = await this.platform.command('releases', ['rehearsal', ...words]);
    record.printed(`$ npm run releases -- ${['rehearsal', ...words].join(' ')}\n${result.output}`);
    record.event('releases', `${words.join(' ') || 'list'}: exit code ${result.exitCode}`);
    return result;
  }

  /** Status of a stack, or `absent`. */
  public async stackStatus(stack: string): Promise<string> {
    try {
      const { Stacks } = await this.cloudFormation.send(new DescribeStacksCommand({ StackName: `rehearsal-${stack}` }));
      return Stacks?.[0]?.StackStatus ?? 'absent';
    } catch {
      return 'absent';
    }
  }

  /** Whether `chat` is sent requests. */
  public get isUnderLoad(): boolean {
    return this.loaded;
  }

  public async startLoad(options: Partial<LoadOptions> = {}): Promise<void> {
    await this.simulation.startLoad({ ...CHAT, requestsPerSecond: REQUESTS_PER_SECOND, ...options });
    this.loaded = true;
  }

  public async stopLoad(): Promise<void> {
    this.loaded = false;
    await this.simulation.stopLoad(CHAT);
  }

  /** The revision of `chat` that serves, or `none`. */
  public async servingRevision(): Promise<string> {
    const rollout = await this.client.find({ ...ROLLOUTS, name: 'chat', namespace: NAMESPACE });
    return rollout?.metadata.labels?.[REVISION_LABEL] ?? 'none';
  }

  /** Waits until no pod of a model is ending. */
  public async waitForTermination(): Promise<void> {
    await until('the pods that are ending to be gone', 60, async () => {
      const pods = await this.client.list('v1', 'Pod', NAMESPACE);
      return !pods.some(isTerminating);
    });
  }

  public async rollout(name = 'chat'): Promise<Rollout | undefined> {
    return await this.client.find({ ...ROLLOUTS, name, namespace: NAMESPACE });
  }

  /** What the release of `chat` says, object by object, as the live objects have it. */
  public async appliedObjects(): Promise<Map<string, unknown>> {
    const views = await Promise.all(
      this.released.map(async (object) => {
        const live = await this.client.find(referenceTo(object));
        return [`${object.kind} ${object.metadata.name}`, appliedView(live, object)] as const;
      }),
    );
    return new Map(views);
  }

  /** Objects of any release that are still in the cluster. */
  public async releasedObjects(): Promise<KubernetesObject[]> {
    const found = await Promise.all(
      Object.entries(RELEASED_KINDS).flatMap(([apiVersion, kinds]) =>
        kinds.map((kind) => this.client.list(apiVersion, kind)),
      ),
    );
    return found
      .flat()
      .filter(
        ({ kind, metadata }) =>
          metadata.annotations?.[RELEASE_ANNOTATION] !== undefined ||
          metadata.name.startsWith('release-') ||
          (kind === 'Pod' && metadata.namespace === NAMESPACE),
      );
  }

  /** Tells that nodes of an accelerator come when they are asked for, so that a model may ask for one. */
  public provisions(accelerator: string): void {
    this.provisioned.add(accelerator);
  }

  /** Tells that the cluster has a kind which the platform's release does not bring. @param kind `<group>/<kind>` */
  public offers(kind: string): void {
    this.offered.add(kind);
  }

  /** Has something put back as it was once the scenes have been played. */
  public afterScenes(restore: () => Promise<void>): void {
    this.restoring.unshift(restore);
  }

  /** Puts back what scenes have left, the newest first. */
  public async restore(): Promise<void> {
    for (const restore of this.restoring.splice(0)) await restore();
  }

  /** Leaves a model out of further deployments. */
  public forget(model: string): void {
    this.models = this.models.filter(({ name }) => name !== model);
  }

  /** A change to a model that touches no pod, so that its deployment is quick; another one each time. */
  public trifle(): Partial<ModelConfig> {
    const { rollout } = rehearsal().models[0];
    this.trifles += 1;
    const { minimumRequestsTimeout, interval } = rollout.judgement!;
    // Only a whole measurement more changes what is rendered.
    const seconds = secondsOfText(minimumRequestsTimeout!) + this.trifles * secondsOfText(interval!);
    return { rollout: { ...rollout, judgement: { ...rollout.judgement, minimumRequestsTimeout: `${seconds}s` } } };
  }

  /** Calls the handler of the model tier with a tick of a request from long ago, and returns what it answers. */
  public async tickLongAgo(): Promise<string> {
    const { Functions = [] } = await this.lambda.send(new ListFunctionsCommand({}));
    const handler = Functions.find(({ FunctionName }) => FunctionName?.includes('ModelIsComplete'));
    const { StackResources = [] } = await this.cloudFormation.send(
      new DescribeStackResourcesCommand({ StackName: 'rehearsal-Serving-chat' }),
    );
    const release = StackResources.find(({ ResourceType }) => ResourceType === 'Custom::KubernetesRelease');
    const event = {
      RequestType: 'Update',
      RequestId: 'long-ago',
      StackId: release?.StackId,
      LogicalResourceId: release?.LogicalResourceId,
      PhysicalResourceId: release?.PhysicalResourceId,
      StartedAt: Date.now() - 10 * 60_000,
      // CloudFormation delivers every value as text.
      ResourceProperties: Object.fromEntries(
        Object.entries(this.synthesizedRelease().properties).map(([key, value]) => [
          key,
          typeof value === 'number' ? String(value) : value,
        ]),
      ),
    };
    const { Payload } = await this.lambda.send(
      new InvokeCommand({ FunctionName: handler?.FunctionName, Payload: JSON.stringify(event) }),
    );
    return Buffer.from(Payload ?? []).toString();
  }

  /** Takes the nodes without a pod of a model away, and remembers them. */
  public async removeSpareNodes(): Promise<void> {
    const pods = await this.client.list('v1', 'Pod', NAMESPACE);
    const used = new Set(pods.map(({ spec }) => (spec as { nodeName?: string }).nodeName));
    const nodes = await this.client.list('v1', 'Node', undefined, { labelSelector: ACCELERATOR_LABEL });
    this.spareNodes = nodes.filter(({ metadata }) => !used.has(metadata.name));
    await Promise.all(this.spareNodes.map((node) => this.client.remove(referenceTo(node))));
  }

  /** Brings back what {@link removeSpareNodes} took. */
  public async returnSpareNodes(): Promise<void> {
    await Promise.all(
      this.spareNodes.map(({ apiVersion, kind, metadata: { name, labels, annotations }, spec, status }) =>
        this.client.create({ apiVersion, kind, metadata: { name, labels, annotations }, spec, status }),
      ),
    );
    this.spareNodes = [];
  }

  /** The release of `chat` in the assembly that was synthesized last. */
  private synthesizedRelease(): { properties: Record<string, unknown>; objects: KubernetesObject[] } {
    const { properties, document } = releaseIn(this.assemblyOfStage, artifactOf(this.assemblyOfStage, 'Serving-chat'));
    const objects = nameByContent(resolveDocument(document, (properties.Values ?? {}) as DeployTimeValues));
    return { properties, objects };
  }

  private get assembly(): string {
    return path.join(this.platform.runDirectory, 'cdk.out');
  }

  private get assemblyOfStage(): string {
    return path.join(this.assembly, 'assembly-rehearsal');
  }

  private appArguments(): string[] {
    const file = path.join(this.platform.runDirectory, 'environment.json');
    fs.writeFileSync(file, JSON.stringify(this.overrides()));
    const context = ['--context', 'environment=rehearsal', '--context', `rehearsal=${file}`];
    return [...context, '--output', this.assembly];
  }

  private overrides(): RehearsalOverrides {
    const { apiServerUrl, caData, prometheus, crds, network } = this.platform;
    const provides = {
      kinds: [...this.offered],
      accelerators: [GPU_NODES.instanceType, ...this.provisioned],
      endpoints: [],
    };
    const access = { endpoint: apiServerUrl, certificateAuthority: caData, prometheusAddress: prometheus.url };
    return { cluster: { ...access, crds, provides }, network, models: this.models };
  }

  private async tampered(record: ActRecorder, tampering: Readonly<Record<string, Tampering>>): Promise<string[]> {
    const result = await this.platform.cdk(['synth', '--quiet', ...this.appArguments()]);
    if (result.exitCode !== 0) {
      record.printed(result.output);
      throw new Error(`cdk synth exited ${result.exitCode}`);
    }
    const stage = this.assemblyOfStage;
    for (const [stack, change] of Object.entries(tampering)) tamper(stage, artifactOf(stage, stack), change);
    return ['--app', this.assembly];
  }
}

function merge(before: readonly ModelChange[], changes: readonly ModelChange[]): ModelChange[] {
  const names = [...new Set([...before, ...changes].map(({ name }) => name))];
  return names.map((name) => ({
    ...before.find((model) => model.name === name),
    ...changes.find((model) => model.name === name),
    name,
  }));
}
