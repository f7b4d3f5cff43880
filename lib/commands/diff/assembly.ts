import * as fs from 'node:fs';
import * as path from 'node:path';
import { AssetManifestArtifact, CloudAssembly, type CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { nameByContent } from '../../../constructs/kubernetes/content-names';
import { type KubernetesObject, type ReleaseDocument } from '../../../constructs/kubernetes/release-document';
import { UserError } from '../command-line/user-error';
import { shownObjects } from './release-objects';

/** A stack of an environment, as it was synthesized. */
export interface StackSnapshot {
  /** Name within the environment, for example `Serving-chat`. */
  readonly name: string;
  /** Name in CloudFormation. */
  readonly stackName: string;
  readonly template: Template;
  readonly releases: readonly ReleaseSnapshot[];
}

/** The part of a template that is read here; the rest is for the library that compares templates. */
export interface Template {
  readonly Resources?: Readonly<Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>>;
  readonly [section: string]: unknown;
}

/** A release, as it was synthesized. */
export interface ReleaseSnapshot {
  readonly name: string;
  /** Longest time until every object is healthy, seconds. */
  readonly deadlineSeconds: number;
  readonly detached: boolean;
  /** Objects by the names that their charts gave them. */
  readonly objects: readonly KubernetesObject[];
  /** Objects as they will be applied: configuration is named by its content, in references too. */
  readonly applied: readonly KubernetesObject[];
}

/**
 * The stacks of one environment in a cloud assembly.
 *
 * @throws UserError when the folder holds no assembly, or none of the environment
 */
export function readAssembly(directory: string, environment: string): StackSnapshot[] {
  if (!fs.existsSync(path.join(directory, 'manifest.json'))) throw new UserError(`--from: expected a cloud assembly (a folder with manifest.json), got ${directory}; make one with cdk synth --output`);
  const stacks = new CloudAssembly(directory).stacksRecursively;
  const own = stacks.filter(({ hierarchicalId }) => hierarchicalId.startsWith(`${environment}/`));
  if (own.length === 0) {
    const stages = [...new Set(stacks.map(({ hierarchicalId }) => hierarchicalId.split('/')[0]))];
    throw new UserError(`environment: expected one that is in ${directory} (${stages.join(', ') || 'none'}), got ${environment}`);
  }
  return own.map((stack) => {
    const template = stack.template as Template;
    return { name: stack.hierarchicalId.slice(environment.length + 1), stackName: stack.stackName, template, releases: releasesOf(stack, template) };
  });
}

function releasesOf(stack: CloudFormationStackArtifact, template: Template): ReleaseSnapshot[] {
  const files = stack.assembly.artifacts.filter((artifact) => AssetManifestArtifact.isAssetManifestArtifact(artifact))
    .flatMap((artifact) => Object.values(artifact.contents.files ?? {}));
  return Object.values(template.Resources ?? {}).filter(({ Type }) => Type === 'Custom::KubernetesRelease').map(({ Properties = {} }) => {
    const { ReleaseName, Key, Values = {}, DeadlineSeconds, Detached } = Properties;
    const file = files.find(({ destinations }) => Object.values(destinations).some(({ objectKey }) => objectKey === Key))?.source.path;
    if (!file) throw new Error(`${stack.hierarchicalId}: expected asset ${String(Key)} of release ${String(ReleaseName)} in the assembly, found none`);
    const document = JSON.parse(fs.readFileSync(path.join(stack.assembly.directory, file), 'utf8')) as ReleaseDocument;
    const objects = shownObjects(document, Values as Record<string, unknown>);
    return {
      name: String(ReleaseName),
      deadlineSeconds: Number(DeadlineSeconds),
      detached: Detached === true,
      objects,
      applied: nameByContent(objects),
    };
  });
}
