import { isUnresolved } from '../checks/unresolved';

/** Where the weights of a model come from. */
export interface ModelSource {
  /** Repository on the model hub, as `<organization>/<model>`. */
  readonly repository: string;

  /** Commit, tag or branch of the repository. Only a commit (40 hexadecimal digits) names the same weights forever. */
  readonly revision: string;
}

/**
 * What is wrong with a source, one problem per line; empty when nothing is.
 *
 * @param requireCommit whether the revision must be a commit, as production asks for
 */
export function modelSourceProblems({ repository, revision }: ModelSource, requireCommit?: boolean): string[] {
  const problems: string[] = [];
  if (!isUnresolved(repository) && !/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    problems.push(
      `repository: expected <organization>/<model>, got ${JSON.stringify(repository)}; copy it from the model's page on the hub`,
    );
  }
  if (!isUnresolved(revision) && !/^[\w./-]+$/.test(revision)) {
    problems.push(
      `revision: expected a commit, tag or branch, got ${JSON.stringify(revision)}; copy the commit from the model's history on the hub`,
    );
  } else if (requireCommit && !isUnresolved(revision) && !/^[0-9a-f]{40}$/.test(revision)) {
    problems.push(
      `revision: expected a commit of 40 hexadecimal digits, got ${JSON.stringify(revision)}; copy it from the model's history on the hub, a branch or tag may move`,
    );
  }
  return problems;
}
