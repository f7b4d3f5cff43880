import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { type IModelEndpoint } from './model-endpoint';

/** What every model behind an API of somebody else has in common. */
export interface ProvidedModelOptions {
  /** Name by which callers ask for the model. */
  readonly modelName: string;

  /** The provider's name of the model. */
  readonly model: string;

  /**
   * Field of the secret that holds the key, when it is a JSON object.
   *
   * @default - the whole secret is the key
   */
  readonly secretField?: string;

  /**
   * Model that is asked when this one fails.
   *
   * @default - none
   */
  readonly fallback?: IModelEndpoint;
}

/** What every model of a provider with accounts has in common. */
export interface ExternalModelOptions extends ProvidedModelOptions {
  /** Secret with the key of the account at the provider. */
  readonly secret: secretsmanager.ISecret;
}

/** A deployment of Azure OpenAI. */
export interface AzureOpenAiOptions extends ExternalModelOptions {
  /** Name of the resource: the first label of its host, `<resource>.openai.azure.com`. */
  readonly resourceName: string;

  /**
   * Version of the API: `v1`, or a date such as `2024-10-21`.
   *
   * @default 'v1'
   */
  readonly apiVersion?: string;
}

/** An endpoint of Hugging Face Inference Endpoints. */
export interface HuggingFaceEndpointOptions extends ExternalModelOptions {
  /** Address of the endpoint, `https://<id>.<region>.<cloud>.endpoints.huggingface.cloud`. */
  readonly url: string;
}

/** A model behind an OpenAI-compatible API. */
export interface OpenAiCompatibleOptions extends ProvidedModelOptions {
  /** Base URL, to which `/chat/completions` is appended, such as `https://llm.example.com/v1`. */
  readonly url: string;

  /**
   * Secret with the key.
   *
   * @default - none, which only a Service of the cluster or a loopback address may do without
   */
  readonly secret?: secretsmanager.ISecret;
}
