import type { IReleaseProvider } from '../kubernetes/release-provider';
import type { ILlmPlatform } from './llm-platform';

/** What is wrong with what a construct is to run on, one problem per line: a platform, or the provider of a cluster without one. */
export function targetProblems(platform: ILlmPlatform | undefined, provider: IReleaseProvider | undefined): string[] {
  if (!platform && !provider)
    return [
      'platform: expected a platform, or the provider of a cluster, got neither; give LlmPlatform, or LlmPlatform.fromLlmPlatformAttributes for one of another app',
    ];
  return platform && provider && platform.provider !== provider
    ? ['provider: expected none beside platform, got another one; leave it out']
    : [];
}
