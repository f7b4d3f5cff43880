import type * as iam from 'aws-cdk-lib/aws-iam';
import { fallbackProblems, fallbacksOf } from './fallback-chain';
import {
  type EgressDestination,
  type IAwsModelEndpoint,
  type IModelEndpoint,
  type ModelApiKey,
} from './model-endpoint';

/** A key that the gateway needs, and where it looks for it. */
export interface RoutedKey {
  /** Environment variable of the gateway. */
  readonly variable: string;

  /** Where the key is kept. */
  readonly apiKey: ModelApiKey;
}

/**
 * The models that a gateway knows, each with its fallbacks, as the configuration of LiteLLM.
 *
 * @example
 * const routes = new ModelRoutes([chat]); // with the fallbacks of chat
 * const chart = new ModelRoutesChart(new App(), 'routes', { namespace: 'gateway', config: routes.configText() });
 */
export class ModelRoutes {
  /** Every model, fallbacks included, each once, in the order in which they were given. */
  public readonly endpoints: IModelEndpoint[];

  /** Keys that the gateway needs. */
  public readonly apiKeys: RoutedKey[];

  /** What the gateway must be able to reach, each once. */
  public readonly egress: EgressDestination[];

  /**
   * @param models models that callers ask for; their fallbacks come with them
   * @throws when chains of fallbacks come back, or two models bear one name; the error lists every problem.
   */
  constructor(models: IModelEndpoint[]) {
    const endpoints = [...new Set(models.flatMap((model) => [model, ...fallbacksOf(model)]))];
    const problems = [
      ...new Set([
        ...(models.length === 0
          ? ['models: expected at least one, got none; a gateway without models answers nothing']
          : []),
        ...models.flatMap((model) => fallbackProblems(model.modelName, model.fallback)),
        ...sameNames(endpoints),
      ]),
    ];
    if (problems.length > 0) throw new Error(`model routes:\n  ${problems.join('\n  ')}`);
    this.endpoints = endpoints;
    this.apiKeys = endpoints.flatMap(({ modelName, apiKey }) =>
      apiKey ? [{ variable: variableOf(modelName), apiKey }] : [],
    );
    this.egress = [
      ...new Map(
        endpoints
          .flatMap(({ egress }) => egress)
          .map((destination) => [`${destination.host}:${destination.port}`, destination]),
      ).values(),
    ];
  }

  /** Configuration of LiteLLM: `model_list`, and `router_settings.fallbacks` with the whole chain of each model. JSON, which YAML includes. */
  public configText(): string {
    return JSON.stringify(
      {
        model_list: this.endpoints.map((endpoint) => ({
          model_name: endpoint.modelName,
          litellm_params: parametersOf(endpoint),
        })),
        router_settings: {
          fallbacks: this.endpoints.flatMap((endpoint) => {
            const names = fallbacksOf(endpoint).map(({ modelName }) => modelName);
            return names.length > 0 ? [{ [endpoint.modelName]: names }] : [];
          }),
        },
      },
      undefined,
      2,
    );
  }

  /**
   * Lets an identity, that of the gateway, call the models at AWS and read the keys of the others. Models on a cluster let the gateway in by
   * their network policies (`callers` and `allowFrom` of `ModelService`).
   *
   * @param grantee identity of the gateway
   */
  public grantInvoke(grantee: iam.IGrantable): void {
    for (const endpoint of this.endpoints) {
      endpoint.apiKey?.secret.grantRead(grantee);
      if (isAtAws(endpoint)) endpoint.grantInvoke(grantee);
    }
  }
}

function isAtAws(endpoint: IModelEndpoint): endpoint is IAwsModelEndpoint {
  return 'grantInvoke' in endpoint;
}

function parametersOf({ modelName, route, apiKey }: IModelEndpoint): Record<string, unknown> {
  return {
    model: route.model,
    api_base: route.apiBase,
    api_version: route.apiVersion,
    // LiteLLM reads it from its environment; the value stands in no configuration.
    api_key: apiKey && `os.environ/${variableOf(modelName)}`,
    aws_region_name: route.region,
    model_id: route.modelId,
    hf_model_name: route.servedModelName,
    guardrailConfig: route.guardrailIdentifier && {
      guardrailIdentifier: route.guardrailIdentifier,
      guardrailVersion: route.guardrailVersion,
    },
  };
}

function variableOf(modelName: string): string {
  return `MODEL_KEY_${modelName.toUpperCase().replace(/[.-]/g, '_')}`;
}

/** Models of one name would be one to a gateway, which would spread requests over them. */
function sameNames(endpoints: readonly IModelEndpoint[]): string[] {
  const problems: string[] = [];
  const seen = new Map<string, string>();
  for (const { modelName } of endpoints) {
    const variable = variableOf(modelName);
    const other = seen.get(variable);
    if (other !== undefined) {
      problems.push(
        other === modelName
          ? `models: expected one model by the name ${JSON.stringify(modelName)}, got two; a gateway would spread requests over them, rename one`
          : `models: expected names that differ in more than . and -, got ${JSON.stringify(other)} and ${JSON.stringify(modelName)}; their keys would share a variable, rename one`,
      );
    }
    seen.set(variable, modelName);
  }
  return problems;
}
