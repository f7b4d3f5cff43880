import { Duration } from 'aws-cdk-lib';
import { type GatewayOptions, TenantCache } from '../../../constructs/gateway';
import { ModelRoutes } from '../../../constructs/model-providers';
import { fileOf, find, inCluster, modelOf, openAi, render, tenantOf } from './gateway';

const last = openAi('last');
const chat = { ...inCluster('chat'), fallback: last };
const models = [modelOf(chat), modelOf(last, { maxInputTokens: 1_000_000, timeout: Duration.seconds(90) })];

interface Config {
  model_list: { model_name: string; litellm_params: Record<string, unknown>; model_info: Record<string, unknown> }[];
  litellm_settings: Record<string, unknown>;
  router_settings: Record<string, unknown>;
  general_settings: Record<string, unknown>;
}

const configOf = (overrides: Partial<GatewayOptions> = {}) =>
  fileOf({ models, ...overrides }, 'config.yaml') as unknown as Config;

test('models are called as ModelRoutes says', () => {
  const routes = JSON.parse(new ModelRoutes([chat]).configText()) as Config;
  expect(configOf()).toMatchObject(routes);
  expect(configOf().model_list[0]).toEqual({
    model_name: 'chat',
    litellm_params: {
      model: 'hosted_vllm/chat',
      api_base: 'http://chat.models.svc:8000/v1',
      timeout: 600,
      max_retries: 0,
      input_cost_per_token: 2e-7,
      output_cost_per_token: 6e-7,
    },
    model_info: {
      id: 'chat',
      max_input_tokens: 16_384,
      max_output_tokens: 4096,
      allowed_fails: 3,
      cooldown_time: 30,
    },
  });
});

test('numbers are such that PyYAML takes them for numbers', () => {
  const text = find(render({ models }), 'ConfigMap').data['config.yaml'];
  expect(text).toContain('"input_cost_per_token": 0.0000002,');
  expect(text).not.toMatch(/\d[eE][-+]?\d/);
  expect(configOf({ models: [modelOf(chat, { inputUsdPerMillionTokens: 0 }), models[1]] }).model_list[0]).toMatchObject(
    {
      litellm_params: { input_cost_per_token: 0 },
    },
  );
});

test('nothing waits for 6,000 s, and nothing is sent twice', () => {
  const { litellm_settings, router_settings, model_list } = configOf({ requestTimeout: Duration.minutes(5) });
  expect(litellm_settings).toMatchObject({ request_timeout: 300, num_retries: 0 });
  expect(router_settings).toMatchObject({ timeout: 300, num_retries: 0 });
  expect(model_list.map(({ litellm_params: { timeout, max_retries } }) => [timeout, max_retries])).toEqual([
    [300, 0],
    [90, 0],
  ]);
});

test('another model is asked after an error, and after too long a prompt only one that takes more', () => {
  expect(configOf().router_settings).toMatchObject({
    fallbacks: [{ chat: ['last'] }],
    context_window_fallbacks: [{ chat: ['last'] }],
  });
  expect(configOf({ models: [models[0], modelOf(last)] }).router_settings).toMatchObject({
    fallbacks: [{ chat: ['last'] }],
    context_window_fallbacks: [],
  });
});

test('a model that fails is left alone, and the replicas tell each other', () => {
  const { model_list, router_settings } = configOf({
    circuitBreaker: { allowedFailures: 1, cooldown: Duration.seconds(5) },
  });
  for (const { model_info } of model_list) expect(model_info).toMatchObject({ allowed_fails: 1, cooldown_time: 5 });
  expect(router_settings.redis_url).toBe('os.environ/REDIS_URL');
  // There its own default, 3, counts as nothing.
  expect(router_settings).not.toHaveProperty('allowed_fails');
});

test('answers are kept only where a tenant asks for it, and then for whom the hook says', () => {
  expect(configOf().litellm_settings).toMatchObject({ cache: false });
  expect(configOf().litellm_settings).not.toHaveProperty('cache_params');
  const { litellm_settings } = configOf({
    tenants: [tenantOf('search', { cache: TenantCache.EXACT })],
    cacheTimeToLive: Duration.minutes(10),
  });
  expect(litellm_settings).toMatchObject({
    cache: true,
    enable_caching_on_provider_specific_optional_params: true,
    cache_params: {
      type: 'redis',
      url: 'os.environ/REDIS_URL',
      ttl: 600,
      mode: 'default_off',
      supported_call_types: ['completion', 'acompletion', 'text_completion', 'atext_completion'],
    },
  });
});

test('the policy program alone is called, and alone counts: labels of LiteLLM are personal, or of one caller', () => {
  expect(configOf().litellm_settings.callbacks).toEqual(['llm_gateway.litellm_hooks.policy_hook']);
});

test('every request is decided by the policy program', () => {
  const { general_settings, litellm_settings } = configOf();
  expect(general_settings).toMatchObject({
    custom_auth: 'llm_gateway.litellm_hooks.user_api_key_auth',
    custom_auth_run_common_checks: true,
  });
  expect(litellm_settings).toMatchObject({
    enable_post_custom_auth_checks: true,
    turn_off_message_logging: true,
  });
});
