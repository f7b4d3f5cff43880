import { check, type Topic, findingIf } from '../check';

/** Oldest bootstrap stack whose roles may roll a failed stack back by `cdk rollback`. */
const MIN_BOOTSTRAP = 23;

/** What `cdk bootstrap` makes. */
export const bootstrapChecks: Topic = ({ environment, account }) => [
  check('CDK bootstrap', `version ${MIN_BOOTSTRAP} or newer`, async () => {
    const version = await account.bootstrapVersion();
    return findingIf(
      version !== undefined && version >= MIN_BOOTSTRAP,
      version === undefined ? 'none' : `version ${version}`,
      `npx cdk bootstrap aws://${environment.account}/${environment.region}`,
    );
  }),
];
