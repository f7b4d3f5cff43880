import type { WeightsBucketConfig } from '../../../environment/model/weights-config';
import { check, type CheckContext, type Finding, type Topic, findingIf, ok } from '../check';

/** Where imported weights lie. */
export const weightsChecks: Topic = (context) => {
  const { weightsBucket } = context.environment;
  if (weightsBucket === undefined) return [];
  const { name, existing, keyArn } = weightsBucket;
  return [
    existing
      ? check('Bucket of weights', `${name}, which exists`, () => findBucket(weightsBucket, context))
      : check('Bucket of weights', `${name}, which nobody has`, () => findName(weightsBucket, context)),
    keyArn !== undefined && check('Key of the weights', keyArn, () => findKey(keyArn, context)),
  ];
};

async function findBucket(
  { name }: WeightsBucketConfig,
  { account, environment: { region } }: CheckContext,
): Promise<Finding> {
  const state = await account.bucket(name);
  const words = {
    none: 'none',
    here: 'there',
    elsewhere: 'in another region',
    forbidden: 'of another account, or forbidden',
  };
  return findingIf(
    state === 'here',
    words[state],
    `name a bucket of ${region} in weightsBucket that this account may read`,
  );
}

/** Names of buckets are taken by whoever was first, in any account. */
async function findName({ name }: WeightsBucketConfig, { account, environment }: CheckContext): Promise<Finding> {
  const state = await account.bucket(name);
  if (state === 'none') return ok('free');
  const own = state === 'here' && (await account.stackOf(name)) === `${environment.name}-Data`;
  return findingIf(
    own,
    own ? 'deployed already' : state === 'forbidden' ? 'taken by another account' : 'taken',
    'choose another name for weightsBucket, or say existing: true where the bucket is yours',
  );
}

async function findKey(keyArn: string, { account }: CheckContext): Promise<Finding> {
  const key = await account.key(keyArn);
  return findingIf(
    key?.enabled === true,
    key === undefined ? 'none' : key.enabled ? 'enabled' : 'disabled',
    'correct weightsBucket.keyArn, or enable the key: no pod could read its weights',
  );
}
