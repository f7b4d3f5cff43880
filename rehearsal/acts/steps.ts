import { type KubernetesObject } from '../../constructs/kubernetes/contract/release-document';
import { type CommandResult } from '../platform';
import { type ActRecorder, type Look } from '../scenario/act-recorder';
import { type Deployment, type RehearsalStage } from '../scenario/rehearsal-stage';

/** Ready pods of a revision when last looked. */
export function readyOf(record: ActRecorder, revision: string): number {
  return record.history.at(-1)?.ready.get(revision) ?? 0;
}

/** Ready pods of all revisions. */
export function totalOf({ ready }: Look): number {
  return [...ready.values()].reduce((sum, count) => sum + count, 0);
}

/** The shares of the ready pods that a revision had one after the other, percent. */
export function sharesOf(record: ActRecorder, revision: string): number[] {
  const shares = record.history.map((look) => {
    const total = totalOf(look);
    return total === 0 ? 0 : Math.round((100 * (look.ready.get(revision) ?? 0)) / total);
  });
  return shares.filter((share, index) => share !== shares[index - 1]);
}

/** A revision served these shares one after the other, percent, and then everything. */
export function assertSteps(record: ActRecorder, text: string, revision: string, steps: readonly number[]): void {
  const shares = sharesOf(record, revision);
  const passed = steps.every((step) => shares.includes(step)) && shares.at(-1) === 100;
  record.assert(text, passed, `shares of ready pods, in %: ${shares.join(', ')}`);
}

/** A revision has so many ready pods now. */
export function assertReady(record: ActRecorder, text: string, revision: string, count = 4): void {
  const ready = readyOf(record, revision);
  record.assert(text, ready === count, `${ready} ready`);
}

/** A command has done what it was asked. */
export function assertSucceeds(record: ActRecorder, text: string, { exitCode, output }: CommandResult): void {
  record.assert(text, exitCode === 0, exitCode === 0 ? 'exit code 0' : `exit code ${exitCode}: ${reasonIn(output)}`);
}

export function assertFails(record: ActRecorder, text: string, { exitCode }: CommandResult): void {
  record.assert(text, exitCode !== 0, `exit code ${exitCode}`);
}

/** A deployment has promoted what it brought. */
export function assertPromoted(record: ActRecorder, deployed: Deployment): void {
  record.duration('cdk deploy', deployed.milliseconds);
  assertSucceeds(record, 'cdk deploy succeeds', deployed);
  for (const [stack, status] of Object.entries(deployed.statuses))
    record.assertIs(`the stack ${stack} is UPDATE_COMPLETE`, status, 'UPDATE_COMPLETE');
}

/** A deployment has failed for a reason that it says. @param status of its stack afterwards */
export function assertFailed(
  record: ActRecorder,
  deployed: Deployment,
  reason: RegExp,
  status = 'UPDATE_ROLLBACK_COMPLETE',
): void {
  const { milliseconds, output, statuses } = deployed;
  record.duration('cdk deploy', milliseconds);
  assertFails(record, 'cdk deploy fails', deployed);
  record.assert(
    'its output says why',
    reason.test(output),
    reason.exec(output)?.[0] ?? `expected ${reason.source}, got ${reasonIn(output)}`,
  );
  for (const [stack, is] of Object.entries(statuses)) record.assertIs(`the stack ${stack} ends ${status}`, is, status);
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

/** The lines of an output that are likely to say why. */
export function reasonIn(output: string): string {
  return output
    .split('\n')
    .filter((line) => /FAILED|reason|error/i.test(line))
    .slice(-3)
    .join(' | ')
    .slice(0, 600);
}

/** @param objects those of any release that are still there */
export function assertNothingLeft(record: ActRecorder, objects: readonly KubernetesObject[]): void {
  const left = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
  record.assert('nothing of the releases is left in the cluster', left.length === 0, left.join(', '));
}
