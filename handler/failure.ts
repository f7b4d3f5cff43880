import { type KubernetesObject } from '../constructs/kubernetes/contract/release-document';
import { messageOf, type ObjectReference } from '../kubernetes-client/kubernetes-client';
import { groupOf } from '../kubernetes-client/objects';

/** A failure that waiting does not fix; its message is one line a person can act on. */
export class ReleaseFailure extends Error {}

/** The request is no longer the one that the release belongs to; nothing may be written on its behalf. */
export class Superseded extends ReleaseFailure {
  /** @param by id of the newer request, or `none` when the release was deleted */
  constructor(public readonly by: string) {
    super(by === 'none' ? 'superseded: the release was deleted' : `superseded by the newer request ${by}`);
  }
}

/** Something that stands in the way now and may pass by itself; it becomes a failure with the deadline. */
export class RetryableError extends Error {}

/** How many problems one reason names. */
const NAMED = 3;

/**
 * Bytes of UTF-8 in a reason. CloudFormation cuts off what it shows after about 1,000 characters, some of them its own, and does not
 * take an answer of more than 4,096 bytes at all: the deployment would then hang for an hour.
 */
const REASON_BYTES = 900;

/** One line from several problems, the first of which must not leave the others without room. */
export function summarize(problems: readonly string[]): string {
  const named = problems.slice(0, NAMED);
  const rest = problems.length - named.length;
  const room = Math.floor((REASON_BYTES - 30) / Math.max(1, named.length));
  return named.map((problem) => oneLine(problem, room)).join('; ') + (rest > 0 ? `; and ${rest} more` : '');
}

/**
 * Text of any origin as one line: line breaks, tabs, control characters and the escape sequences of terminals become spaces, and what
 * is too long is cut off.
 *
 * @param bytes of UTF-8 that it may have
 */
export function oneLine(text: string, bytes = REASON_BYTES): string {
  const line = text

    .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '')
    .replace(/[\u0000-\u0020\u007f-\u00a0\u2028\u2029]+/g, ' ')
    .trim();
  if (Buffer.byteLength(line) <= bytes) return line;
  let cut = '';
  let size = Buffer.byteLength('…');
  // By characters: half of one would not be text any more.
  for (const character of line) {
    size += Buffer.byteLength(character);
    if (size > bytes) break;
    cut += character;
  }
  return `${cut}…`;
}

/** Has an error say what it says in one line: the provider framework hands its message to CloudFormation, and its stack trace after it. */
export async function inOneLine<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    console.error(error);
    const message = oneLine(messageOf(error));
    throw Object.assign(new Error(message), { stack: message });
  }
}

/** How a reason names an object: `Rollout models/chat`. */
export function nameOf(object: KubernetesObject | ObjectReference): string {
  const { name, namespace } = 'metadata' in object ? (object.metadata as { name: string; namespace?: string }) : object;
  return `${object.kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

/** Distinguishes objects. Versions of one API name the same object. */
export function identityOf(reference: ObjectReference): string {
  return `${groupOf(reference.apiVersion)} ${nameOf(reference)}`.trim();
}
