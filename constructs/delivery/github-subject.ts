/** What the subject of a repository's tokens is made of. */
export interface GithubSubjectOptions {
  /** `<owner>/<name>` */
  readonly repository: string;
  readonly ownerId?: string;
  readonly repositoryId?: string;
  readonly immutableSubject?: boolean;
}

/**
 * First part of the subject of a repository's tokens, which GitHub's REST API calls `sub_claim_prefix`.
 *
 * @see https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
 */
export function subjectPrefix({
  repository,
  ownerId,
  repositoryId,
  immutableSubject = true,
}: GithubSubjectOptions): string {
  const [owner, name] = repository.split('/');
  return immutableSubject ? `repo:${owner}@${ownerId}/${name}@${repositoryId}` : `repo:${repository}`;
}

/** What is wrong with the parts of a subject, one problem per line; empty when nothing is. */
export function subjectProblems(options: GithubSubjectOptions): string[] {
  const { repository, immutableSubject = true } = options;
  const ids = (['ownerId', 'repositoryId'] as const).map((prop, index) => ({
    prop,
    value: options[prop],
    field: ['.owner.id', '.id'][index],
  }));
  const isName = /^[\w.-]+\/[\w.-]+$/.test(repository);
  return [
    ...(isName
      ? []
      : [`repository: expected <owner>/<name>, got "${repository}"; a pattern would let other repositories deploy`]),
    ...(immutableSubject
      ? ids
          .filter(({ value }) => !/^[1-9]\d*$/.test(value ?? ''))
          .map(
            ({ prop, value, field }) =>
              `${prop}: expected the digits of a numeric id, got ${value === undefined ? 'none' : `"${value}"`}; read it by: gh api repos/${isName ? repository : '<owner>/<name>'} --jq ${field}`,
          )
      : ids
          .filter(({ value }) => value !== undefined)
          .map(
            ({ prop, value }) =>
              `${prop}: expected none with immutableSubject: false, got "${value}"; leave one of the two out, such a subject holds names only`,
          )),
  ];
}
