import type { Construct } from 'constructs';
import {
  BedrockModel,
  EgressReach,
  ExternalModel,
  type IModelEndpoint,
  InferenceProfile,
  ModelEndpointKind,
} from '../../../constructs/model-providers';
import { chainProblems, fallbacksOf } from '../../../constructs/model-providers/fallback-chain';
import { MODEL_NAMESPACE } from '../../../constructs/models/names';
import type { GatewayModelConfig } from './gateway-config';
import { namedSecret, secretNameProblems } from './named-secret';

/** Port of engines. */
const ENGINE_PORT = 8000;

/**
 * The models of a gateway, in their order. In the place of one that cannot be made is one that hides nothing of the rest.
 *
 * @param scope gets what is made for models at AWS, and the secrets that are named
 * @param served names of the models of the environment
 * @param problems gets what is wrong with them
 */
export function gatewayEndpoints(
  models: readonly GatewayModelConfig[],
  scope: Construct,
  served: readonly string[],
  problems: string[],
): IModelEndpoint[] {
  const chained = chainsOf(models, problems);
  const made = new Map<string, IModelEndpoint>();
  const make = (model: GatewayModelConfig): IModelEndpoint => {
    const fallback = chained.has(model.name) ? models.find(({ name }) => name === model.fallback) : undefined;
    return endpointOf(model, fallback && endpoint(fallback), { scope, served, problems });
  };
  const endpoint = (model: GatewayModelConfig): IModelEndpoint => {
    if (!made.has(model.name)) made.set(model.name, make(model));
    return made.get(model.name)!;
  };
  return models.map((model) =>
    // A second one of the name is reported as such.
    models.find(({ name }) => name === model.name) === model ? endpoint(model) : inCluster(model.name),
  );
}

/** Names of the models whose fallbacks can be made. */
function chainsOf(models: readonly GatewayModelConfig[], problems: string[]): ReadonlySet<string> {
  const names = models.map(({ name }) => name);
  const links = new Map<string, IModelEndpoint & { fallback?: IModelEndpoint }>(
    names.map((name) => [name, { ...inCluster(name) }]),
  );
  for (const { name, fallback } of models) if (fallback !== undefined) links.get(name)!.fallback = links.get(fallback);
  const inCycle = new Set<string>();
  const right = models.filter(({ name, fallback }) => {
    const own = links.get(name)!;
    const next = fallbacksOf(own);
    const cyclic = next.at(-1)?.fallback ?? (next.length === 0 ? own.fallback : undefined);
    const wrong =
      fallback !== undefined && !names.includes(fallback)
        ? [
            `fallback: expected a name among models of the gateway (${names.join(', ')}), got ${JSON.stringify(fallback)}; correct it, or add it there`,
          ]
        : chainProblems(name, own.fallback);
    // A cycle is reported once: not by those that lead into it, nor by each that is in it.
    if (!cyclic || (cyclic === own && !inCycle.has(name)))
      problems.push(...wrong.map((problem) => `models.${name}.${problem}`));
    if (cyclic === own) [own, ...next].forEach(({ modelName }) => inCycle.add(modelName));
    return wrong.length === 0;
  });
  return new Set(right.map(({ name }) => name));
}

interface Making {
  readonly scope: Construct;
  readonly served: readonly string[];
  readonly problems: string[];
}

function endpointOf(
  config: GatewayModelConfig,
  fallback: IModelEndpoint | undefined,
  { scope, served, problems }: Making,
): IModelEndpoint {
  const { name } = config;
  const path = `models.${name}`;
  const stand = inCluster(name, fallback);
  if (config.kind === 'self-hosted') {
    if (!served.includes(name))
      problems.push(
        `${path}: expected the name of a model of the environment (${served.join(', ') || 'none'}), got ${JSON.stringify(name)}; correct it, or give the kind of its provider`,
      );
    return stand;
  }
  const asked = config.kind === 'bedrock' ? undefined : config.secret;
  const noSecret =
    asked === undefined && (config.kind === 'openai-compatible' || config.kind === 'bedrock')
      ? []
      : secretNameProblems(`${path}.secret`, asked);
  if (noSecret.length > 0) {
    problems.push(...noSecret);
    return stand;
  }
  const secret = asked === undefined ? undefined : namedSecret(scope, asked);
  try {
    return providedBy(config, fallback, scope, secret);
  } catch (error) {
    // A model is refused by an error whose lines after the first are what is wrong with it; one with a single line says it there.
    const [first, ...lines] = (error as Error).message.split('\n');
    problems.push(...(lines.length > 0 ? lines : [first]).map((line) => `${path}.${line.trim()}`));
    return stand;
  }
}

function providedBy(
  config: Exclude<GatewayModelConfig, { kind: 'self-hosted' }>,
  fallback: IModelEndpoint | undefined,
  scope: Construct,
  secret: ReturnType<typeof namedSecret> | undefined,
): IModelEndpoint {
  const modelName = config.name;
  switch (config.kind) {
    case 'bedrock':
      return new BedrockModel(scope, `Model-${modelName}`, {
        modelName,
        profile: InferenceProfile.fromProfileId(config.model),
        costTags: config.costTags,
        guardrail: config.guardrail,
        fallback,
      });
    case 'openai-compatible': {
      const { model, url, secretField } = config;
      return ExternalModel.openAiCompatible({ modelName, model, url, secret, secretField, fallback });
    }
    case 'azure-openai': {
      const { model, resourceName, apiVersion, secretField } = config;
      return ExternalModel.azureOpenAi({
        modelName,
        model,
        resourceName,
        apiVersion,
        secret: secret!,
        secretField,
        fallback,
      });
    }
    default: {
      const options = { modelName, model: config.model, secret: secret!, secretField: config.secretField, fallback };
      return config.kind === 'openai' ? ExternalModel.openAi(options) : ExternalModel.anthropic(options);
    }
  }
}

/**
 * A model of the environment as `ModelService` says how it is called. Fallbacks are the gateway's: the stack of a model, which comes before that of
 * the gateway, knows none of them.
 */
function inCluster(modelName: string, fallback?: IModelEndpoint): IModelEndpoint {
  const host = `${modelName}.${MODEL_NAMESPACE}.svc`;
  return {
    modelName,
    kind: ModelEndpointKind.SELF_HOSTED,
    route: { model: `hosted_vllm/${modelName}`, apiBase: `http://${host}:${ENGINE_PORT}/v1` },
    egress: [{ host, port: ENGINE_PORT, reach: EgressReach.CLUSTER }],
    fallback,
  };
}
