import type { Duration, Size } from 'aws-cdk-lib';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { type IModelEndpoint } from '../model-providers/model-endpoint';
import { type RolloutStrategy } from '../rollout/rollout-strategy';
import { type IGatewayEngine } from './gateway-engine';
import { type Guardrail } from './guardrail';
import { type Tenant } from './tenant';

/** A model behind a gateway, with what it costs and takes. */
export interface GatewayModel {
  /** The model. Its fallbacks are named among the models of the gateway too. */
  readonly endpoint: IModelEndpoint;

  /** Most tokens of a request's input. */
  readonly maxInputTokens: number;

  /** Most tokens of an answer, 0 for a model that only embeds: what is reserved of a budget where a request does not say how many it wants. */
  readonly maxOutputTokens: number;

  /**
   * Price of the input, USD a million tokens.
   *
   * @default 0, which a tenant with a budget may not use
   */
  readonly inputUsdPerMillionTokens?: number;

  /**
   * Price of the output, USD a million tokens.
   *
   * @default 0, which a tenant with a budget may not use
   */
  readonly outputUsdPerMillionTokens?: number;

  /**
   * Longest wait for the model's answer, or for the next piece of one that is streamed, in whole seconds; then its fallback is asked.
   *
   * @default - `requestTimeout` of the gateway
   */
  readonly timeout?: Duration;

  /**
   * Revision, for the header `x-llm-revision` of answers.
   *
   * @default - what the model itself says, if it does
   */
  readonly revision?: string;
}

/** The Redis that holds limits, budgets and cached answers. Budgets are money: it has persistence or a replica. */
export interface GatewayRedis {
  /** Name of the host: `<service>.<namespace>.svc` in the cluster, or that of ElastiCache, which may be a deploy-time value. */
  readonly host: string;

  /**
   * TCP port.
   *
   * @default 6379
   */
  readonly port?: number;

  /**
   * Encrypt the connection.
   *
   * @default true
   */
  readonly tls?: boolean;

  /**
   * Secret with the password: letters, digits, `-` and `_`, because it becomes part of an address.
   *
   * @default - no password
   */
  readonly passwordSecret?: secretsmanager.ISecret;

  /**
   * Field of the secret, when it is a JSON object.
   *
   * @default - the whole secret
   */
  readonly passwordSecretField?: string;

  /**
   * IPv4 ranges in which a Redis outside the cluster is, such as those of its subnets.
   *
   * @default - all private ranges, at its port alone
   */
  readonly ipv4Ranges?: string[];
}

/** When a model that fails is left alone for a while. One without a fallback is asked all the same. */
export interface CircuitBreaker {
  /**
   * Failures within a minute that are tolerated.
   *
   * @default 3
   */
  readonly allowedFailures?: number;

  /**
   * Time for which the model is not asked, in whole seconds.
   *
   * @default Duration.seconds(30)
   */
  readonly cooldown?: Duration;
}

/** Who may reach a gateway: pods by their labels, or addresses, such as those of a load balancer's subnets. */
export interface GatewayCaller {
  /**
   * Labels of the callers' namespaces.
   *
   * @default - the namespace of the gateway
   */
  readonly namespaceLabels?: { [key: string]: string };

  /**
   * Labels of the calling pods.
   *
   * @default - every pod of those namespaces
   */
  readonly podLabels?: { [key: string]: string };

  /**
   * IPv4 ranges of callers that are no pods, in the place of labels.
   *
   * @default - pods
   */
  readonly ipv4Ranges?: string[];

  /**
   * Whether the callers look at the health of pods too, as load balancers do: on the port for probes.
   *
   * @default false
   */
  readonly healthChecks?: boolean;
}

/** How a gateway is run, wherever it is. */
export interface GatewayOptions {
  /** Every model that the gateway knows, fallbacks of others among them. */
  readonly models: GatewayModel[];

  /** Who may ask. */
  readonly tenants: Tenant[];

  /**
   * Guardrails that tenants have.
   *
   * @default - none
   */
  readonly guardrails?: Guardrail[];

  /** Where limits, budgets and cached answers are kept. */
  readonly redis: GatewayRedis;

  /** Image with the engine and the policy program, built from `gateway/Dockerfile`. */
  readonly image: string;

  /**
   * The program that calls models.
   *
   * @default GatewayEngine.liteLlm()
   */
  readonly engine?: IGatewayEngine;

  /**
   * Namespace, which the gateway has for itself: a label of DNS.
   *
   * @default 'gateway'
   */
  readonly namespace?: string;

  /**
   * Fewest replicas, at least 2: one takes up to 41 s to start.
   *
   * @default 2
   */
  readonly replicas?: number;

  /**
   * Most replicas. One serves 15 to 20 requests a second, and more are started above 60 % of its CPU.
   *
   * @default - four times `replicas`
   */
  readonly maxReplicas?: number;

  /**
   * How the gateway goes from one revision to the next.
   *
   * @default - a canary of two steps, judged by the share of its errors, refusals and unfinished answers
   */
  readonly rollout?: RolloutStrategy;

  /**
   * Who may reach the gateway.
   *
   * @default - nobody but those of `allowFrom`
   */
  readonly callers?: GatewayCaller[];

  /**
   * Longest time of a request, fallbacks and stream included, in whole seconds. What is in front of the gateway waits at least as long.
   *
   * @default Duration.minutes(10)
   */
  readonly requestTimeout?: Duration;

  /**
   * Largest body of a request.
   *
   * @default Size.mebibytes(1)
   */
  readonly maxBodySize?: Size;

  /**
   * When a model that fails is left alone.
   *
   * @default - after 3 failures, for 30 seconds
   */
  readonly circuitBreaker?: CircuitBreaker;

  /**
   * How long answers of tenants with a cache are kept, in whole seconds.
   *
   * @default Duration.hours(1)
   */
  readonly cacheTimeToLive?: Duration;

  /**
   * Refuse tenants without limits, as production does.
   *
   * @default false
   */
  readonly requireLimits?: boolean;

  /**
   * Refuse an image without a digest, as production does.
   *
   * @default false
   */
  readonly requireDigest?: boolean;

  /**
   * Names of Secrets with credentials for the registry of the image, in the namespace of the gateway.
   *
   * @default - none
   */
  readonly imagePullSecrets?: string[];

  /**
   * Address of Prometheus, as the rollout controller reaches it.
   *
   * @default - that of the platform, or 'http://prometheus.monitoring.svc:9090'
   */
  readonly prometheusAddress?: string;

  /**
   * Longest time from the start of a deployment until the gateway is rolled out.
   *
   * @default Duration.minutes(55)
   */
  readonly deadline?: Duration;
}
