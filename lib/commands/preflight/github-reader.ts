/** How the subjects of a repository's tokens begin. */
export interface RepositorySubject {
  /** Whether the subject is GitHub's default, and no template of the repository. */
  readonly isDefault: boolean;
  /** Its first part; undefined where GitHub does not return it. */
  readonly prefix?: string;
}

/** What the checks read of GitHub. */
export interface GithubReader {
  /** @param repository `<owner>/<name>` */
  subject(repository: string): Promise<RepositorySubject>;
}

/** GitHub's REST API, with a token. */
export class GithubApi implements GithubReader {
  public constructor(
    private readonly token: string,
    private readonly get: typeof fetch = fetch,
  ) {}

  public async subject(repository: string): Promise<RepositorySubject> {
    const response = await this.get(`https://api.github.com/repos/${repository}/actions/oidc/customization/sub`, {
      headers: { accept: 'application/vnd.github+json', authorization: `Bearer ${this.token}` },
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok)
      throw new Error(
        `GitHub answers ${response.status} for ${repository}; the token needs to read the repository's Actions settings`,
      );
    const { use_default: isDefault, sub_claim_prefix: prefix } = (await response.json()) as {
      use_default?: boolean;
      sub_claim_prefix?: string;
    };
    return { isDefault: isDefault !== false, prefix };
  }
}
