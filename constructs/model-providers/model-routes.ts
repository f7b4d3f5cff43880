import type * as iam from 'aws-cdk-lib/aws-iam';
import { type EgressDestination, type IModelEndpoint, type RoutedKey } from './model-endpoint';
import {
  isAtAws,
  liteLlmFallbacks,
  liteLlmParameters,
  routedEgress,
  routedKeys,
  routeProblems,
  withFallbacks,
} from './routed-models';

/**
 * The models that a gateway knows, each with its fallbacks, as the configuration of LiteLLM. `AiGateway` makes one itself.
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
    const problems = routeProblems(models);
    if (problems.length > 0) throw new Error(`model routes:\n  ${problems.join('\n  ')}`);
    this.endpoints = withFallbacks(models);
    this.apiKeys = routedKeys(this.endpoints);
    this.egress = routedEgress(this.endpoints);
  }

  /** Configuration of LiteLLM: `model_list`, and `router_settings.fallbacks` with the whole chain of each model. JSON, which YAML includes. */
  public configText(): string {
    return JSON.stringify(
      {
        model_list: this.endpoints.map((endpoint) => ({
          model_name: endpoint.modelName,
          litellm_params: liteLlmParameters(endpoint),
        })),
        router_settings: { fallbacks: liteLlmFallbacks(this.endpoints) },
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
    for (const { apiKey } of this.endpoints) apiKey?.secret.grantRead(grantee);
    this.grantInvokeAtAws(grantee);
  }

  /**
   * Lets an identity call the models at AWS alone: for a gateway that finds the keys of the others in Secrets of its cluster, and needs no
   * right to read them itself.
   *
   * @param grantee identity of the gateway
   */
  public grantInvokeAtAws(grantee: iam.IGrantable): void {
    for (const endpoint of this.endpoints) if (isAtAws(endpoint)) endpoint.grantInvoke(grantee);
  }
}
