import { fallbackProblems, fallbacksOf } from './fallback-chain';
import { type EgressDestination, type IAwsModelEndpoint, type IModelEndpoint, type RoutedKey } from './model-endpoint';

/** What a gateway is told of models. */

/** The models with their fallbacks, each once, in the order in which they were given. */
export function withFallbacks(models: readonly IModelEndpoint[]): IModelEndpoint[] {
  return [...new Set(models.flatMap((model) => [model, ...fallbacksOf(model)]))];
}

/** What is wrong with the models of a gateway and their fallbacks, one problem per line; empty when nothing is. */
export function routeProblems(models: readonly IModelEndpoint[]): string[] {
  return [
    ...new Set([
      ...(models.length === 0
        ? ['models: expected at least one, got none; a gateway without models answers nothing']
        : []),
      ...models.flatMap((model) => fallbackProblems(model.modelName, model.fallback)),
      ...sameNames(withFallbacks(models)),
    ]),
  ];
}

/** Keys that a gateway needs. */
export function routedKeys(endpoints: readonly IModelEndpoint[]): RoutedKey[] {
  return endpoints.flatMap(({ modelName, apiKey }) => (apiKey ? [{ variable: variableOf(modelName), apiKey }] : []));
}

/** What a gateway must be able to reach, each once. */
export function routedEgress(endpoints: readonly IModelEndpoint[]): EgressDestination[] {
  return [
    ...new Map(
      endpoints
        .flatMap(({ egress }) => egress)
        .map((destination) => [`${destination.host}:${destination.port}`, destination]),
    ).values(),
  ];
}

/** `litellm_params` of a model. */
export function liteLlmParameters({ modelName, route, apiKey }: IModelEndpoint): Record<string, unknown> {
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

/** `router_settings.fallbacks` of models: the whole chain of each. */
export function liteLlmFallbacks(endpoints: readonly IModelEndpoint[]): Record<string, string[]>[] {
  return endpoints.flatMap((endpoint) => {
    const names = fallbacksOf(endpoint).map(({ modelName }) => modelName);
    return names.length > 0 ? [{ [endpoint.modelName]: names }] : [];
  });
}

/** Whether identities call a model by their rights at AWS. */
export function isAtAws(endpoint: IModelEndpoint): endpoint is IAwsModelEndpoint {
  return 'grantInvoke' in endpoint;
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
