import {
  CloudFormation,
  paginateDescribeStackEvents,
  paginateListStackResources,
  type StackEvent as SdkStackEvent,
} from '@aws-sdk/client-cloudformation';
import { type ReleaseSummary } from '../../../constructs/kubernetes/contract/release-operations';

/** A CloudFormation stack. */
export interface Stack {
  readonly name: string;
  /** As in `UPDATE_COMPLETE`. */
  readonly status: string;
}

/** A resource of a stack, or what happened to it. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  /** As in `UPDATE_FAILED`. */
  readonly status: string;
  /** Why, of a status that means a failure. */
  readonly reason?: string;
  /** When it got the status. */
  readonly at?: Date;
}

/** An event of a stack. */
export interface StackEvent extends StackResource {
  readonly at: Date;
  /** True when it is about the stack itself and not about one of its resources. */
  readonly ofStack: boolean;
}

/** Stacks of one account and region. */
export type Stacks = Pick<CloudFormationStacks, keyof CloudFormationStacks>;

/** Where a release belongs: the stack and the resource in it; undefined for an owner that is not of CloudFormation. */
export function ownerOf({
  owner,
}: Pick<ReleaseSummary, 'owner'>): { readonly stack: string; readonly logicalId: string } | undefined {
  const [, stack, logicalId] = /:stack\/([^/]+)\/(.+)$/.exec(owner) ?? [];
  return stack === undefined ? undefined : { stack, logicalId };
}

/** Stacks as CloudFormation describes them to the present AWS identity. */
export class CloudFormationStacks {
  private readonly client: CloudFormation;

  public constructor(region: string) {
    this.client = new CloudFormation({ region });
  }

  /** @returns undefined when there is none of that name */
  public async find(name: string): Promise<Stack | undefined> {
    try {
      const { Stacks: [found] = [] } = await this.client.describeStacks({ StackName: name });
      return found && { name: found.StackName ?? name, status: found.StackStatus ?? '' };
    } catch (error) {
      // CloudFormation has no error of its own for it.
      if ((error as Error).name === 'ValidationError' && /does not exist/.test((error as Error).message))
        return undefined;
      throw error;
    }
  }

  public async resources(name: string): Promise<StackResource[]> {
    const resources: StackResource[] = [];
    for await (const { StackResourceSummaries = [] } of paginateListStackResources(
      { client: this.client },
      { StackName: name },
    )) {
      resources.push(
        ...StackResourceSummaries.map((summary) => ({
          ...resourceOf(summary),
          ...(summary.LastUpdatedTimestamp ? { at: summary.LastUpdatedTimestamp } : {}),
        })),
      );
    }
    return resources;
  }

  /**
   * Lets CloudFormation continue with a rollback that failed.
   *
   * @param skip logical ids of resources that are left as they are
   * @param token identifies the request: its events carry it
   */
  public async continueRollback(name: string, skip: readonly string[], token: string): Promise<void> {
    await this.client.continueUpdateRollback({
      StackName: name,
      ResourcesToSkip: skip.length > 0 ? [...skip] : undefined,
      ClientRequestToken: token,
    });
  }

  /** Events of the request with this token, oldest first. */
  public async events(name: string, token: string): Promise<StackEvent[]> {
    const events: StackEvent[] = [];
    for await (const { StackEvents = [] } of paginateDescribeStackEvents(
      { client: this.client },
      { StackName: name },
    )) {
      const own = StackEvents.filter(({ ClientRequestToken }) => ClientRequestToken === token);
      events.push(
        ...own.map((event) => ({
          ...resourceOf(event),
          at: event.Timestamp ?? new Date(0),
          ofStack: event.PhysicalResourceId === event.StackId,
        })),
      );
      // They come newest first; what is older than the request is of no interest.
      if (own.length < StackEvents.length) break;
    }
    return events.reverse();
  }
}

function resourceOf(
  resource: Partial<
    Pick<SdkStackEvent, 'LogicalResourceId' | 'ResourceType' | 'ResourceStatus' | 'ResourceStatusReason'>
  >,
): StackResource {
  const { LogicalResourceId = '', ResourceType = '', ResourceStatus = '', ResourceStatusReason: reason } = resource;
  return {
    logicalId: LogicalResourceId,
    type: ResourceType,
    status: ResourceStatus,
    ...(reason ? { reason: messageIn(reason) } : {}),
  };
}

/** What a custom resource said, without what CloudFormation and CDK's provider framework put around it. */
function messageIn(reason: string): string {
  const [, message = reason] = /Message returned: ([\s\S]*?)(?: \(RequestId: [^)]*\))?$/.exec(reason) ?? [];
  return message.split('\n')[0].replace(/^Error: /, '');
}
