import { type ActRecorder } from '../scenario/act-recorder';
import { type RehearsalStage } from '../scenario/rehearsal-stage';

/** Ready pods of a revision when last looked. */
export function readyOf(record: ActRecorder, revision: string): number {
  return record.history.at(-1)?.ready.get(revision) ?? 0;
}

/** The shares of the ready pods that a revision had one after the other, percent. */
export function sharesOf(record: ActRecorder, revision: string): number[] {
  const shares = record.history.map(({ ready }) => {
    const total = [...ready.values()].reduce((sum, count) => sum + count, 0);
    return total === 0 ? 0 : Math.round((100 * (ready.get(revision) ?? 0)) / total);
  });
  return shares.filter((share, index) => share !== shares[index - 1]);
}

/** What the release applies is, object by object, what it was before. */
export async function assertSameApplied(
  stage: RehearsalStage,
  record: ActRecorder,
  before: Map<string, unknown>,
): Promise<void> {
  const after = await stage.appliedObjects();
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const changed = names.filter((name) => JSON.stringify(before.get(name)) !== JSON.stringify(after.get(name)));
  record.assert(
    `all ${before.size} objects of the release equal the ones before in what the release applies`,
    before.size > 5 && changed.length === 0,
    changed.join(', '),
  );
}
