import { type CloudFormationCustomResourceEvent } from 'aws-lambda';
import { type DeployTimeValues } from '../constructs/kubernetes/contract/release-document';
import { type ObjectReference } from '../kubernetes-client/kubernetes-client';

/** What CloudFormation asks of a release. */
export interface ReleaseRequest {
  readonly type: 'Create' | 'Update' | 'Delete';
  /** Unique for each request, including the one of a rollback. */
  readonly id: string;
  /** Start of the request in milliseconds since the epoch; orders requests. */
  readonly startedAt: number;
  /** Account, region, stack name and logical id of the custom resource. */
  readonly owner: string;
  readonly name: string;
  readonly namespace: string;
  readonly bucket: string;
  readonly key: string;
  /** SHA-256 of the asset, hexadecimal. */
  readonly sha256: string;
  readonly values: DeployTimeValues;
  /** Seconds after `startedAt` at which the request fails. */
  readonly deadlineSeconds: number;
  readonly detached: boolean;
  readonly deleteEverything: boolean;
  readonly adopt: boolean;
  /**
   * Objects of others that must be healthy before the release is.
   *
   * @default - none
   */
  readonly waitFor?: readonly ObjectReference[];
  /** A person asks for what was deployed last, beside CloudFormation. */
  readonly manual?: boolean;
}

/** The event of the provider framework: CloudFormation's, with what `onEvent` returned. */
export type ProviderEvent = CloudFormationCustomResourceEvent & { StartedAt?: number; PhysicalResourceId?: string };

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads a request from an event.
 *
 * @throws one error that lists every property that is missing or malformed
 */
export function readRequest(event: ProviderEvent): ReleaseRequest {
  const given = event.ResourceProperties as Record<string, unknown>;
  const problems: string[] = [];
  const text = (property: string, pattern: RegExp, expected: string): string => {
    const value = given[property];
    if (typeof value === 'string' && pattern.test(value)) return value;
    problems.push(`${property}: expected ${expected}, got ${JSON.stringify(value)}`);
    return '';
  };
  const flag = (property: string): boolean => given[property] === 'true' || given[property] === true;

  const request: ReleaseRequest = {
    type: event.RequestType,
    id: event.RequestId,
    startedAt: event.StartedAt ?? 0,
    owner: ownerOf(event.StackId, event.LogicalResourceId),
    name: text('ReleaseName', DNS_LABEL, 'a DNS label'),
    namespace: text('Namespace', DNS_LABEL, 'a DNS label'),
    bucket: text('Bucket', /./, 'the name of the asset bucket'),
    key: text('Key', /./, 'the key of the asset'),
    sha256: text('Sha256', /^[0-9a-f]{64}$/, 'the SHA-256 of the asset'),
    values: (given.Values ?? {}) as DeployTimeValues,
    deadlineSeconds: Number(text('DeadlineSeconds', /^\d+$/, 'whole seconds')),
    detached: flag('Detached'),
    deleteEverything: flag('DeleteEverything'),
    adopt: flag('Adopt'),
    waitFor: given.WaitFor as ReleaseRequest['waitFor'],
  };
  if (problems.length > 0) throw new Error(`release: ${problems.join('; ')}`);
  return request;
}

/**
 * The stack without its unique suffix, so that a stack that is created again after a failed creation, as the CDK CLI
 * does, still owns what it left behind.
 */
function ownerOf(stackId: string, logicalId: string): string {
  return `${stackId.replace(/\/[^/]*$/, '')}/${logicalId}`;
}
