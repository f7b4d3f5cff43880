import type { EnvironmentConfig } from '../../../environment/environment-config';
import { deployRoleName } from '../../../stacks/delivery-stack';
import { type AccountReader } from '../aws-account';
import { check, type Topic, findingIf, ok } from '../check';

/** A name that is written down in a template: whatever has it already stops the creation. */
export interface FixedName {
  readonly kind: 'cluster' | 'role' | 'log group';
  readonly name: string;
  /** Last part of the name of the stack to which it belongs. */
  readonly stack: string;
}

/** Names that an environment will take. That of the bucket of weights is looked at with the weights. */
export function fixedNames({ name, cluster, alarms, delivery }: EnvironmentConfig): FixedName[] {
  const names: FixedName[] = [];
  if ('create' in cluster) {
    const { name: created } = cluster.create;
    names.push({ kind: 'cluster', name: created, stack: 'Cluster' });
    names.push({ kind: 'role', name: `${created}-break-glass`, stack: 'Cluster' });
  }
  if (alarms) names.push({ kind: 'log group', name: `/llm-platform/${name}/metrics`, stack: 'Observability' });
  if (delivery) names.push({ kind: 'role', name: deployRoleName(name), stack: 'Delivery' });
  return names;
}

/** Names that are free, or the environment's own from an earlier deployment. */
export const nameChecks: Topic = ({ environment, account }) =>
  fixedNames(environment).map(({ kind, name, stack }) =>
    check(`Name of the ${kind}`, name, async () => {
      if (!(await exists({ kind, name, stack }, environment, account))) return ok('free');
      const owner = await account.stackOf(name);
      return findingIf(
        owner === `${environment.name}-${stack}`,
        owner === undefined ? 'taken' : `of ${owner}`,
        advice(kind, name),
      );
    }),
  );

function exists({ kind, name }: FixedName, environment: EnvironmentConfig, account: AccountReader): Promise<boolean> {
  if (kind === 'log group') return account.hasLogGroup(name);
  return (
    kind === 'role' ? account.principal(`arn:aws:iam::${environment.account}:role/${name}`) : account.cluster(name)
  ).then((found) => found !== undefined);
}

function advice(kind: FixedName['kind'], name: string): string {
  if (kind === 'log group')
    return `left by an environment that was deleted: keep what you need of it, then aws logs delete-log-group --log-group-name ${name}`;
  return `a ${kind} of that name exists and is not this environment's: delete it if nobody needs it, or choose another name in environments/`;
}
