import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { isUnresolved } from '../checks/unresolved';
import type { IReleaseProvider } from './release-provider';
import { ReleaseTier } from './contract/release-tier';

/** What keeps the stack of a construct from using a provider, one problem per line; what only the deployment knows is not checked. */
export function placeProblems(scope: IConstruct, provider: IReleaseProvider): string[] {
  const { account, region, synthesizer, stackName } = Stack.of(scope);
  // The ARN of a function, or a deploy-time value.
  const [, , , itsRegion, itsAccount] = provider.serviceToken(ReleaseTier.MODEL).split(':');
  const why = 'CloudFormation finds them in its own account and region alone';
  const places: [option: string, needed: string | undefined, given: string | undefined, why: string][] = [
    ['env.account', itsAccount, account, why],
    ['env.region', itsRegion, region, why],
    [
      'synthesizer.qualifier',
      provider.bootstrapQualifier,
      synthesizer.bootstrapQualifier,
      'they read no bucket of assets but that of their own',
    ],
  ];
  return places.flatMap(([option, needed, given, reason]) =>
    !needed || !given || needed === given || [needed, given].some(isUnresolved)
      ? []
      : [
          `${option}: expected ${needed}, that of the handlers of ${provider.clusterName}, got ${given}; ${reason}, give the stack ${stackName} the same`,
        ],
  );
}

/** What keeps handlers from reading a release in a bucket of assets, one problem per line; what only the deployment knows is not checked. */
export function bucketProblems(scope: IConstruct, bucketName: string, provider: IReleaseProvider): string[] {
  const { clusterName, assetBucketName } = provider;
  return assetBucketName === undefined ||
    assetBucketName === bucketName ||
    [assetBucketName, bucketName].some(isUnresolved)
    ? []
    : [
        `synthesizer: expected the bucket of assets ${assetBucketName}, that of the handlers of ${clusterName}, got ${bucketName}; they read no other, give the stack ${Stack.of(scope).stackName} the synthesizer of theirs`,
      ];
}
