import { type App, type Environment, Stack } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import {
  Accelerator,
  EncryptedSecret,
  LlmPlatform,
  MetricBridge,
  ModelService,
  NodeProvider,
  SecretSync,
} from '../../../constructs';
import { testApp } from '../../support/app';

const accelerator = Accelerator.G6E_XLARGE;
const model = { repository: 'Qwen/Qwen3-8B', revision: 'b968826d9c46dd6066d109eabc6255188de91218' };

/** A platform with all that is added to one, in stacks of an account and a region, if of any. */
function everything(nodeProvider: NodeProvider, env?: Environment): App {
  const app = testApp();
  const stack = new Stack(app, 'llm', { env });
  const nodes = new Stack(app, 'gpus', { env });
  const platform = new LlmPlatform(stack, 'Platform', {
    network: { availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'] },
    nodeProvider,
    controllers: { certManager: true, externalSecrets: true, loadBalancerController: true },
  });
  platform.addNodes(nodes, 'Gpus', { accelerator, nodes: 3 });
  platform.addCompileCache(nodes, 'Cache', { models: ['chat'] });
  new MetricBridge(stack, 'Bridge', { platform, environmentName: 'test', models: [{ modelName: 'chat' }] });
  const { secret } = new EncryptedSecret(stack, 'Hub', { description: 'Hub' });
  const chat = new Stack(app, 'chat', { env });
  const secrets = new SecretSync(chat, 'Secrets', {
    platform,
    secrets: [{ name: 'hub-token', entries: [{ key: 'token', secret }] }],
  });
  const hubToken = secrets.secret('hub-token');
  new ModelService(chat, 'Chat', { platform, model, accelerator, compileCache: true, hubToken });
  return app;
}

/** What policy checks find that nothing acknowledges. */
const findings = (app: App) =>
  new AwsSolutionsChecks(app)
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    );

describe.each<[string, Environment | undefined]>([
  ['neither account nor region', undefined],
  ['a region alone', { region: 'us-east-1' }],
  ['an account alone', { account: '111111111111' }],
])('stacks with %s', (_, env) => {
  test.each(Object.values(NodeProvider))('are synthesized with nodes by %s, and every finding has its reason', (by) => {
    const app = everything(by, env);
    expect(findings(app)).toEqual([]);
    expect(app.synth().stacks).toHaveLength(3);
  });
});
