import { type DeployTimeValues, type Json, type KubernetesObject, MARKER, type ReleaseDocument, resolveDocument, type ValueType } from '../../../constructs/kubernetes/release-document';
import { shortText } from './intrinsics';

/**
 * The objects of a release with what is known of its deploy-time values: literals as they will be, references as
 * `${Name.Attribute}`. References have no numbers, so that a marker more or less does not change the others.
 *
 * @param values property `Values` of the custom resource, as the template has it
 */
export function shownObjects(document: ReleaseDocument, values: Readonly<Record<string, unknown>>): KubernetesObject[] {
  const texts: DeployTimeValues = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, shortText(value)]));
  return resolveDocument({ version: 1, objects: document.objects.map((object) => asText(object, texts)) }, texts);
}

/** Makes markers whose value will be known only at deploy time markers of text: a reference is no number and no JSON. */
function asText(node: Json, texts: DeployTimeValues): Json {
  if (Array.isArray(node)) return node.map((item) => asText(item, texts));
  if (typeof node !== 'object' || node === null) return node;
  const fields = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, asText(value, texts)]));
  if (fields[MARKER] !== 'value') return fields;
  return { ...fields, type: isOf(fields.type as ValueType, String(texts[fields.value as string])) ? fields.type : 'string' };
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
