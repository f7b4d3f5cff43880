import { MODEL_NAMESPACE } from '../platform/names';
import { DEFAULT_VLLM_VERSION } from './engines/vllm-versions';
import type { ModelServiceOptions, ModelServiceProps } from './model-service';

/** Options of a model that says who it is and how many. */
export interface NamedOptions extends ModelServiceOptions {
  readonly namespace: string;
  readonly modelName: string;
  readonly replicas: number;
}

/** Fills in what a model need not say; `modelName` has a default only where there is a construct. */
export function withDefaults<T extends ModelServiceOptions>(options: T): T & NamedOptions {
  return {
    ...options,
    namespace: options.namespace ?? MODEL_NAMESPACE,
    modelName: options.modelName ?? '',
    replicas: options.replicas ?? 2,
    image: options.image ?? (options.engine ? undefined : `vllm/vllm-openai:v${DEFAULT_VLLM_VERSION}`),
  };
}

/** The same for a construct, which has an id and may be on a platform. */
export function withPlatform(id: string, props: ModelServiceProps): ModelServiceProps {
  const { platform } = props;
  return {
    ...props,
    provider: props.provider ?? platform?.provider,
    namespace: props.namespace ?? platform?.modelNamespace,
    modelName: props.modelName ?? kebabCase(id),
    weightsBucket: props.weightsBucket ?? (props.weights ? platform?.weights : undefined),
  };
}

/** Problems of where a model is to run. */
export function platformProblems({ platform, provider }: ModelServiceProps): string[] {
  if (!platform && !provider) return ['platform: expected a platform, or the provider of a cluster, got neither; give LlmPlatform, or LlmPlatform.fromLlmPlatformAttributes for one of another app'];
  return platform && provider && platform.provider !== provider
    ? ['provider: expected none beside platform, got another one; leave it out']
    : [];
}

/** `ChatLarge` as `chat-large`. */
function kebabCase(id: string): string {
  return id.replace(/([a-z0-9])([A-Z])/g, '$1-$2').replace(/([A-Z])([A-Z][a-z])/g, '$1-$2').toLowerCase();
}
