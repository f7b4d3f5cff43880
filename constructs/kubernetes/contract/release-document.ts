/**
 * The format of a release asset, and how it becomes Kubernetes objects at deploy time.
 *
 * Shared by synth, the handler and the tools, so nothing here may import aws-cdk-lib or do I/O.
 */

/** A JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** What a Kubernetes object is known by. The optional fields after `annotations` are the API server's. */
export interface ObjectMetadata {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  /** RFC 3339. */
  creationTimestamp?: string;
  /** RFC 3339; there from the moment in which the object is being deleted. */
  deletionTimestamp?: string;
  finalizers?: string[];
  managedFields?: readonly ManagedFields[];
}

/** Fields of an object that one manager has set. */
export interface ManagedFields {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
  readonly subresource?: string;
  /** When it has last changed something, RFC 3339. */
  readonly time?: string;
  readonly fieldsType: string;
  readonly fieldsV1?: FieldSet;
}

/** A set of fields as the API server writes it: `f:<field>`, `k:<key of a list item>`, `v:<value>` and `.` for the field itself. */
export interface FieldSet {
  readonly [key: string]: FieldSet;
}

/** A Kubernetes object as plain data. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMetadata;
  [field: string]: unknown;
}

/** Key that makes an object a marker; no Kubernetes API has a field of this name. */
export const MARKER = '$deployTime';

/** How a property of the custom resource, which CloudFormation delivers as text, becomes a value again. */
export type ValueType = 'string' | 'number' | 'list' | 'json';

/** Stands where a value will be known only at deploy time. */
export type Marker =
  /** One value. */
  | { [MARKER]: 'value'; value: string; type: ValueType }
  /** Text around values. */
  | { [MARKER]: 'text'; parts: (string | Marker)[] }
  /** A map with at least one key known only at deploy time. */
  | { [MARKER]: 'map'; entries: [string | Marker, Json | Marker][] }
  /** A string that holds JSON with values inside, so that they are escaped as JSON. */
  | { [MARKER]: 'jsonText'; body: Json | Marker };

/** What the asset of a release holds. */
export interface ReleaseDocument {
  readonly version: 1;
  readonly objects: Json[];
}

/** Values of markers, as CloudFormation delivers them. */
export type DeployTimeValues = Readonly<Record<string, string | string[]>>;

function isMarker(value: unknown): value is Marker {
  return typeof value === 'object' && value !== null && MARKER in value;
}

/**
 * Puts deploy-time values in the place of their markers.
 *
 * @throws when a marker names a value that was not given, or a number is not one.
 */
export function resolveDocument(document: ReleaseDocument, values: DeployTimeValues): KubernetesObject[] {
  return document.objects.map((object) => resolve(object, values) as unknown as KubernetesObject);
}

function resolve(node: Json | Marker, values: DeployTimeValues): Json {
  if (isMarker(node)) return resolveMarker(node, values);
  if (Array.isArray(node)) return node.map((item) => resolve(item, values));
  if (typeof node === 'object' && node !== null) {
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, resolve(value, values)]));
  }
  return node;
}

function resolveMarker(marker: Marker, values: DeployTimeValues): Json {
  switch (marker[MARKER]) {
    case 'value':
      return typed(marker, values);
    case 'text':
      return marker.parts.map((part) => asText(typeof part === 'string' ? part : resolveMarker(part, values))).join('');
    case 'jsonText':
      return JSON.stringify(resolve(marker.body, values));
    case 'map':
      return Object.fromEntries(
        marker.entries.map(([key, value]) => [
          typeof key === 'string' ? key : asText(resolveMarker(key, values)),
          resolve(value, values),
        ]),
      );
  }
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function typed(marker: { value: string; type: ValueType }, values: DeployTimeValues): Json {
  const given = values[marker.value];
  if (given === undefined) throw new Error(`release: the value ${marker.value} of a marker was not given`);
  if (marker.type === 'list') return Array.isArray(given) ? given : given.split(',');
  const text = Array.isArray(given) ? given.join(',') : String(given);
  if (marker.type === 'string') return text;
  if (marker.type === 'json') return JSON.parse(text) as Json;
  const number = Number(text);
  if (text.trim() === '' || Number.isNaN(number))
    throw new Error(`release: the value ${marker.value} of a marker should be a number, got "${text}"`);
  return number;
}
