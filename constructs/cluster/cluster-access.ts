import type { Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';

/** Who may use the Kubernetes API. */
export interface ClusterAccess {
  /**
   * IAM roles or users of people who may see everything but Secrets, and control rollouts (group `llm-platform:operators`).
   *
   * @default - nobody
   */
  readonly operators?: iam.IPrincipal[];

  /**
   * IAM roles of pipelines that may see everything but Secrets, and rollouts (group `llm-platform:viewers`).
   *
   * @default - none
   */
  readonly pipelines?: iam.IPrincipal[];

  /**
   * People who may take the break-glass role, with a second factor that AWS has seen.
   *
   * @default - nobody
   */
  readonly breakGlass?: iam.IPrincipal[];

  /**
   * Roles of a federation (IAM Identity Center, SAML) that may take the break-glass role too. Their sessions carry no mark of
   * a second factor, so the identity provider must ask for it: name only roles for which it does.
   *
   * @default - none; there is no break-glass role when `breakGlass` names nobody either
   */
  readonly breakGlassFederated?: iam.IPrincipal[];
}

/**
 * What is wrong with the principals that get an access entry, one problem per line; empty when nothing is.
 *
 * @param stack the stack of the cluster, for which accounts and partitions are resolved
 */
export function accessProblems({ operators = [], pipelines = [] }: ClusterAccess, stack: Stack): string[] {
  return Object.entries({ operators, pipelines }).flatMap(([prop, principals]) =>
    principals.flatMap((principal, index) => {
      const { principalJson, conditions } = principal.policyFragment;
      const given = JSON.stringify(stack.resolve(principalJson));
      const isConditional = Object.keys(conditions).length > 0;
      const isIdentity =
        Object.keys(principalJson).join() === 'AWS' && principalJson.AWS.length === 1 && !/"\*"|:root"/.test(given);
      if (isIdentity && !isConditional) return [];
      return [
        `access.${prop}[${index}]: expected an IAM role or user, got ${given}${isConditional ? ' with conditions' : ''}; an access entry is of one identity, and has no conditions`,
      ];
    }),
  );
}

/** ARN of the role or user that a principal is. */
export function identityArn(principal: iam.IPrincipal): string {
  return principal.policyFragment.principalJson.AWS[0];
}
