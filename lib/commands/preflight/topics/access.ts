import { check, type CheckContext, type Finding, type Topic, ok, problem, warning } from '../check';

/** Lists of principals of a new cluster. */
const LISTS = ['operators', 'pipelines', 'breakGlass', 'breakGlassFederated'] as const;

/** Principals for which the Cluster stack makes access entries and trust: IAM and EKS refuse those that do not exist. */
export const accessChecks: Topic = (context) => {
  const { cluster } = context.environment;
  if (!('create' in cluster)) return [];
  const arns = [...new Set(LISTS.flatMap((list) => cluster.create[list] ?? []))];
  const needed = `${arns.length} of ${LISTS.filter((list) => cluster.create[list]?.length).join(', ')}`;
  return [arns.length > 0 && check('IAM principals', needed, () => findPrincipals(arns, context))];
};

async function findPrincipals(arns: readonly string[], { environment, account }: CheckContext): Promise<Finding> {
  const own = arns.filter((arn) => arn.split(':')[4] === environment.account);
  const foreign = arns.filter((arn) => !own.includes(arn));
  const found = await Promise.all(own.map(async (arn) => ({ arn, real: await account.principal(arn) })));
  const problems = found
    .filter(({ arn, real }) => real !== arn)
    .map(({ arn, real }) => `${nameOf(arn)} is ${real === undefined ? 'not there' : nameOf(real)}`);
  if (problems.length > 0)
    return problem(
      problems.join('; '),
      'create them first, or correct the ARNs in environments/ (with the path, where a role has one): the Cluster stack would be taken back after a quarter of an hour',
    );
  return foreign.length === 0
    ? ok('all')
    : warning(
        `unknown: ${foreign.map((arn) => `${nameOf(arn)} of ${arn.split(':')[4]}`).join(', ')}`,
        'look there whether they exist: another account does not say',
      );
}

/** Such as `role/people`. */
function nameOf(arn: string): string {
  return arn.split(':')[5];
}
