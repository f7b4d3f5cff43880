import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Accelerator } from '../../../constructs/gpu';
import { testApp } from '../../support/app';
import { nodesFixture } from './fixture';

test('policy checks find nothing in what provides nodes, beyond what has a reason', () => {
  const app = testApp();
  const { stack, karpenter, auto, groups } = nodesFixture(app);
  const requirements = { accelerator: Accelerator.P5_48XLARGE, nodes: 2, efa: true, availabilityZone: 'us-east-1a' };
  karpenter().nodes.bind(stack, requirements);
  groups.bind(stack, requirements);
  auto();
  const findings = new AwsSolutionsChecks(app)
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    );
  expect(findings.filter((finding) => /Karpenter|AutoMode|Efa|Gpu-|ClusterRole/.test(finding))).toEqual([]);
  const reasons = stack.node
    .findAll()
    .flatMap((construct) => construct.node.metadata)
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) => Object.values(data as Record<string, string>));
  expect(reasons.every((reason) => reason.length >= 20)).toBe(true);
});
