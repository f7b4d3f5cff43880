import { RemovalPolicy } from 'aws-cdk-lib';

/**
 * The policy of a resource that stays when its stack is deleted, but goes when its very creation is rolled back: what such an attempt
 * leaves behind holds nothing, and what has a name stops the next attempt.
 *
 * @param removalPolicy what its owner asks for; nothing asks to retain it
 */
export function keptOnceCreated(removalPolicy: RemovalPolicy = RemovalPolicy.RETAIN): RemovalPolicy {
  return removalPolicy === RemovalPolicy.RETAIN ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : removalPolicy;
}
