import { subjectPrefix } from '../../../../constructs/delivery/github-subject';
import type { DeliveryConfig } from '../../../environment/environment-config';
import { check, type CheckContext, type Finding, type Topic, findingIf, ok, problem, warning } from '../check';
import { type GithubReader } from '../github-reader';

/** Ends of ARNs of GitHub's identity provider. */
const GITHUB = 'oidc-provider/token.actions.githubusercontent.com';

/** What the role of the workflow stands on. */
export const deliveryChecks: Topic = (context) => {
  const { github } = context;
  const { delivery } = context.environment;
  if (delivery === undefined) return [];
  const provider = delivery.identityProviderArn ?? "none, or this environment's";
  return [
    check('Identity provider for GitHub', provider, () => findProvider(delivery, context)),
    github && check("Subject of GitHub's tokens", subjectPrefix(delivery), () => findSubject(delivery, github)),
  ];
};

/** An account has one at most. */
async function findProvider(
  { identityProviderArn }: DeliveryConfig,
  { environment, account }: CheckContext,
): Promise<Finding> {
  const providers = await account.identityProviders();
  if (identityProviderArn !== undefined)
    return findingIf(
      providers.includes(identityProviderArn),
      providers.includes(identityProviderArn) ? 'there' : 'none',
      'correct delivery.identityProviderArn, or leave it out: then the Delivery stack makes it',
    );
  const existing = providers.find((arn) => arn.endsWith(GITHUB));
  if (existing === undefined) return ok('none');
  const own = (await account.stackOf(existing)) === `${environment.name}-Delivery`;
  return findingIf(
    own,
    own ? 'deployed already' : existing,
    `the account has it already, and can have one only: set delivery.identityProviderArn to ${existing}`,
  );
}

async function findSubject(delivery: DeliveryConfig, github: GithubReader): Promise<Finding> {
  const { isDefault, prefix } = await github.subject(delivery.repository);
  if (!isDefault)
    return problem(
      'a template of the repository',
      "the role trusts GitHub's default subject: remove the template in the repository's settings of Actions (use_default)",
    );
  if (prefix === undefined)
    return warning(
      'unknown',
      'GitHub does not return it: run a job in the environment, and compare the sub of its token',
    );
  return findingIf(
    prefix === subjectPrefix(delivery),
    prefix,
    'correct ownerId, repositoryId or immutableSubject of delivery in environments/: no job could take the role',
  );
}
