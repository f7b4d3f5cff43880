import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

/** Who runs a model. */
export enum ModelEndpointKind {
  /** This platform, on a cluster. */
  SELF_HOSTED = 'self-hosted',
  /** Amazon SageMaker, on instances of the account. */
  SAGEMAKER = 'sagemaker',
  /** Amazon Bedrock. */
  BEDROCK = 'bedrock',
  /** OpenAI. */
  OPENAI = 'openai',
  /** Anthropic. */
  ANTHROPIC = 'anthropic',
  /** Azure OpenAI. */
  AZURE_OPENAI = 'azure-openai',
  /** Hugging Face Inference Endpoints. */
  HUGGING_FACE = 'hugging-face',
  /** Anyone with an OpenAI-compatible API. */
  OPENAI_COMPATIBLE = 'openai-compatible',
}

/** Where a destination lies. */
export enum EgressReach {
  /** In the cluster of the callers, or on their own machine. */
  CLUSTER = 'cluster',
  /** At AWS: through an interface endpoint of the VPC, or else over the internet. */
  AWS = 'aws',
  /** On the internet. */
  INTERNET = 'internet',
}

/**
 * A place that callers of a model must be able to reach.
 *
 * NetworkPolicy knows addresses and labels, and no names. A host is for what does: the policies of Cilium and Calico, a
 * proxy, or AWS Network Firewall. With NetworkPolicy alone, pods with a destination on the internet need port 443 of every address.
 */
export interface EgressDestination {
  /** Name of the host, without wildcards. */
  readonly host: string;

  /** TCP port. */
  readonly port: number;

  /** Where it lies. */
  readonly reach: EgressReach;
}

/** The key that a model asks its callers for. Its value is never read here. */
export interface ModelApiKey {
  /** The secret that holds the key. */
  readonly secret: secretsmanager.ISecret;

  /**
   * Field of the secret, when it is a JSON object.
   *
   * @default - the whole secret is the key
   */
  readonly field?: string;
}

/** A key that the gateway needs, and where it looks for it. */
export interface RoutedKey {
  /** Environment variable of the gateway. */
  readonly variable: string;

  /** Where the key is kept. */
  readonly apiKey: ModelApiKey;
}

/** How a gateway calls a model, in the words of LiteLLM. */
export interface ModelRoute {
  /** Provider and model, such as `bedrock/us.amazon.nova-pro-v1:0`. */
  readonly model: string;

  /**
   * Base URL.
   *
   * @default - the provider's own
   */
  readonly apiBase?: string;

  /**
   * Version of the API.
   *
   * @default - the provider has one only
   */
  readonly apiVersion?: string;

  /**
   * AWS region that is called.
   *
   * @default - not at AWS
   */
  readonly region?: string;

  /**
   * What is called in the place of the model, such as the ARN of an application inference profile.
   *
   * @default - the model
   */
  readonly modelId?: string;

  /**
   * Name of the model in the body of requests, where it is another one.
   *
   * @default - the model
   */
  readonly servedModelName?: string;

  /**
   * Guardrail of Bedrock that every request passes.
   *
   * @default - none
   */
  readonly guardrailIdentifier?: string;

  /**
   * Version of the guardrail.
   *
   * @default - no guardrail
   */
  readonly guardrailVersion?: string;
}

/**
 * A model that can be asked, whoever runs it.
 *
 * `ModelService`, `SageMakerModel`, `BedrockModel` and `ExternalModel` are models of this kind.
 */
export interface IModelEndpoint {
  /** Name by which callers ask for it. */
  readonly modelName: string;

  /** Who runs it. */
  readonly kind: ModelEndpointKind;

  /** How a gateway calls it. */
  readonly route: ModelRoute;

  /** What its callers must be able to reach. */
  readonly egress: EgressDestination[];

  /** The key that it asks for; undefined where identity or network decide who may call. */
  readonly apiKey?: ModelApiKey;

  /** The model that is asked when this one fails; it may have one of its own. */
  readonly fallback?: IModelEndpoint;
}

/**
 * A model that identities call by their rights at AWS: `SageMakerModel` and `BedrockModel`.
 *
 * Of other models, those with an `apiKey` are called by whoever may read it (`apiKey.secret.grantRead`), those on a cluster by whom their
 * network policy lets in.
 */
export interface IAwsModelEndpoint extends IModelEndpoint {
  /**
   * Lets an identity call the model.
   *
   * @param grantee identity of the callers, such as that of a gateway
   */
  grantInvoke(grantee: iam.IGrantable): iam.Grant;
}
