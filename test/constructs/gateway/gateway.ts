import { Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { App } from 'cdk8s';
import type { PodSpec } from 'kubernetes-types/core/v1';
import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1';
import { GatewayChart } from '../../../constructs/gateway/gateway-chart';
import { type GatewayModel, type GatewayOptions } from '../../../constructs/gateway/gateway-options';
import { resolveGateway } from '../../../constructs/gateway/resolve-gateway';
import { type Tenant } from '../../../constructs/gateway/tenant';
import { ExternalModel, type IModelEndpoint } from '../../../constructs/model-providers';
import { type ArgoStrategy } from '../../../constructs/rollout/argo-types';
import { testApp } from '../../support/app';

export const IMAGE = 'registry.example/llm-gateway:1.0.0';

export const stack = new Stack(testApp(), 'Gateway', { env: { account: '111111111111', region: 'us-east-1' } });

const secrets = new Map<string, secretsmanager.ISecret>();

/** The secret of a name, the same one each time. */
export function secretOf(name: string): secretsmanager.ISecret {
  const known = secrets.get(name) ?? secretsmanager.Secret.fromSecretNameV2(stack, `Secret-${name}`, name);
  secrets.set(name, known);
  return known;
}

/** A model of OpenAI, with a fallback if one is given. */
export function openAi(modelName: string, fallback?: IModelEndpoint): ExternalModel {
  return ExternalModel.openAi({ modelName, model: 'gpt-4.1', secret: secretOf('openai'), fallback });
}

/** A model that somebody serves in the cluster. */
export function inCluster(modelName: string, url = `http://${modelName}.models.svc:8000/v1`): ExternalModel {
  return ExternalModel.openAiCompatible({ modelName, model: modelName, url });
}

/** A model with limits and prices. */
export function modelOf(endpoint: IModelEndpoint, overrides: Partial<GatewayModel> = {}): GatewayModel {
  return {
    endpoint,
    maxInputTokens: 16_384,
    maxOutputTokens: 4096,
    inputUsdPerMillionTokens: 0.2,
    outputUsdPerMillionTokens: 0.6,
    ...overrides,
  };
}

/** A tenant with limits. */
export function tenantOf(name: string, overrides: Partial<Tenant> = {}): Tenant {
  return {
    name,
    models: ['chat'],
    keySecret: secretOf(`${name}-key`),
    requestsPerMinute: 60,
    tokensPerMinute: 100_000,
    ...overrides,
  };
}

/** Options of a valid gateway. */
export function gatewayOptions(overrides: Partial<GatewayOptions> = {}): GatewayOptions {
  return {
    models: [modelOf(inCluster('chat'))],
    tenants: [tenantOf('search')],
    redis: { host: 'redis.cache.svc' },
    image: IMAGE,
    ...overrides,
  };
}

/** What is wrong with a gateway. */
export function problemsOf(overrides: Partial<GatewayOptions> = {}): string[] {
  return resolveGateway(gatewayOptions(overrides)).problems;
}

/** A rendered object. */
export interface Rendered {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
}

interface Kinds {
  ConfigMap: { data: Record<string, string> };
  NetworkPolicy: { spec: NetworkPolicySpec };
  Rollout: {
    spec: {
      replicas: number;
      strategy: ArgoStrategy;
      template: { metadata: { labels: Record<string, string> }; spec: PodSpec };
    };
  };
  HorizontalPodAutoscaler: { spec: unknown };
  PodDisruptionBudget: { spec: unknown };
  PodMonitor: { spec: { podMetricsEndpoints: unknown[] } };
  AnalysisTemplate: { spec: { metrics: { name: string; provider: { prometheus?: { query: string } } }[] } };
}

/** The rendered objects of a gateway; an error where something is wrong with it. */
export function render(overrides: Partial<GatewayOptions> = {}): Rendered[] {
  const { gateway, problems } = resolveGateway(gatewayOptions(overrides));
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return new GatewayChart(new App(), 'gateway', gateway).toJson() as Rendered[];
}

/** The first object of a kind. */
export function find<K extends keyof Kinds>(objects: readonly unknown[], kind: K): Rendered & Kinds[K] {
  const found = (objects as Rendered[]).find((object) => object.kind === kind);
  if (!found) throw new Error(`no ${kind} among ${(objects as Rendered[]).map((object) => object.kind).join(', ')}`);
  return found as Rendered & Kinds[K];
}

/** A file of the configuration, parsed. */
export function fileOf(overrides: Partial<GatewayOptions>, name: string): Record<string, never> {
  return JSON.parse(find(render(overrides), 'ConfigMap').data[name]) as Record<string, never>;
}
