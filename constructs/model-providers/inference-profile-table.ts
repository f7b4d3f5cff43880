/** Regions of a geography for a model. */
export interface ProfileRegions {
  /** Regions that a request may go to from any source. */
  readonly destinations: readonly string[];
  /** Regions that may call the profile besides; a request from there may be answered there too. */
  readonly sources: readonly string[];
}

const US = ['us-east-1', 'us-east-2', 'us-west-2'];
const EU = ['eu-central-1', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-3'];

const ANTHROPIC_US: ProfileRegions = { destinations: US, sources: ['us-west-1', 'ca-central-1'] };
const ANTHROPIC_EU: ProfileRegions = { destinations: EU, sources: ['eu-central-2', 'eu-west-2'] };
const AUSTRALIA: ProfileRegions = { destinations: ['ap-southeast-2', 'ap-southeast-4'], sources: ['ap-southeast-6'] };
const JAPAN: ProfileRegions = { destinations: ['ap-northeast-1', 'ap-northeast-3'], sources: [] };
const WITH_CALGARY: ProfileRegions = { destinations: US, sources: ['us-west-1', 'ca-central-1', 'ca-west-1'] };

/** Where the regions below come from. */
export const PROFILE_SOURCE =
  'Amazon Bedrock User Guide, model cards, "Geo inference details"; copies of the pages, which bear no date, read on 2026-11-21';

/**
 * Geographic profiles and their regions. Every row of the source fits this form: the destinations of a source are those of the geography,
 * and the source itself. Profiles of GovCloud, and the source il-central-1 of Nova Pro, which adds eu-south-1, are left to `InferenceProfile.of`.
 */
export const PROFILES: Readonly<Record<string, ProfileRegions>> = {
  'us.anthropic.claude-sonnet-4-5-20250929-v1:0': ANTHROPIC_US,
  'eu.anthropic.claude-sonnet-4-5-20250929-v1:0': ANTHROPIC_EU,
  'au.anthropic.claude-sonnet-4-5-20250929-v1:0': AUSTRALIA,
  'jp.anthropic.claude-sonnet-4-5-20250929-v1:0': JAPAN,
  'us.anthropic.claude-sonnet-4-6': WITH_CALGARY,
  'eu.anthropic.claude-sonnet-4-6': ANTHROPIC_EU,
  'au.anthropic.claude-sonnet-4-6': AUSTRALIA,
  'jp.anthropic.claude-sonnet-4-6': JAPAN,
  'us.anthropic.claude-haiku-4-5-20251001-v1:0': ANTHROPIC_US,
  'eu.anthropic.claude-haiku-4-5-20251001-v1:0': ANTHROPIC_EU,
  'au.anthropic.claude-haiku-4-5-20251001-v1:0': AUSTRALIA,
  'jp.anthropic.claude-haiku-4-5-20251001-v1:0': JAPAN,
  'us.amazon.nova-pro-v1:0': { destinations: US, sources: ['us-west-1'] },
  'eu.amazon.nova-pro-v1:0': {
    destinations: ['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-3'],
    sources: ['eu-south-1', 'eu-south-2'],
  },
  'us.amazon.nova-2-lite-v1:0': WITH_CALGARY,
  'eu.amazon.nova-2-lite-v1:0': { destinations: EU, sources: [] },
};
