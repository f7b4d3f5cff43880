import { isUnresolved } from '../checks/unresolved';

/** Properties of `ModelSource`. */
export interface ModelSourceProps {
  /** Repository on the model hub, as `<organization>/<model>`. */
  readonly repository: string;

  /** Commit, tag or branch of the repository. Only a commit (40 hexadecimal digits) names the same weights forever. */
  readonly revision: string;
}

/**
 * Where the weights of a model come from.
 *
 * @example
 * const model = new ModelSource({ repository: 'Qwen/Qwen3-8B', revision: 'b968826d9c46dd6066d109eabc6255188de91218' });
 */
export class ModelSource {
  /**
   * What is wrong with a source, one problem per line; empty when nothing is.
   *
   * @param requireCommit whether the revision must be a commit, as production asks for
   */
  public static problemsOf(props: ModelSourceProps, requireCommit?: boolean): string[] {
    const problems: string[] = [];
    if (!isUnresolved(props.repository) && !/^[\w.-]+\/[\w.-]+$/.test(props.repository)) {
      problems.push(`repository: expected <organization>/<model>, got ${JSON.stringify(props.repository)}; copy it from the model's page on the hub`);
    }
    if (!isUnresolved(props.revision) && !/^[\w./-]+$/.test(props.revision)) {
      problems.push(`revision: expected a commit, tag or branch, got ${JSON.stringify(props.revision)}; copy the commit from the model's history on the hub`);
    } else if (requireCommit && !isUnresolved(props.revision) && !/^[0-9a-f]{40}$/.test(props.revision)) {
      problems.push(`revision: expected a commit of 40 hexadecimal digits, got ${JSON.stringify(props.revision)}; copy it from the model's history on the hub, a branch or tag may move`);
    }
    return problems;
  }

  /** Repository on the model hub. */
  public readonly repository: string;

  /** Commit, tag or branch of the repository. */
  public readonly revision: string;

  /**
   * @throws when the repository or the revision is malformed; the error lists every problem.
   */
  public constructor(props: ModelSourceProps) {
    const problems = ModelSource.problemsOf(props);
    if (problems.length > 0) throw new Error(problems.join('\n'));
    this.repository = props.repository;
    this.revision = props.revision;
  }
}
