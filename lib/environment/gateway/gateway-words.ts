import { EdgeExposure, FirewallAction } from '../../../constructs/edge';
import { TooFewRequests } from '../../../constructs/rollout';
import { wordProblem } from '../words';
import type { EdgeAuthenticationConfig } from './edge-config';
import type { GatewayConfig, GuardrailConfig, ModelOrigin } from './gateway-config';

const KINDS: readonly ModelOrigin['kind'][] = [
  'self-hosted',
  'openai',
  'anthropic',
  'azure-openai',
  'bedrock',
  'openai-compatible',
];
const GUARDRAILS: readonly GuardrailConfig['kind'][] = ['pii', 'injection-rules', 'output-rules'];
const AUTHENTICATIONS: readonly EdgeAuthenticationConfig['kind'][] = ['gateway-keys', 'jwt'];

/** Words of a gateway that mean nothing, one problem per line. Those of tenants are checked with their shape. */
export function gatewayWordProblems(gateway: GatewayConfig | undefined): string[] {
  if (!gateway) return [];
  const { models, guardrails = [], rollout, edge } = gateway;
  return [
    // Without a kind nothing else can be read.
    ...models.flatMap(({ name, kind }) => wordProblem(`gateway.models.${name}.kind`, KINDS, kind ?? null)),
    ...guardrails.flatMap(({ name, kind }) => wordProblem(`gateway.guardrails.${name}.kind`, GUARDRAILS, kind ?? null)),
    ...wordProblem(
      'gateway.rollout.judgement.tooFewRequests',
      Object.values(TooFewRequests),
      rollout?.judgement?.tooFewRequests,
    ),
    ...(edge
      ? [
          ...wordProblem('gateway.edge.exposure', Object.values(EdgeExposure), edge.exposure),
          ...(edge.authentication
            ? wordProblem('gateway.edge.authentication.kind', AUTHENTICATIONS, edge.authentication.kind ?? null)
            : []),
          ...Object.entries(edge.firewall?.ruleActions ?? {}).flatMap(([rule, action]) =>
            wordProblem(`gateway.edge.firewall.ruleActions.${rule}`, Object.values(FirewallAction), action),
          ),
        ]
      : []),
  ];
}
