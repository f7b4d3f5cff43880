import { fallbacksOf } from '../model-providers/fallback-chain';
import { liteLlmFallbacks, liteLlmParameters } from '../model-providers/routed-models';
import {
  type GatewayEngineBindOptions,
  type GatewayEngineConfig,
  type GatewayEngineModel,
  type IGatewayEngine,
} from './gateway-engine';
import { POLICY_METRICS } from './policy-metrics';

/** File of its configuration. */
const CONFIG_FILE = 'config.yaml';

/** Module of the policy program that LiteLLM calls. */
const HOOKS = 'llm_gateway.litellm_hooks';

/** User of the image, as its Dockerfile has it. */
const USER = 10001;

/** Calls whose answers may be kept: of others LiteLLM does not say whether they were, and they could not be charged rightly. */
const CACHED_CALLS = ['completion', 'acompletion', 'text_completion', 'atext_completion'];

/**
 * LiteLLM as the engine of a gateway, with the policy program in its hooks.
 *
 * What looks safe by default and is not is set here: its timeout of 6,000 s, two retries, a cache that is on for every call, checks that a hook of its own leaves out.
 */
export class LiteLlmEngine implements IGatewayEngine {
  public bind(options: GatewayEngineBindOptions): GatewayEngineConfig {
    const { configDirectory, port, managementPort, shutdownTimeoutSeconds } = options;
    return {
      command: ['python', '-m', 'llm_gateway'],
      args: [`--config=${configDirectory}/${CONFIG_FILE}`, `--port=${port}`, `--management-port=${managementPort}`],
      // Requests in flight end within it; LiteLLM's default is 30 seconds. The hooks set what else it reads from its environment.
      environment: { GRACEFUL_SHUTDOWN_TIMEOUT: String(shutdownTimeoutSeconds) },
      files: { [CONFIG_FILE]: configText(options) },
      userId: USER,
      // One process, of which a free core ends at 33 requests/s with hooks and metrics; 375 MiB after load, and what finds personal data.
      cpus: 1,
      memoryMib: 1024,
      livenessPath: '/health/liveliness',
      readinessPath: '/health/readiness',
      metricsPath: '/metrics',
      metrics: POLICY_METRICS,
      // 12 s on a quiet machine, 15 to 41 s on a busy one.
      expectedStartupSeconds: 45,
      startupBudgetSeconds: 180,
    };
  }
}

/** JSON, which YAML includes but for numbers such as 2e-7: to PyYAML that is text. */
function configText(options: GatewayEngineBindOptions): string {
  return JSON.stringify(config(options), undefined, 2).replace(
    /("(?:input|output)_cost_per_token": )([\d.e-]+)/g,
    (_, key: string, cost: string) => `${key}${decimal(Number(cost))}`,
  );
}

function config(options: GatewayEngineBindOptions): object {
  const { models, requestTimeoutSeconds, cacheSeconds } = options;
  const endpoints = models.map(({ endpoint }) => endpoint);
  return {
    model_list: models.map((model) => modelOf(model, options)),
    litellm_settings: {
      request_timeout: requestTimeoutSeconds,
      num_retries: 0,
      // A fallback of another provider may not know every parameter.
      drop_params: true,
      // Not `prometheus`: the policy program counts, with labels of the configuration alone. LiteLLM's hold addresses and names of callers.
      callbacks: [`${HOOKS}.policy_hook`],
      turn_off_message_logging: true,
      enable_post_custom_auth_checks: true,
      ...(cacheSeconds === undefined
        ? { cache: false }
        : {
            cache: true,
            // Without it the key leaves out fields such as top_k and guided_json, and another question's answer is served.
            enable_caching_on_provider_specific_optional_params: true,
            cache_params: {
              type: 'redis',
              url: 'os.environ/REDIS_URL',
              ttl: cacheSeconds,
              // The hook turns it on for tenants that asked for it, in a namespace of each.
              mode: 'default_off',
              supported_call_types: CACHED_CALLS,
            },
          }),
    },
    router_settings: {
      routing_strategy: 'simple-shuffle',
      timeout: requestTimeoutSeconds,
      num_retries: 0,
      // Replicas tell each other which model is left alone.
      redis_url: 'os.environ/REDIS_URL',
      fallbacks: liteLlmFallbacks(endpoints),
      context_window_fallbacks: contextWindowFallbacks(models),
    },
    general_settings: {
      custom_auth: `${HOOKS}.user_api_key_auth`,
      // Without it a hook's list of models is not looked at, of fallbacks neither.
      custom_auth_run_common_checks: true,
      disable_spend_logs: true,
    },
  };
}

function modelOf(model: GatewayEngineModel, { allowedFailures, cooldownSeconds }: GatewayEngineBindOptions): object {
  const { endpoint, maxInputTokens, maxOutputTokens, timeoutSeconds } = model;
  return {
    model_name: endpoint.modelName,
    litellm_params: {
      ...liteLlmParameters(endpoint),
      timeout: timeoutSeconds,
      // Of the client that sends the request; it would send it again by itself.
      max_retries: 0,
      input_cost_per_token: model.inputUsdPerMillionTokens / 1e6,
      output_cost_per_token: model.outputUsdPerMillionTokens / 1e6,
    },
    model_info: {
      id: endpoint.modelName,
      max_input_tokens: maxInputTokens,
      max_output_tokens: maxOutputTokens,
      // Of the whole router, 3 would be taken for not set, because it is LiteLLM's default, and then one model alone is never left alone.
      allowed_fails: allowedFailures,
      cooldown_time: cooldownSeconds,
    },
  };
}

/** Of the fallbacks of each model, those that take more. */
function contextWindowFallbacks(models: readonly GatewayEngineModel[]): object[] {
  const limits = new Map(models.map(({ endpoint, maxInputTokens }) => [endpoint.modelName, maxInputTokens]));
  return models.flatMap(({ endpoint, maxInputTokens }) => {
    const larger = fallbacksOf(endpoint)
      .map(({ modelName }) => modelName)
      .filter((name) => (limits.get(name) ?? 0) > maxInputTokens);
    return larger.length > 0 ? [{ [endpoint.modelName]: larger }] : [];
  });
}

/** A cost a token in digits alone; the sixteenth one of a dollar is nobody's. */
function decimal(cost: number): string {
  return cost.toFixed(16).replace(/\.?0+$/, '');
}
