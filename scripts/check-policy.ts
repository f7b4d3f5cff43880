// Runs the AWS Solutions rules of cdk-nag over every environment and the variants of test/support: no finding may be left, and each acknowledgment of one
// must say why. Findings are counted a second time as if nothing were acknowledged, which shows that the rules look.
// usage: node scripts/start.mjs scripts/check-policy.ts
import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { production, rehearsal, staging } from '../environments';
import { addEnvironments } from '../lib/platform-app';
import { variants } from '../test/support/variants';

const ENVIRONMENTS = ['staging', 'production', 'rehearsal', ...variants.map(({ name }) => name)].join(',');
const SHORTEST_REASON = 20;

// Validation at synth would run the same rules once more; nothing is synthesized here.
process.env.CDK_VALIDATION = 'false';
const { context } = JSON.parse(fs.readFileSync(path.join(__dirname, '../cdk.json'), 'utf8')) as { context: object };
const app = new App({ context: { ...context, environment: ENVIRONMENTS } });
addEnvironments(app, [staging, production], [rehearsal(), ...variants]);

const left = findings(new AwsSolutionsChecks(app));
// The rules as they would judge without any acknowledgment; the method is private to them.
const all = findings(Object.assign(new AwsSolutionsChecks(app), { isAcknowledged: () => false }));
const acknowledgments = app.node.findAll().flatMap((construct) =>
  construct.node.metadata
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) =>
      Object.entries(data as Record<string, unknown>).map(([id, reason]) => ({
        construct: construct.node.path,
        id,
        reason,
      })),
    ),
);

const problems = [
  ...left.map(({ rule, description, construct }) => `${construct}: ${rule}: ${description}`),
  ...acknowledgments
    .filter(({ reason }) => typeof reason !== 'string' || reason.trim().length < SHORTEST_REASON)
    .map(
      ({ construct, id, reason }) =>
        `${construct}: ${id}: expected a reason, got ${JSON.stringify(reason)}; say why the finding is accepted`,
    ),
  ...(all.length === 0
    ? ['cdk-nag: expected findings where nothing is acknowledged, got none; the rules did not run']
    : []),
];
if (problems.length > 0) {
  console.error(`${problems.length} problems:\n  ${problems.join('\n  ')}`);
  process.exit(1);
}
console.log(
  `${ENVIRONMENTS}: no finding left of ${all.length}; ${acknowledgments.length} acknowledgments, each with its reason`,
);

function findings(rules: AwsSolutionsChecks) {
  return rules
    .validateScope(app)
    .violations.flatMap(({ ruleName, description, violatingResources }) =>
      violatingResources.map(({ constructPath }) => ({ rule: ruleName, description, construct: constructPath })),
    );
}
