import { isUnresolved } from '../checks/unresolved';
import { destinationOf, isLocalUrl, urlProblems } from './endpoint-url';
import {
  type AzureOpenAiOptions,
  type ExternalModelOptions,
  type HuggingFaceEndpointOptions,
  type OpenAiCompatibleOptions,
} from './external-model-options';
import { fallbackProblems } from './fallback-chain';
import {
  type EgressDestination,
  type IModelEndpoint,
  type ModelApiKey,
  ModelEndpointKind,
  type ModelRoute,
} from './model-endpoint';

const HUGGING_FACE_DOMAIN = '.endpoints.huggingface.cloud';

interface Definition {
  readonly kind: ModelEndpointKind;
  readonly options: OpenAiCompatibleOptions;
  /** Provider of LiteLLM. */
  readonly provider: string;
  readonly apiVersion?: string;
  readonly problems?: readonly string[];
}

/**
 * A model that somebody else runs, behind a key.
 *
 * Nothing is created for it. Whoever may read the key may call it: `apiKey.secret.grantRead`. There is no metric of it at AWS: what its callers see of it is measured by the gateway.
 *
 * @example
 * const spare = ExternalModel.openAi({ modelName: 'spare', model: 'gpt-4.1', secret });
 */
export class ExternalModel implements IModelEndpoint {
  /** A model of OpenAI. */
  public static openAi(options: ExternalModelOptions): ExternalModel {
    return new ExternalModel({
      kind: ModelEndpointKind.OPENAI,
      options: { ...options, url: 'https://api.openai.com/v1' },
      provider: 'openai',
    });
  }

  /** A model of Anthropic, called by its own Messages API. */
  public static anthropic(options: ExternalModelOptions): ExternalModel {
    return new ExternalModel({
      kind: ModelEndpointKind.ANTHROPIC,
      options: { ...options, url: 'https://api.anthropic.com' },
      provider: 'anthropic',
    });
  }

  /** A deployment of Azure OpenAI; `model` is the deployment's name. Other clouds of Azure have other hosts: `openAiCompatible` takes them. */
  public static azureOpenAi(options: AzureOpenAiOptions): ExternalModel {
    const { resourceName, apiVersion = 'v1' } = options;
    const problems: string[] = [];
    if (!isUnresolved(resourceName) && !/^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$/i.test(resourceName)) {
      problems.push(
        `resourceName: expected the first label of the resource's host, got ${JSON.stringify(resourceName)}; of https://mine.openai.azure.com it is mine`,
      );
    }
    if (!isUnresolved(apiVersion) && !/^(v1|\d{4}-\d{2}-\d{2}(-preview)?)$/.test(apiVersion)) {
      problems.push(
        `apiVersion: expected v1 or a date such as 2024-10-21, got ${JSON.stringify(apiVersion)}; take one from the provider's list`,
      );
    }
    return new ExternalModel({
      kind: ModelEndpointKind.AZURE_OPENAI,
      options: { ...options, url: `https://${problems.length > 0 ? 'resource' : resourceName}.openai.azure.com` },
      provider: 'azure',
      apiVersion,
      problems,
    });
  }

  /** An endpoint of Hugging Face Inference Endpoints. */
  public static huggingFaceEndpoint(options: HuggingFaceEndpointOptions): ExternalModel {
    const url = options.url.replace(/\/+$/, '');
    const host = urlProblems('url', url).length > 0 ? undefined : destinationOf(url).host;
    return new ExternalModel({
      kind: ModelEndpointKind.HUGGING_FACE,
      options: { ...options, url: url.endsWith('/v1') ? url : `${url}/v1` },
      provider: 'openai',
      problems:
        host === undefined || isUnresolved(host) || host.endsWith(HUGGING_FACE_DOMAIN)
          ? []
          : [
              `url: expected a host under ${HUGGING_FACE_DOMAIN}, got ${JSON.stringify(host)}; copy the address of the endpoint, or use openAiCompatible`,
            ],
    });
  }

  /** A model behind any OpenAI-compatible API. */
  public static openAiCompatible(options: OpenAiCompatibleOptions): ExternalModel {
    return new ExternalModel({
      kind: ModelEndpointKind.OPENAI_COMPATIBLE,
      options,
      // The one sends a request without a key, the other refuses to.
      provider: options.secret === undefined ? 'hosted_vllm' : 'openai',
    });
  }

  public readonly modelName: string;
  public readonly kind: ModelEndpointKind;
  public readonly route: ModelRoute;
  public readonly egress: EgressDestination[];
  public readonly apiKey?: ModelApiKey;
  public readonly fallback?: IModelEndpoint;

  private constructor({ kind, options, provider, apiVersion, problems = [] }: Definition) {
    const { modelName, model, url, secret, secretField, fallback } = options;
    const found = [
      ...problems,
      ...fallbackProblems(modelName, fallback),
      ...urlProblems('url', url),
      ...keyProblems(options),
    ];
    if (!isUnresolved(model) && !/^[\w.:@/-]+$/.test(model)) {
      found.push(
        `model: expected the provider's name of a model, got ${JSON.stringify(model)}; copy it from the provider's list`,
      );
    }
    if (found.length > 0) throw new Error(`${kind} model ${JSON.stringify(modelName)}:\n  ${found.join('\n  ')}`);
    this.modelName = modelName;
    this.kind = kind;
    this.route = { model: `${provider}/${model}`, apiBase: url, apiVersion };
    this.egress = [destinationOf(url)];
    this.apiKey = secret && { secret, field: secretField };
    this.fallback = fallback;
  }
}

function keyProblems({ secret, secretField, url }: OpenAiCompatibleOptions): string[] {
  if (secret === undefined && !isLocalUrl(url)) {
    return [
      'secret: expected a secret with the key of the provider, got none; only a Service of the cluster or a loopback address may be called without one',
    ];
  }
  if (secretField !== undefined && (secret === undefined || secretField === '')) {
    return [
      `secretField: expected a field of the secret, got ${JSON.stringify(secretField)}${secret ? '' : ' without a secret'}; leave it out when the secret is the key itself`,
    ];
  }
  return [];
}
