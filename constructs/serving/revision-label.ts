import { createHash } from 'node:crypto';
import { isUnresolved } from '../checks/unresolved';

/** Longest value of a label. */
const MAX_LENGTH = 63;

/**
 * A revision as the value of a label: itself where that is legal, else its legal part with a digest of the whole, so that two
 * revisions never share a label.
 */
export function revisionLabel(revision: string): string {
  if (isUnresolved(revision)) return revision;
  if (revision.length <= MAX_LENGTH && /^[a-z0-9A-Z]([\w.-]*[a-z0-9A-Z])?$/.test(revision)) return revision;
  const digest = createHash('sha256').update(revision).digest('hex').slice(0, 10);
  const legal = revision
    .replace(/[^\w.-]/g, '-')
    .slice(0, MAX_LENGTH - digest.length - 1)
    .replace(/^[^a-zA-Z0-9]+|[^a-zA-Z0-9]+$/g, '');
  return legal === '' ? digest : `${legal}-${digest}`;
}
