import * as fs from 'node:fs';
import { GuardrailAction, TenantCache } from '../../../constructs/gateway';
import { wordProblem } from '../words';
import type { GatewayConfig, TenantConfig } from './gateway-config';
import { secretNameProblems } from './named-secret';

/** What is wrong with a value, one problem per line. */
type Check = (path: string, value: unknown) => string[];

const typed =
  (type: 'string' | 'number' | 'boolean'): Check =>
  (path, value) =>
    value === undefined || typeof value === type
      ? []
      : [`${path}: expected a ${type}, got ${JSON.stringify(value)}; correct it`];

const strings: Check = (path, value) =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')
    ? []
    : [`${path}: expected a list of names, got ${JSON.stringify(value)}; write it like ["chat"]`];

const guardrails: Check = (path, value) => {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(isObject))
    return [
      `${path}: expected a list of guardrails, got ${JSON.stringify(value)}; write each like { "name": "pii", "action": "mask" }`,
    ];
  return value.flatMap((guardrail, index) =>
    objectProblems(`${path}[${index}]`, guardrail, {
      name: typed('string'),
      action: (at, action) => wordProblem(at, Object.values(GuardrailAction), action),
    }),
  );
};

/** Every option of a tenant. A misspelled limit would be none. */
const TENANT: Readonly<Record<keyof TenantConfig, Check>> = {
  name: (path, value) => typed('string')(path, value ?? null),
  models: strings,
  keySecret: secretNameProblems,
  keySecretField: typed('string'),
  requestsPerMinute: typed('number'),
  tokensPerMinute: typed('number'),
  budgetUsdPerMonth: typed('number'),
  guardrails,
  cache: (path, value) => wordProblem(path, Object.values(TenantCache), value),
  promptLogging: typed('boolean'),
  dedicated: typed('boolean'),
};

/**
 * The tenants of a gateway, of its data or its file, that can be read.
 *
 * @param problems gets what is wrong with the others
 */
export function tenantsOf({ tenants, tenantsFile }: GatewayConfig, problems: string[]): TenantConfig[] {
  if ((tenants === undefined) === (tenantsFile === undefined)) {
    problems.push(`tenants: expected tenants or tenantsFile, got ${tenants ? 'both' : 'neither'}; give one of them`);
    return [];
  }
  const listed = tenants ?? readTenants(tenantsFile!, problems);
  return listed.filter((tenant: unknown, index): tenant is TenantConfig => {
    const name = isObject(tenant) && typeof tenant.name === 'string' ? tenant.name : undefined;
    // A tenant of a file is found by its place there.
    const path = tenants && name !== undefined ? `tenants.${name}` : `${tenants ? 'tenants' : tenantsFile}[${index}]`;
    const wrong = isObject(tenant)
      ? objectProblems(path, tenant, TENANT)
      : [`${path}: expected an object, got ${JSON.stringify(tenant)}; write the options of a tenant`];
    problems.push(...wrong);
    return wrong.length === 0;
  });
}

function readTenants(file: string, problems: string[]): unknown[] {
  const report = (got: string, advice: string): unknown[] => {
    problems.push(`tenantsFile: expected a JSON file with a list of tenants, got ${got}; ${advice}`);
    return [];
  };
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch {
    return report(`${JSON.stringify(file)}, which cannot be read`, "give a path from the project's folder");
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    // Messages of some versions repeat what they have read.
    const place = /position \d+|line \d+ column \d+/.exec((error as Error).message)?.[0];
    return report(
      `${JSON.stringify(file)}, which is no JSON${place === undefined ? '' : ` at ${place}`}`,
      'correct it',
    );
  }
  return Array.isArray(content)
    ? content
    : report(`${JSON.stringify(file)} with something else`, 'write it like [{ "name": "search", … }]');
}

function objectProblems(
  path: string,
  value: Readonly<Record<string, unknown>>,
  checks: Readonly<Record<string, Check>>,
): string[] {
  return [
    ...Object.keys(value)
      .filter((option) => !Object.hasOwn(checks, option))
      .map(
        (option) =>
          `${path}.${option}: expected one of ${Object.keys(checks).join(', ')}, got another option; correct its name`,
      ),
    ...Object.entries(checks).flatMap(([option, check]) => check(`${path}.${option}`, value[option])),
  ];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
