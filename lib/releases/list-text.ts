import Table from 'cli-table3';
import { type ReleaseSummary } from '../../constructs/kubernetes/release-operations';
import type { EnvironmentConfig } from '../environment';
import { fit } from './fit';
import { nameOfRelease } from './release-operations-client';
import { ownerOf } from './stacks';

/** How many characters of a digest tell releases apart. */
const DIGEST = 8;

/** Columns without lines around them, so that six fit beside each other. */
const PLAIN = Object.fromEntries([
  'top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle',
].map((part) => [part, '']));

/** What is released, as a table with the reasons of what is not healthy below. */
export function listText({ name, region }: EnvironmentConfig, releases: readonly ReleaseSummary[]): string {
  const title = `${name} in ${region}: ${releases.length === 0 ? 'nothing is released' : `${releases.length} released`}`;
  if (releases.length === 0) return title;
  const table = new Table({
    head: ['Release', 'State', 'Revision', 'Digest', 'Released (UTC)', 'Stack'],
    style: { head: [], border: [], 'padding-left': 2, 'padding-right': 0 },
    chars: PLAIN,
  });
  table.push(...releases.map((release) => [
    nameOfRelease(release), release.state, release.revisions.map(shortened).join(', ') || '-', shortDigest(release), utc(release.releasedAt), ownerOf(release)?.stack ?? release.owner,
  ]));
  const unwell = releases.filter(({ reason }) => reason !== undefined).map((release) => fit(`${nameOfRelease(release)}: ${release.reason}`));
  return [title, ...table.toString().split('\n').map((line) => line.trimEnd()), ...unwell].join('\n');
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
function utc(time: string): string {
  return new Date(time).toISOString().slice(0, 16).replace('T', ' ');
}
