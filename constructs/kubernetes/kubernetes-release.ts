import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { CustomResource, Duration, FileSystem, Stack } from 'aws-cdk-lib';
import * as s3_assets from 'aws-cdk-lib/aws-s3-assets';
import type * as cdk8s from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import { namesakes } from '../checks/namesakes';
import { markTokens } from './markers';
import { JUDGEMENT_ATTRIBUTE, MAX_DEADLINE_SECONDS } from './contract/names';
import { canonicalQuantities } from './quantities';
import { type Json, type ReleaseDocument } from './contract/release-document';
import { bucketProblems, placeProblems } from './release-place';
import { type IReleaseProvider } from './release-provider';
import { inventoryObject, sharedObjects } from './shared-objects';
import { ReleaseTier } from './contract/release-tier';

const MAX_DEADLINE = Duration.seconds(MAX_DEADLINE_SECONDS);

/** Largest object that the API server stores (etcd's request limit is 1.5 MiB), with room for what the server adds. */
const MAX_OBJECT_BYTES = 1_000_000;

/** An object that another stack, or a controller, makes. */
export interface AwaitedObject {
  /** API group and version, such as `apps/v1`. */
  readonly apiVersion: string;
  /** Kind, such as `StatefulSet`. */
  readonly kind: string;
  /** Name of the object. */
  readonly name: string;

  /**
   * Namespace of the object.
   *
   * @default - the kind has no namespaces
   */
  readonly namespace?: string;

  /**
   * What the object is made of, such as the version of a chart: when this changes, it is waited for again.
   *
   * @default - it is waited for only when the release changes
   */
  readonly source?: string;
}

/** Properties of `KubernetesRelease`. */
export interface KubernetesReleaseProps {
  /** Provider of the cluster the release goes to. With that of an `LlmPlatform`, the release waits for its controllers and namespaces. */
  readonly provider: IReleaseProvider;

  /** Identity under which the release is applied. */
  readonly tier: ReleaseTier;

  /** Name of the release, unique in its namespace. Renaming a release moves it: the old one is deleted afterwards. */
  readonly name: string;

  /** Namespace of the release's inventory. It must exist before the release. */
  readonly namespace: string;

  /** Finished charts. What is added to them later is not part of the release. */
  readonly charts: cdk8s.Chart[];

  /**
   * Longest time from the start of a deployment until every object is healthy; then it fails and is rolled back.
   *
   * @default Duration.minutes(55)
   */
  readonly deadline?: Duration;

  /**
   * Time that the planned rollout takes by itself. It must be shorter than the deadline, unless the release is detached.
   *
   * @default Duration.minutes(0)
   */
  readonly plannedRollout?: Duration;

  /**
   * A deployment ends when the first step of the canary has passed, its hold and its verdict included; the canary then continues under its
   * analysis. A first deployment has no canary, and is waited for.
   * A Rollout says which step that is by the annotation `llm-platform.dev/first-step-ends-at`; without it, it is waited for.
   *
   * @default false
   */
  readonly detached?: boolean;

  /**
   * Whether the deletion of the release also removes namespaces, CRDs and volume claims in it, with all that they hold. All other objects
   * go with the release in any case.
   *
   * @default false
   */
  readonly deleteNamespacesAndData?: boolean;

  /**
   * Objects of others that must be healthy before a deployment of this release ends. A rollback does not wait for them.
   *
   * @default - none
   */
  readonly waitFor?: AwaitedObject[];

  /**
   * Take the release over from the construct that owns it now, for example after this construct was moved or renamed; and
   * take over objects of this release that another living release holds. Without it both are refused.
   *
   * @default false
   */
  readonly adopt?: boolean;
}

/**
 * A set of Kubernetes objects that CloudFormation applies as one, waits for until all are healthy, and rolls back.
 *
 * Charts are rendered here; tokens in them become typed markers whose values travel as properties of the custom resource.
 *
 * @example
 * new KubernetesRelease(this, 'Release', { provider, tier: ReleaseTier.MODEL, name: 'chat', namespace: 'models', charts: [chart] });
 */
export class KubernetesRelease extends Construct {
  /** The releases at and below a scope, in the order in which they were created. */
  public static allIn(scope: IConstruct): KubernetesRelease[] {
    return scope.node.findAll().filter((node): node is KubernetesRelease => node instanceof KubernetesRelease);
  }

  /** Name of the release. */
  public readonly releaseName: string;

  /** Namespace of the release's inventory. */
  public readonly namespace: string;

  /** Name of the cluster that the release goes to. */
  public readonly clusterName: string;

  /** Identity under which the release is applied. */
  public readonly tier: ReleaseTier;

  /** What the gates of the last deployment have judged, in words; a deploy-time value for an output. */
  public readonly judgement: string;

  /** The rendered objects, with a marker in the place of each value that is known only at deploy time. */
  public readonly objects: unknown[];

  constructor(scope: Construct, id: string, props: KubernetesReleaseProps) {
    super(scope, id);
    this.releaseName = props.name;
    this.namespace = props.namespace;
    this.clusterName = props.provider.clusterName;
    this.tier = props.tier;
    const deadline = props.deadline ?? MAX_DEADLINE;

    const marked = markTokens(
      Stack.of(this),
      props.charts.flatMap((chart) => chart.toJson() as unknown[]),
    );
    const objects = marked.objects.map(canonicalQuantities);
    this.objects = objects;
    const problems = [
      ...placeProblems(this, props.provider),
      ...this.checkTimes(deadline, props),
      ...checkObjects(objects),
    ];
    if (problems.length > 0) throw new Error(`${this.node.path}: ${problems.join('\n  ')}`);

    // Whoever writes to a bucket that the asset lies in must not decide what is applied: the template says what it is.
    const text = `${JSON.stringify({ version: 1, objects } satisfies ReleaseDocument)}\n`;
    const asset = this.stage(text);
    const elsewhere = bucketProblems(this, asset.s3BucketName, props.provider);
    if (elsewhere.length > 0) throw new Error(`${this.node.path}: ${elsewhere.join('\n  ')}`);
    const resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::KubernetesRelease',
      serviceToken: props.provider.serviceToken(props.tier),
      serviceTimeout: Duration.hours(1),
      properties: {
        ReleaseName: props.name,
        Namespace: props.namespace,
        Bucket: asset.s3BucketName,
        Key: asset.s3ObjectKey,
        Sha256: createHash('sha256').update(text).digest('hex'),
        Values: marked.values,
        DeadlineSeconds: deadline.toSeconds(),
        ...(props.detached ? { Detached: true } : {}),
        ...(props.deleteNamespacesAndData ? { DeleteEverything: true } : {}),
        ...(props.adopt ? { Adopt: true } : {}),
        ...(props.waitFor ? { WaitFor: props.waitFor } : {}),
      },
    });
    resource.node.addDependency(props.provider);
    this.judgement = resource.getAttString(JUDGEMENT_ATTRIBUTE);
    this.node.addValidation({ validate: () => [...this.checkSecrets(marked.values), ...this.checkShared()] });
  }

  /** What releases to one cluster hold together; the first of them says it for all. */
  private checkShared(): string[] {
    const isRelease = (node: IConstruct): node is KubernetesRelease => node instanceof KubernetesRelease;
    const releases = namesakes<KubernetesRelease>(this, isRelease, ({ clusterName }) => clusterName);
    return releases[0] === this
      ? sharedObjects(
          releases.map((release) => ({
            name: release.node.path,
            objects: [inventoryObject(release), ...release.objects],
          })),
        )
      : [];
  }

  private checkTimes(deadline: Duration, props: KubernetesReleaseProps): string[] {
    const problems: string[] = [];
    if (deadline.toSeconds() > MAX_DEADLINE.toSeconds() || deadline.toSeconds() < 1) {
      problems.push(
        `deadline: expected 1 second to ${MAX_DEADLINE.toHumanString()}, got ${deadline.toHumanString()}; CloudFormation ends a custom resource after an hour`,
      );
    }
    const planned = props.plannedRollout ?? Duration.seconds(0);
    if (!props.detached && planned.toSeconds() >= deadline.toSeconds()) {
      problems.push(
        `plannedRollout: expected less than the deadline of ${deadline.toHumanString()}, got ${planned.toHumanString()}; shorten the steps or set detached`,
      );
    }
    return problems;
  }

  /** A resolved secret in a property would stand in the template and in the handler's logs. */
  private checkSecrets(values: Record<string, unknown>): string[] {
    const text = JSON.stringify(Stack.of(this).resolve(values));
    return /\{\{resolve:(secretsmanager|ssm-secure):/.test(text)
      ? [
          'values: expected no secret, got a dynamic reference to one; let the cluster read it (External Secrets or the Secrets Store CSI driver)',
        ]
      : [];
  }

  private stage(text: string): s3_assets.Asset {
    const directory = FileSystem.mkdtemp('release-');
    const file = path.join(directory, 'release.json');
    fs.writeFileSync(file, text);
    const asset = new s3_assets.Asset(this, 'Objects', { path: file });
    fs.rmSync(directory, { recursive: true });
    return asset;
  }
}

/** How aws-cdk-lib writes a number that is known only at deploy time; left over where one was computed with, or became text. */
const ENCODED_NUMBER = /\d(?:\.\d+)?e\+2(?:8[89]|9\d)/;

function checkObjects(objects: readonly Json[]): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const object of objects as {
    apiVersion?: string;
    kind?: string;
    metadata?: { name?: Json; namespace?: Json };
    data?: Json;
    stringData?: Json;
  }[]) {
    const name = `${object.kind}/${JSON.stringify(object.metadata?.name)}`;
    if (!object.apiVersion || !object.kind || !object.metadata?.name) {
      problems.push(`charts: expected apiVersion, kind and metadata.name in every object, got ${name}`);
    }
    const identity = JSON.stringify([
      object.apiVersion,
      object.kind,
      object.metadata?.namespace,
      object.metadata?.name,
    ]);
    if (seen.has(identity)) problems.push(`charts: expected each object once, got ${name} twice; rename one`);
    seen.add(identity);
    const text = JSON.stringify(object);
    if (ENCODED_NUMBER.test(text)) {
      problems.push(
        `charts: expected numbers that are known at synth wherever they are computed with or become text, got ${name} with a deploy-time value in one; give the value itself`,
      );
    }
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_OBJECT_BYTES) {
      problems.push(
        `charts: expected objects of at most ${MAX_OBJECT_BYTES} bytes, got ${name} of ${bytes}; the API server cannot store it, split it`,
      );
    }
    if (object.kind === 'Secret' && (object.data ?? object.stringData) !== undefined) {
      problems.push(
        `charts: expected no secret data, got ${name}; secrets never enter a release, let the cluster read it from AWS Secrets Manager`,
      );
    }
  }
  return problems;
}
