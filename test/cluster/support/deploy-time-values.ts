import {
  type KubernetesObject,
  MARKER,
  type ReleaseDocument,
  resolveDocument,
  type ValueType,
} from '../../../constructs/kubernetes/contract/release-document';

/** Values that will do for the API server, by their type. */
const PLAUSIBLE: Readonly<Record<ValueType, string>> = {
  string: 'value',
  number: '1',
  list: 'first,second',
  json: '{}',
};

/** Fields whose text has a form that the API server checks. */
const FORMS: Readonly<Record<string, string>> = {
  subnetSelectorTerms: 'subnet-0a',
  securityGroupSelectorTerms: 'sg-0a',
};

/** Objects of a release with a plausible value in the place of each that only a deployment knows. */
export function withPlausibleValues(objects: readonly unknown[]): KubernetesObject[] {
  const document: ReleaseDocument = { version: 1, objects: objects as ReleaseDocument['objects'] };
  const values: Record<string, string> = {};
  collect(document.objects, values);
  return resolveDocument(document, values);
}

function collect(node: unknown, values: Record<string, string>, form?: string): void {
  if (typeof node !== 'object' || node === null) return;
  const marker = node as { [MARKER]?: string; value?: string; type?: ValueType };
  if (marker[MARKER] === 'value') values[marker.value!] = form ?? PLAUSIBLE[marker.type!];
  else Object.entries(node).forEach(([key, child]) => collect(child, values, FORMS[key] ?? form));
}
