import { Stack } from 'aws-cdk-lib';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { BreakGlassRole } from '../../../constructs/cluster/break-glass-role';
import { testApp } from '../../support/app';

test.each(['us-east-1', 'cn-north-1', undefined])('what it may do with a wildcard has a reason, in %p', (region) => {
  const app = testApp();
  const stack = new Stack(app, 'Test', region === undefined ? {} : { env: { account: '111111111111', region } });
  const cluster = eks.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: 'test' });
  new BreakGlassRole(stack, 'BreakGlass', {
    cluster,
    clusterName: 'test',
    roleName: 'break-glass',
    principals: [new iam.ArnPrincipal('arn:aws:iam::111111111111:role/on-call')],
  });
  expect(new AwsSolutionsChecks(app).validateScope(app).violations.map(({ ruleName }) => ruleName)).toEqual([]);
});
