import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { isUnresolved } from '../checks/unresolved';
import { subjectPrefix, subjectProblems } from './github-subject';

/** Properties of `GithubDeployRole`. */
export interface GithubDeployRoleProps {
  /** Repository that may deploy, as `<owner>/<name>`. */
  readonly repository: string;

  /**
   * Numeric id of the repository's owner, as digits. With `repositoryId` it makes the immutable subject that GitHub writes into the
   * tokens of every repository created, renamed or transferred since July 15, 2026:
   * `gh api repos/<owner>/<name> --jq '.owner.id, .id'` prints both.
   *
   * @default - none: only with `immutableSubject: false`
   */
  readonly ownerId?: string;

  /**
   * Numeric id of the repository, as digits.
   *
   * @default - none: only with `immutableSubject: false`
   */
  readonly repositoryId?: string;

  /**
   * Whether GitHub writes the ids of owner and repository into the subject of its tokens. False for an older repository that has
   * not been moved to immutable subjects; whoever takes over the names of such a repository can deploy.
   *
   * @default true
   */
  readonly immutableSubject?: boolean;

  /** GitHub environment that a job must run in; its protection rules are the approval. */
  readonly githubEnvironment: string;

  /**
   * Name of the role, for a workflow that names it.
   *
   * @default - CloudFormation makes one; the workflow takes the ARN from an output
   */
  readonly roleName?: string;

  /**
   * GitHub's identity provider, if the account has one already. An account can have only one.
   *
   * @default - it is created
   */
  readonly identityProvider?: iam.IOpenIdConnectProvider;

  /**
   * Longest session. It must outlast the longest deployment: a canary takes up to 55 minutes, and each model is one.
   *
   * @default Duration.hours(4)
   */
  readonly maxSessionDuration?: Duration;
}

/** Host that issues the tokens. */
const ISSUER = 'token.actions.githubusercontent.com';

/**
 * The role of the deployment workflow: no key is stored, only jobs of one repository in one GitHub environment can take it,
 * and all it can do is take the roles that `cdk bootstrap` made.
 *
 * @example
 * new GithubDeployRole(this, 'Deploy', {
 *   repository: 'acme/llm', ownerId: '123456', repositoryId: '456789', githubEnvironment: 'staging',
 * });
 */
export class GithubDeployRole extends Construct {
  /** The role. */
  public readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: GithubDeployRoleProps) {
    super(scope, id);
    const session = props.maxSessionDuration ?? Duration.hours(4);
    const problems = subjectProblems(props);
    const seconds = session.toSeconds({ integral: false });
    if (!Number.isInteger(seconds) || seconds < 3600 || seconds > 12 * 3600) {
      problems.push(
        `maxSessionDuration: expected 1 to 12 hours in whole seconds, got ${session.toHumanString()}; IAM allows no other`,
      );
    }
    const issuer = props.identityProvider?.openIdConnectProviderIssuer;
    if (issuer !== undefined && !isUnresolved(issuer) && issuer !== ISSUER) {
      problems.push(
        `identityProvider: expected that of ${ISSUER}, got "${issuer}"; no other issues the tokens of GitHub's jobs`,
      );
    }
    if (problems.length > 0) throw new Error(`${this.node.path}: ${problems.join('\n  ')}`);

    const stack = Stack.of(this);
    const provider =
      props.identityProvider ??
      new iam.OidcProviderNative(this, 'GitHub', { url: `https://${ISSUER}`, clientIds: ['sts.amazonaws.com'] });
    this.role = new iam.Role(this, 'Role', {
      roleName: props.roleName,
      description: `Deploys ${props.repository} to ${props.githubEnvironment}`,
      maxSessionDuration: session,
      assumedBy: new iam.FederatedPrincipal(
        provider.openIdConnectProviderArn,
        {
          StringEquals: {
            [`${ISSUER}:aud`]: 'sts.amazonaws.com',
            [`${ISSUER}:sub`]: `${subjectPrefix(props)}:environment:${props.githubEnvironment}`,
          },
        },
        'sts:AssumeRoleWithWebIdentity',
      ),
    });
    const qualifier = stack.synthesizer.bootstrapQualifier ?? 'hnb659fds';
    const roles = ['deploy', 'file-publishing', 'image-publishing', 'lookup'];
    this.role.addToPolicy(
      new iam.PolicyStatement({
        sid: 'TakeBootstrapRoles',
        actions: ['sts:AssumeRole'],
        resources: roles.map(
          (name) =>
            `arn:${stack.partition}:iam::${stack.account}:role/cdk-${qualifier}-${name}-role-${stack.account}-${stack.region}`,
        ),
      }),
    );
  }
}
