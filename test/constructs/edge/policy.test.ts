import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { edgeFixture } from './fixture';

/** Findings of an edge and its firewall that nothing acknowledges. */
function findings({ app, stack }: ReturnType<typeof edgeFixture>, all = false): string[] {
  const rules = new AwsSolutionsChecks(app);
  // The method is private to them.
  if (all) Object.assign(rules, { isAcknowledged: () => false });
  return rules
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    )
    .filter((finding) => finding.includes(` ${stack.node.id}/Edge/`) || finding.includes('/Firewall/'));
}

test.each([
  ['private', (fixture: ReturnType<typeof edgeFixture>) => fixture.edge()],
  ['public', (fixture: ReturnType<typeof edgeFixture>) => fixture.publicly()],
  [
    'private with access logs',
    (fixture: ReturnType<typeof edgeFixture>) => fixture.edge({ accessLogs: new s3.Bucket(fixture.stack, 'Logs') }),
  ],
])('of an edge that is %s every finding has its reason', (_, make) => {
  const fixture = edgeFixture();
  make(fixture);
  expect(findings(fixture)).toEqual([]);
  // The rules do look.
  expect(findings(fixture, true)).not.toEqual([]);
});

test('what checkov finds has its reason beside it', () => {
  const accepted = (template: Template) =>
    Object.values(
      template.toJSON().Resources as Record<string, { Metadata?: { checkov?: { skip: { id: string }[] } } }>,
    )
      .flatMap(({ Metadata }) => Metadata?.checkov?.skip ?? [])
      .map(({ id }) => id)
      .sort();
  const open = edgeFixture();
  open.publicly({ redirectHttp: true });
  expect(accepted(Template.fromStack(open.stack))).toEqual(['CKV_AWS_260', 'CKV_AWS_91']);
  const logged = edgeFixture();
  logged.edge({ accessLogs: new s3.Bucket(logged.stack, 'Logs') });
  expect(accepted(Template.fromStack(logged.stack))).toEqual([]);
});
