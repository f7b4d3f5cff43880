import { createHash } from 'node:crypto';
import type { Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { isUnresolved } from '../checks/unresolved';

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
 * What is wrong with who may use the Kubernetes API, one problem per line; empty when nothing is.
 *
 * @param stack the stack of the cluster, for which accounts and partitions are resolved
 */
export function accessProblems(access: ClusterAccess, stack: Stack): string[] {
  const { operators = [], pipelines = [], breakGlass = [], breakGlassFederated = [] } = access;
  const known = new Map<string, string>();
  return [
    ...Object.entries({ operators, pipelines }).flatMap(([prop, principals]) =>
      principals.flatMap((principal, index) => {
        const place = `access.${prop}[${index}]`;
        const { principalJson, conditions } = principal.policyFragment;
        const given = JSON.stringify(stack.resolve(principalJson));
        const isConditional = Object.keys(conditions).length > 0;
        const isIdentity =
          Object.keys(principalJson).join() === 'AWS' && principalJson.AWS.length === 1 && !/"\*"|:root"/.test(given);
        if (!isIdentity || isConditional) {
          return [
            `${place}: expected an IAM role or user, got ${given}${isConditional ? ' with conditions' : ''}; an access entry is of one identity, and has no conditions`,
          ];
        }
        const [problem] = identityArnProblems(place, stack.resolve(principalJson.AWS[0]));
        if (problem !== undefined) return [problem];
        const before = known.get(given);
        known.set(given, place);
        return before === undefined
          ? []
          : [
              `${place}: expected each identity once, got ${given} as ${before} too; a cluster has one access entry for each`,
            ];
      }),
    ),
    ...Object.entries({ breakGlass, breakGlassFederated }).flatMap(([prop, principals]) =>
      principals.flatMap((principal, index) => {
        const { principalJson } = principal.policyFragment;
        const given = JSON.stringify(stack.resolve(principalJson));
        return Object.keys(principalJson).join() === 'AWS' && !given.includes('*')
          ? []
          : [
              `access.${prop}[${index}]: expected roles or users of people, got ${given}; whoever takes the break-glass role administers the cluster`,
            ];
      }),
    ),
  ];
}

/**
 * Whether an ARN is that of one IAM role or user, as an access entry and a trust policy name it; what only the deployment knows is not
 * checked.
 *
 * @param place option, as its user wrote it
 */
export function identityArnProblems(place: string, arn: unknown): string[] {
  return typeof arn !== 'string' || isUnresolved(arn) || /^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/[^*?\s]+$/.test(arn)
    ? []
    : [
        `${place}: expected the ARN of an IAM role or user, got "${arn}"; write it like arn:aws:iam::111111111111:role/name, without wildcards, and the role instead of a session of it`,
      ];
}

/** Construct id of the access entry of a principal: its own wherever it stands in a list, as an identity has one entry in a cluster. */
export function entryId(principal: iam.IPrincipal, stack: Stack): string {
  const identity = JSON.stringify(stack.resolve(identityArn(principal)));
  return `Access${createHash('sha256').update(identity).digest('hex').slice(0, 8)}`;
}

/** ARN of the role or user that a principal is. */
export function identityArn(principal: iam.IPrincipal): string {
  return principal.policyFragment.principalJson.AWS[0];
}
