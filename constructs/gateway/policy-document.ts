import { fallbacksOf } from '../model-providers/fallback-chain';
import { ModelEndpointKind } from '../model-providers/model-endpoint';
import { type GatewayModel, type GatewayOptions } from './gateway-options';
import { GuardrailAction } from './guardrail';
import { type Tenant, TenantCache } from './tenant';

/** Time for which the policy program waits for Redis, seconds: a request of a tenant with a budget is refused after it. */
const REDIS_TIMEOUT_SECONDS = 0.5;

/**
 * What the policy program reads, version 1: `llm_gateway/config.py` refuses what it does not know. Limits that are not given are left out, and
 * are none.
 *
 * @returns JSON
 */
export function policyText(
  { models, tenants, guardrails = [] }: Pick<GatewayOptions, 'models' | 'tenants' | 'guardrails'>,
  limits: { readonly maxBodyBytes: number; readonly requestTimeoutSeconds: number },
): string {
  return JSON.stringify(
    {
      version: 1,
      ...limits,
      redis: { timeoutSeconds: REDIS_TIMEOUT_SECONDS },
      models: models.map(modelOf),
      tenants: tenants.map(tenantOf),
      guardrails: guardrails.map(({ name, kind, _settings }) => ({ ..._settings, name, kind })),
    },
    undefined,
    2,
  );
}

function modelOf({ endpoint, ...model }: GatewayModel): object {
  return {
    name: endpoint.modelName,
    selfHosted: endpoint.kind === ModelEndpointKind.SELF_HOSTED,
    inputUsdPerMillionTokens: model.inputUsdPerMillionTokens ?? 0,
    outputUsdPerMillionTokens: model.outputUsdPerMillionTokens ?? 0,
    maxInputTokens: model.maxInputTokens,
    maxOutputTokens: model.maxOutputTokens,
    fallbacks: fallbacksOf(endpoint).map(({ modelName }) => modelName),
    revision: model.revision,
  };
}

function tenantOf(tenant: Tenant): object {
  const { guardrails = [], cache = TenantCache.NONE, promptLogging = false, dedicated = false } = tenant;
  return {
    name: tenant.name,
    models: tenant.models,
    requestsPerMinute: tenant.requestsPerMinute,
    tokensPerMinute: tenant.tokensPerMinute,
    budgetUsdPerMonth: tenant.budgetUsdPerMonth,
    guardrails: guardrails.map(({ name, action = GuardrailAction.BLOCK }) => ({ name, action })),
    cache,
    promptLogging,
    dedicated,
  };
}
