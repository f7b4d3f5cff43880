import type { ModelServiceProps } from './model-service';

/** The props of a model with what its construct and its platform say of it. */
export function onPlatform(id: string, props: ModelServiceProps): ModelServiceProps {
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
