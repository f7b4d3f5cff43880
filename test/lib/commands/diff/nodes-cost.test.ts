import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { staging } from '../../../../environments';
import { readAssembly } from '../../../../lib/commands/diff/assembly';
import { diffText } from '../../../../lib/commands/diff/diff-text';
import { diffEnvironment } from '../../../../lib/commands/diff/environment-diff';
import { describeNodesCost, nodesCostOf } from '../../../../lib/commands/diff/nodes-cost';
import type { EnvironmentConfig, NewCluster } from '../../../../lib/environment/environment-config';
import type { NodesConfig } from '../../../../lib/environment/nodes/node-config';
import { PlatformStage } from '../../../../lib/stage';
import { describePrice } from '../../../../lib/commands/prices';
import { testApp } from '../../../support/app';

const withNodes = (nodes: NodesConfig, change: Partial<EnvironmentConfig> = {}): EnvironmentConfig => ({
  ...staging,
  cluster: {
    create: { ...(staging.cluster as { create: NewCluster }).create, nodes: { provisioning: 'karpenter', ...nodes } },
  },
  ...change,
});

/** The stacks of an environment, as `npm run diff` reads them. */
function stacksOf(environment: EnvironmentConfig) {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'nodes-cost-'));
  try {
    const app = testApp({ outdir });
    new PlatformStage(app, 'staging', { environment });
    app.synth();
    return readAssembly(outdir, 'staging');
  } finally {
    fs.rmSync(outdir, { recursive: true });
  }
}

const groups = stacksOf(withNodes({ provisioning: 'managed-groups' }));
const karpenter = stacksOf(withNodes({ provisioning: 'karpenter' }));

// A g6e.xlarge is 1.861 USD/h. Two models of two replicas, and one more of each while it rolls out.
test('node groups are paid for at all times, pools for the pods that there are', () => {
  expect(nodesCostOf(groups)).toEqual({
    standing: { least: expect.closeTo(11.166, 6), most: expect.closeTo(11.166, 6) },
    rollout: expect.closeTo(11.166, 6),
  });
  expect(nodesCostOf(karpenter)).toEqual({
    standing: { least: expect.closeTo(7.444, 6), most: expect.closeTo(7.444, 6) },
    rollout: expect.closeTo(11.166, 6),
  });
});

test('the plan says what a change of nodes costs by the hour and by the month', () => {
  const plans = {
    rolloutSeconds: () => 1500,
    placement: () => undefined,
    gateQuality: () => undefined,
    hasNodes: () => true,
  };
  expect(diffText(diffEnvironment('staging', 'HEAD', groups, karpenter, plans))).toContain(
    [
      'Nodes with accelerators, on demand',
      '  before  11.17 USD/h (8,151 USD a month)',
      '  after   7.44 USD/h (5,434 USD a month), up to 11.17 USD/h (8,151 USD a month) while models roll out',
    ].join('\n'),
  );
  expect(diffText(diffEnvironment('staging', 'HEAD', groups, groups.slice(0, -1), plans))).not.toContain(
    'Nodes with accelerators',
  );
});

test('Auto Mode has its fee, placeholders their nodes, and replicas that follow the load a range', () => {
  expect(nodesCostOf(stacksOf(withNodes({ provisioning: 'auto-mode' })))!.standing.most).toBeCloseTo(7.444 * 1.12, 6);
  expect(nodesCostOf(stacksOf(withNodes({ types: { 'g6e.xlarge': { warmReplicas: 1 } } })))!.standing.most).toBeCloseTo(
    5 * 1.861,
    6,
  );
  const models = staging.models.map((model) => ({ ...model, autoscaling: { minReplicas: 1, maxReplicas: 3 } }));
  expect(nodesCostOf(stacksOf(withNodes({}, { models })))!.standing).toEqual({
    least: expect.closeTo(2 * 1.861, 6),
    most: expect.closeTo(6 * 1.861, 6),
  });
});

test('a price that is not known is not guessed', () => {
  const models = [{ ...staging.models[0], accelerator: 'p5e.48xlarge' }];
  expect(nodesCostOf(stacksOf(withNodes({}, { models })))).toBeUndefined();
  expect(nodesCostOf([])).toBeUndefined();
});

test('amounts are by the hour and by the month of 730 hours', () => {
  expect(describePrice(0, 12.345)).toBe('0.00 to 12.35 USD/h (0 to 9,012 USD a month)');
  expect(describeNodesCost({ standing: { least: 1, most: 1 }, rollout: 1 })).toBe('1.00 USD/h (730 USD a month)');
});
