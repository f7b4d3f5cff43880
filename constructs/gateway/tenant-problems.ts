import { deployTimeProblems, isUnresolved } from '../checks/unresolved';
import { EgressReach, type IModelEndpoint, ModelEndpointKind } from '../model-providers/model-endpoint';
import { type GatewayModel, type GatewayOptions } from './gateway-options';
import { type Tenant } from './tenant';

/** A name that is legal in a key of Redis, as an entry of a Secret and as a label of a metric. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** What is wrong with the tenants of a gateway and with their guardrails, one problem per line; empty when nothing is. */
export function tenantProblems(options: GatewayOptions): string[] {
  const { tenants, guardrails = [] } = options;
  return [
    ...(tenants.length === 0
      ? ['tenants: expected at least one, got none; without a tenant every request is refused']
      : []),
    ...tenants.flatMap((tenant) => [
      ...nameProblems(`tenants.${tenant.name}.name`, tenant.name),
      ...limitProblems(tenant, options),
      ...referenceProblems(tenant, options),
    ]),
    ...twice(tenants.map(({ name }) => name)).map(
      (name) =>
        `tenants: expected one tenant by the name ${JSON.stringify(name)}, got two; they would share limits and budget, rename one`,
    ),
    ...keyProblems(tenants),
    ...guardrails.flatMap(({ name }) => nameProblems(`guardrails.${name}.name`, name)),
    ...twice(guardrails.map(({ name }) => name)).map(
      (name) => `guardrails: expected one guardrail by the name ${JSON.stringify(name)}, got two; rename one`,
    ),
    ...unusedGuardrails(options),
  ];
}

function nameProblems(option: string, name: string): string[] {
  if (isUnresolved(name))
    return [
      `${option.split('.')[0]}: expected names that are known at synth, got a deploy-time value; write the name itself`,
    ];
  return NAME.test(name)
    ? []
    : [
        `${option}: expected lower-case letters, digits and hyphens, at most 63, got ${JSON.stringify(name)}; rename it, it stands in keys of Redis and in metrics`,
      ];
}

function limitProblems(tenant: Tenant, { models, requireLimits }: GatewayOptions): string[] {
  const path = `tenants.${tenant.name}`;
  const { requestsPerMinute, tokensPerMinute, budgetUsdPerMonth } = tenant;
  const limits = { requestsPerMinute, tokensPerMinute, budgetUsdPerMonth };
  const deployTime = deployTimeProblems(
    Object.fromEntries(Object.entries(limits).map(([limit, value]) => [`${path}.${limit}`, value])),
  );
  const usedModels = models.filter(({ endpoint }) => tenant.models.includes(endpoint.modelName));
  const missing = [
    ...(requestsPerMinute === undefined ? ['requestsPerMinute'] : []),
    ...(tokensPerMinute === undefined ? ['tokensPerMinute'] : []),
    ...(budgetUsdPerMonth === undefined && usedModels.some(({ endpoint }) => isCharged(endpoint))
      ? ['budgetUsdPerMonth']
      : []),
  ];
  return [
    ...deployTime,
    ...Object.entries({ requestsPerMinute, tokensPerMinute }).flatMap(([limit, value]) =>
      value === undefined || isUnresolved(value) || (Number.isInteger(value) && value >= 1)
        ? []
        : [`${path}.${limit}: expected a whole number from 1, got ${value}; leave the tenant out to refuse it`],
    ),
    ...(budgetUsdPerMonth === undefined || isUnresolved(budgetUsdPerMonth) || isAbove(budgetUsdPerMonth, 0)
      ? []
      : [
          `${path}.budgetUsdPerMonth: expected more than 0 USD, got ${budgetUsdPerMonth}; leave the tenant out to refuse it, or leave the budget out to spend without one`,
        ]),
    ...(requireLimits && missing.length > 0
      ? [
          `${path}: expected limits, as requireLimits asks for, got none for ${missing.join(', ')}; give ${missing.length === 1 ? 'it' : 'them'}, so that one tenant cannot use up what all share`,
        ]
      : []),
    ...(budgetUsdPerMonth === undefined ? [] : usedModels.flatMap((model) => priceProblems(tenant, model))),
  ];
}

/** Whether somebody else charges for the use of a model; nodes and instances are paid by the hour. */
function isCharged({ kind, egress }: IModelEndpoint): boolean {
  return kind === ModelEndpointKind.BEDROCK || egress.some(({ reach }) => reach === EgressReach.INTERNET);
}

/** A budget counts nothing on a model without a price. */
function priceProblems(tenant: Tenant, { endpoint, ...prices }: GatewayModel): string[] {
  const { inputUsdPerMillionTokens = 0, outputUsdPerMillionTokens = 0 } = prices;
  return isUnresolved(inputUsdPerMillionTokens) ||
    isUnresolved(outputUsdPerMillionTokens) ||
    inputUsdPerMillionTokens + outputUsdPerMillionTokens > 0
    ? []
    : [
        `models.${endpoint.modelName}: expected inputUsdPerMillionTokens and outputUsdPerMillionTokens, which the budget of the tenant ${JSON.stringify(tenant.name)} is counted with, got none; give the prices, of a model of your own what its nodes cost`,
      ];
}

function referenceProblems(tenant: Tenant, { models, guardrails = [] }: GatewayOptions): string[] {
  const path = `tenants.${tenant.name}`;
  const known = models.map(({ endpoint }) => endpoint.modelName);
  const checks = guardrails.map(({ name }) => name);
  const used = (tenant.guardrails ?? []).map(({ name }) => name);
  const unknown = (option: string, names: readonly string[], among: readonly string[]) =>
    names
      .filter((name) => !among.includes(name))
      .map((name) =>
        isUnresolved(name)
          ? `${path}.${option}: expected names that are known at synth, got a deploy-time value; write the name itself`
          : `${path}.${option}: expected names among ${option} of the gateway (${among.join(', ') || 'none'}), got ${JSON.stringify(name)}; correct it, or add it there`,
      );
  return [
    ...(tenant.models.length === 0
      ? [`${path}.models: expected at least one, got none; leave the tenant out to refuse it`]
      : []),
    ...unknown('models', tenant.models, known),
    ...unknown('guardrails', used, checks),
    ...twice(tenant.models).map((name) => `${path}.models: expected each model once, got ${name} twice; keep one`),
    ...twice(used).map((name) => `${path}.guardrails: expected each guardrail once, got ${name} twice; keep one`),
  ];
}

/** Whoever has the key of two tenants is one of them, and nobody knows which. */
function keyProblems(tenants: readonly Tenant[]): string[] {
  const keyOf = ({ keySecret, keySecretField = '' }: Tenant) => `${keySecret.secretArn} ${keySecretField}`;
  return twice(tenants.map(keyOf)).map((key) => {
    const names = tenants.filter((tenant) => keyOf(tenant) === key).map(({ name }) => JSON.stringify(name));
    return `tenants: expected a key of its own for each, got one secret for ${names.join(' and ')}; give each a secret, or a field of it`;
  });
}

function unusedGuardrails({ tenants, guardrails = [] }: GatewayOptions): string[] {
  const used = tenants.flatMap((tenant) => (tenant.guardrails ?? []).map(({ name }) => name));
  return guardrails
    .filter(({ name }) => !used.includes(name))
    .map(
      ({ name }) =>
        `guardrails.${name}: expected a tenant that has it, got none; give it to one, or take it off: it would look at nothing`,
    );
}

/** Values that are there more than once, each once. */
function twice(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

function isAbove(value: number, least: number): boolean {
  return Number.isFinite(value) && value > least;
}
