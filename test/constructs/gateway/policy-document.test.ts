import { Duration, Size } from 'aws-cdk-lib';
import { Guardrail, GuardrailAction, TenantCache } from '../../../constructs/gateway';
import { ModelEndpointKind } from '../../../constructs/model-providers';
import { fileOf, inCluster, modelOf, openAi, tenantOf } from './gateway';

test('holds models with their prices, tenants with their limits, and guardrails', () => {
  const spare = openAi('chat-spare');
  const chat = { ...inCluster('chat'), kind: ModelEndpointKind.SELF_HOSTED, fallback: spare };
  const policy = fileOf(
    {
      models: [modelOf(chat, { revision: 'b968826' }), modelOf(spare, { outputUsdPerMillionTokens: undefined })],
      tenants: [
        tenantOf('search', {
          budgetUsdPerMonth: 50,
          guardrails: [{ name: 'pii', action: GuardrailAction.MASK }, { name: 'output' }],
          cache: TenantCache.EXACT,
        }),
        tenantOf('batch', {
          requestsPerMinute: undefined,
          tokensPerMinute: undefined,
          guardrails: [{ name: 'injection', action: GuardrailAction.REPORT }],
          promptLogging: true,
          dedicated: true,
        }),
      ],
      guardrails: [
        Guardrail.pii('pii', { entities: ['EMAIL_ADDRESS'] }),
        Guardrail.injectionRules('injection'),
        Guardrail.outputRules('output', { activeHtml: false }),
      ],
      maxBodySize: Size.kibibytes(512),
      requestTimeout: Duration.minutes(5),
    },
    'policy.json',
  );
  expect(policy).toEqual({
    version: 1,
    maxBodyBytes: 524_288,
    requestTimeoutSeconds: 300,
    redis: { timeoutSeconds: 0.5 },
    models: [
      {
        name: 'chat',
        selfHosted: true,
        inputUsdPerMillionTokens: 0.2,
        outputUsdPerMillionTokens: 0.6,
        maxInputTokens: 16_384,
        maxOutputTokens: 4096,
        fallbacks: ['chat-spare'],
        revision: 'b968826',
      },
      {
        name: 'chat-spare',
        selfHosted: false,
        inputUsdPerMillionTokens: 0.2,
        outputUsdPerMillionTokens: 0,
        maxInputTokens: 16_384,
        maxOutputTokens: 4096,
        fallbacks: [],
      },
    ],
    tenants: [
      {
        name: 'search',
        models: ['chat'],
        requestsPerMinute: 60,
        tokensPerMinute: 100_000,
        budgetUsdPerMonth: 50,
        guardrails: [
          { name: 'pii', action: 'mask' },
          { name: 'output', action: 'block' },
        ],
        cache: 'exact',
        promptLogging: false,
        dedicated: false,
      },
      {
        name: 'batch',
        models: ['chat'],
        guardrails: [{ name: 'injection', action: 'report' }],
        cache: 'none',
        promptLogging: true,
        dedicated: true,
      },
    ],
    guardrails: [
      { name: 'pii', kind: 'pii', entities: ['EMAIL_ADDRESS'], maxCharacters: 20_000 },
      { name: 'injection', kind: 'injection-rules' },
      { name: 'output', kind: 'output-rules', secretPatterns: true, activeHtml: false },
    ],
  });
});

test('without limits a body has 1 MiB and a request ten minutes', () => {
  expect(fileOf({}, 'policy.json')).toMatchObject({ maxBodyBytes: 1_048_576, requestTimeoutSeconds: 600 });
});

test('a guardrail of another kind keeps its name and kind, whatever its settings are', () => {
  const guardrails = [Guardrail.of('safety', 'guard-model', { model: 'guard', name: 'x' })];
  const tenants = [tenantOf('search', { guardrails: [{ name: 'safety' }] })];
  expect(fileOf({ guardrails, tenants }, 'policy.json').guardrails).toEqual([
    { name: 'safety', kind: 'guard-model', model: 'guard' },
  ]);
});
