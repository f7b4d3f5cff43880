import { isUnresolved } from '../checks/unresolved';
import { PROFILE_SOURCE, PROFILES } from './inference-profile-table';

const GLOBAL = 'global.';
const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;
const MODEL_ID = /^[a-z0-9-]+\.[a-z0-9][\w.:-]*$/i;

/** A profile that is not listed. */
export interface InferenceProfileOptions {
  /** Id of the profile, such as `us.anthropic.claude-sonnet-4-6`. */
  readonly profileId: string;

  /** Regions that a request may be answered in, as the model's card has them for the region that calls. */
  readonly destinationRegions: string[];

  /**
   * Id of the foundation model.
   *
   * @default - the profile's id without its first label
   */
  readonly foundationModelId?: string;
}

/**
 * Where Bedrock may answer the requests for a model.
 *
 * | profile | requests are answered |
 * |---|---|
 * | geographic, `us.…`, `eu.…` and so on | in any region of the geography |
 * | global, `global.…` | in any commercial region |
 * | in region | in the region that is called |
 *
 * @example
 * const profile = InferenceProfile.fromProfileId('eu.anthropic.claude-sonnet-4-6');
 */
export class InferenceProfile {
  /** Where the regions of the listed profiles come from, and of which day. */
  public static readonly SOURCE = PROFILE_SOURCE;

  /** Ids of the geographic profiles whose regions are known. */
  public static knownProfileIds(): string[] {
    return Object.keys(PROFILES);
  }

  /**
   * A listed geographic profile, or a global one of any model.
   *
   * @throws when the profile is not listed.
   */
  public static fromProfileId(profileId: string): InferenceProfile {
    if (profileId.startsWith(GLOBAL)) return new InferenceProfile({ profileId, destinationRegions: [] });
    const regions = PROFILES[profileId] as (typeof PROFILES)[string] | undefined;
    if (regions === undefined) {
      const model = profileId.slice(profileId.indexOf('.') + 1);
      const like = Object.keys(PROFILES).filter(
        (id) => id.endsWith(`.${model}`) || id.startsWith(profileId.slice(0, -4)),
      );
      throw new Error(
        `profileId: expected a listed inference profile, got ${JSON.stringify(profileId)}; ${like.length > 0 ? `did you mean ${like.join(' or ')}? Else give` : 'give'} its destination regions with InferenceProfile.of`,
      );
    }
    const { destinations, sources } = regions;
    return new InferenceProfile({ profileId, destinationRegions: [...destinations] }, [...destinations, ...sources]);
  }

  /**
   * A geographic profile that is not listed.
   *
   * @throws when the id or a region is malformed; the error lists every problem.
   */
  public static of(options: InferenceProfileOptions): InferenceProfile {
    const { profileId, destinationRegions } = options;
    const problems: string[] = [];
    if (profileId.startsWith(GLOBAL))
      problems.push(
        `profileId: expected a geographic profile, got ${JSON.stringify(profileId)}; fromProfileId takes a global one, which has no list of regions`,
      );
    if (destinationRegions.length === 0)
      problems.push('destinationRegions: expected at least one region, got none; copy them from the card of the model');
    problems.push(
      ...destinationRegions
        .filter((region) => !isUnresolved(region) && !REGION.test(region))
        .map(
          (region) =>
            `destinationRegions: expected regions such as us-east-1, got ${JSON.stringify(region)}; copy them from the card of the model`,
        ),
    );
    if (problems.length > 0) throw new Error(problems.join('\n'));
    return new InferenceProfile(options);
  }

  /** No profile: the model is asked in the region that is called. Many models of Bedrock are not offered so. */
  public static inRegion(foundationModelId: string): InferenceProfile {
    return new InferenceProfile({ profileId: '', foundationModelId, destinationRegions: [] });
  }

  /** Id of the profile; undefined when the model is asked without one. */
  public readonly profileId?: string;

  /** Id of the foundation model. */
  public readonly foundationModelId: string;

  private readonly destinations: readonly string[];

  private constructor(
    options: InferenceProfileOptions,
    private readonly sources: readonly string[] = [],
  ) {
    const { profileId, foundationModelId = profileId.slice(profileId.indexOf('.') + 1) } = options;
    if (profileId !== '' && !isUnresolved(profileId) && !/^[a-z-]+\.[a-z0-9-]+\.[\w.:-]+$/i.test(profileId))
      throw new Error(
        `profileId: expected <geography>.<provider>.<model>, got ${JSON.stringify(profileId)}; copy it from the card of the model`,
      );
    if (!isUnresolved(foundationModelId) && !MODEL_ID.test(foundationModelId))
      throw new Error(
        `foundationModelId: expected <provider>.<model>, got ${JSON.stringify(foundationModelId)}; copy it from the card of the model`,
      );
    this.profileId = profileId === '' ? undefined : profileId;
    this.foundationModelId = foundationModelId;
    this.destinations = options.destinationRegions;
  }

  /** Whether requests may be answered in any commercial region. */
  public get isGlobal(): boolean {
    return this.profileId?.startsWith(GLOBAL) ?? false;
  }

  /**
   * Regions that a request may be answered in, besides any commercial one for a global profile.
   *
   * @param sourceRegion region that is called
   */
  public destinationRegions(sourceRegion: string): string[] {
    return [...new Set([sourceRegion, ...this.destinations])].sort();
  }

  /**
   * What is wrong with calling the profile from a region, one problem per line; empty when nothing is, or when it is not known.
   *
   * @internal
   */
  public _problemsFrom(sourceRegion: string): string[] {
    return this.sources.length === 0 || isUnresolved(sourceRegion) || this.sources.includes(sourceRegion)
      ? []
      : [
          `profile: expected a region that may call ${this.profileId} (${this.sources.join(', ')}), got ${sourceRegion}; choose the profile of its geography, or one of InferenceProfile.of when AWS has added the region`,
        ];
  }
}
