import * as fs from 'node:fs';
import * as path from 'node:path';
import { AssetManifestArtifact, CloudAssembly, type CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { nameByContent } from '../../../constructs/kubernetes/contract/content-names';
import {
  type DeployTimeValues,
  type Json,
  type KubernetesObject,
  MARKER,
  type ReleaseDocument,
  resolveDocument,
  type ValueType,
} from '../../../constructs/kubernetes/contract/release-document';
import { UserError } from '../command-line/user-error';

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
  readonly Resources?: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >;
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
  if (!fs.existsSync(path.join(directory, 'manifest.json')))
    throw new UserError(
      `--from: expected a cloud assembly (a folder with manifest.json), got ${directory}; make one with cdk synth --output`,
    );
  const stacks = new CloudAssembly(directory).stacksRecursively;
  const own = stacks.filter(({ hierarchicalId }) => hierarchicalId.startsWith(`${environment}/`));
  if (own.length === 0) {
    const stages = [...new Set(stacks.map(({ hierarchicalId }) => hierarchicalId.split('/')[0]))];
    throw new UserError(
      `environment: expected one that is in ${directory} (${stages.join(', ') || 'none'}), got ${environment}`,
    );
  }
  return own.map((stack) => {
    const template = stack.template as Template;
    return {
      name: stack.hierarchicalId.slice(environment.length + 1),
      stackName: stack.stackName,
      template,
      releases: releasesOf(stack, template),
    };
  });
}

function releasesOf(stack: CloudFormationStackArtifact, template: Template): ReleaseSnapshot[] {
  const files = stack.assembly.artifacts
    .filter((artifact) => AssetManifestArtifact.isAssetManifestArtifact(artifact))
    .flatMap((artifact) => Object.values(artifact.contents.files ?? {}));
  return Object.values(template.Resources ?? {})
    .filter(({ Type }) => Type === 'Custom::KubernetesRelease')
    .map(({ Properties = {} }) => {
      const { ReleaseName, Key, Values = {}, DeadlineSeconds, Detached } = Properties;
      const file = files.find(({ destinations }) =>
        Object.values(destinations).some(({ objectKey }) => objectKey === Key),
      )?.source.path;
      if (!file)
        throw new Error(
          `${stack.hierarchicalId}: expected asset ${String(Key)} of release ${String(ReleaseName)} in the assembly, found none`,
        );
      const document = JSON.parse(
        fs.readFileSync(path.join(stack.assembly.directory, file), 'utf8'),
      ) as ReleaseDocument;
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

/**
 * The objects of a release with what is known of its deploy-time values: literals as they will be, references as
 * `${Name.Attribute}`. References have no numbers, so that a marker more or less does not change the others.
 *
 * @param values property `Values` of the custom resource, as the template has it
 */
function shownObjects(document: ReleaseDocument, values: Readonly<Record<string, unknown>>): KubernetesObject[] {
  const texts: DeployTimeValues = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, shortText(value)]),
  );
  return resolveDocument({ version: 1, objects: document.objects.map((object) => asText(object, texts)) }, texts);
}

/** Makes markers whose value will be known only at deploy time markers of text: a reference is no number and no JSON. */
function asText(node: Json, texts: DeployTimeValues): Json {
  if (Array.isArray(node)) return node.map((item) => asText(item, texts));
  if (typeof node !== 'object' || node === null) return node;
  const fields = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, asText(value, texts)]));
  if (fields[MARKER] !== 'value') return fields;
  return {
    ...fields,
    type: isOf(fields.type as ValueType, String(texts[fields.value as string])) ? fields.type : 'string',
  };
}

function isOf(type: ValueType, text: string): boolean {
  if (type === 'number') return text.trim() !== '' && !Number.isNaN(Number(text));
  if (type === 'list') return !text.includes('${');
  if (type === 'string') return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A value of a template as a person reads it: literals as they are, references as `${Name}` or `${Name.Attribute}`. */
export function shortText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.map(shortText).join(',');
  const [[name, argument] = ['', undefined], ...more] = Object.entries(value);
  if (more.length > 0) return JSON.stringify(value);
  switch (name) {
    case 'Ref':
      return `\${${String(argument)}}`;
    case 'Fn::GetAtt':
      return `\${${[argument].flat().join('.')}}`;
    case 'Fn::ImportValue':
      return `\${${shortText(argument)}}`;
    case 'Fn::Sub':
      return shortText([argument].flat()[0]);
    case 'Fn::Join': {
      const [delimiter, parts] = argument as [string, unknown[]];
      return Array.isArray(parts) ? parts.map(shortText).join(delimiter) : JSON.stringify(value);
    }
    case 'Fn::GetStackOutput': {
      const { StackName, OutputName } = argument as { StackName: unknown; OutputName: unknown };
      return `\${${shortText(StackName)}.${shortText(OutputName)}}`;
    }
    default:
      return JSON.stringify(value);
  }
}
