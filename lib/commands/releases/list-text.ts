import Table from 'cli-table3';
import { type ReleaseSummary } from '../../../constructs/kubernetes/contract/release-operations';
import type { EnvironmentConfig } from '../../environment/environment-config';
import { withoutLines } from '../command-line/plain-table';
import { fit } from './fit';
import { nameOfRelease } from './release-operations-client';
import { ownerOf } from './stacks';

/** How many characters of a digest tell releases apart. */
const DIGEST = 8;

const COLUMNS = {
  Release: nameOfRelease,
  State: ({ state }: ReleaseSummary) => state,
  Revision: ({ revisions }: ReleaseSummary) => revisions.map(shortened).join(', ') || '-',
  Digest: shortDigest,
  'Released (UTC)': ({ releasedAt }: ReleaseSummary) => utc(new Date(releasedAt)),
  Stack: (release: ReleaseSummary) => ownerOf(release)?.stack ?? release.owner,
};
type Column = keyof typeof COLUMNS;

/** Left out one after the other, until the rest fits. */
const DISPENSABLE: readonly Column[] = ['Digest', 'Stack', 'Revision', 'Released (UTC)'];

/** What is released, as a table with the reasons of what is not healthy below. */
export function listText(
  { name, region }: EnvironmentConfig,
  releases: readonly ReleaseSummary[],
  width: number,
): string {
  const title = `${name} in ${region}: ${releases.length === 0 ? 'nothing is released' : `${releases.length} released`}`;
  if (releases.length === 0) return title;
  const unwell = releases
    .filter(({ reason }) => reason !== undefined)
    .map((release) => fit(`${nameOfRelease(release)}: ${release.reason}`, width));
  return [title, ...tableThatFits(releases, width), ...unwell].join('\n');
}

function tableThatFits(releases: readonly ReleaseSummary[], width: number): string[] {
  for (let left = 0; ; left += 1) {
    const lines = table(
      releases,
      (Object.keys(COLUMNS) as Column[]).filter((column) => !DISPENSABLE.slice(0, left).includes(column)),
    );
    if (left === DISPENSABLE.length || lines.every((line) => line.length <= width)) return lines;
  }
}

function table(releases: readonly ReleaseSummary[], columns: readonly Column[]): string[] {
  const cells = new Table({
    head: [...columns],
    style: { head: [], border: [], 'padding-left': 2, 'padding-right': 0 },
    // So that six columns fit beside each other.
    chars: withoutLines(),
  });
  cells.push(...releases.map((release) => columns.map((column) => COLUMNS[column](release))));
  return cells
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

/** The beginning of a digest, which is enough to tell releases apart. */
export function shortDigest({ digest }: Pick<ReleaseSummary, 'digest'>): string {
  return digest.replace(/^sha256:/, '').slice(0, DIGEST);
}

/** A revision may be a commit. */
function shortened(revision: string): string {
  return revision.length > 12 ? `${revision.slice(0, 11)}…` : revision;
}

/** `2026-03-01 12:05` */
export function utc(time: Date): string {
  return time.toISOString().slice(0, 16).replace('T', ' ');
}
