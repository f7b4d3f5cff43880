import { type KubernetesObject, type ObjectMetadata } from '../constructs/kubernetes/contract/release-document';

/** Milliseconds after which a request counts as unanswered; an admission webhook may take 10 s of them by default, 30 at most. */
export const ANSWER_TIMEOUT = 20_000;

/** Names one object. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** Which objects of a kind to list. */
export interface ListOptions {
  /** As in `app=chat`. @default - all */
  readonly labelSelector?: string;
  /** As in `involvedObject.name=chat`. @default - all */
  readonly fieldSelector?: string;
}

/** What the handler asks of an API server. */
export interface KubernetesClient {
  /**
   * The object, or undefined when it, or its kind, does not exist. Of a kind that is no longer served in this version it is the
   * object in another one.
   */
  find(reference: ObjectReference): Promise<KubernetesObject | undefined>;

  /** The metadata of an object, or undefined when it, or its kind, does not exist. A CRD, for one, may have a megabyte of the rest. */
  findMetadata(reference: ObjectReference): Promise<ObjectMetadata | undefined>;

  /** The objects of a kind, in one namespace or in all; empty when the kind does not exist. */
  list(apiVersion: string, kind: string, namespace?: string, options?: ListOptions): Promise<KubernetesObject[]>;

  /** Server-side apply that takes over fields which others own; a field that the server does not know is an error. */
  apply(object: KubernetesObject, options?: { dryRun?: boolean }): Promise<KubernetesObject>;

  create(object: KubernetesObject): Promise<KubernetesObject>;

  /** @throws HTTP 409 when the object has changed since it was read */
  replace(object: KubernetesObject): Promise<KubernetesObject>;

  /**
   * Merges a change into an object, or into one of its subresources.
   *
   * @param fieldManager who the server is told it is
   */
  merge(
    reference: ObjectReference,
    change: { metadata?: object; [field: string]: unknown },
    subresource?: string,
    fieldManager?: string,
  ): Promise<void>;

  /**
   * Deletes an object; absence is success.
   *
   * @param options.dependentsFirst the object stays until everything that it owns is gone
   * @param options.asRead the object as it was read: one that has changed since is not deleted
   * @throws HTTP 409 when the object has changed since it was read
   */
  remove(reference: ObjectReference, options?: { dependentsFirst?: boolean; asRead?: KubernetesObject }): Promise<void>;
}

/** An answer of the API server that is no success. */
export class ApiError extends Error {
  /**
   * @param code HTTP status
   * @param body what the server said: its Status object, or any text
   */
  constructor(
    public readonly code: number,
    public readonly body: string | object | undefined,
  ) {
    super(messageIn(body) ?? `HTTP ${code}`);
  }
}

/** True when the API server answered an error of one of these HTTP statuses. */
export function isStatus(error: unknown, ...statuses: number[]): error is ApiError {
  return error instanceof ApiError && statuses.includes(error.code);
}

/** What the server answers with 500 although it will answer the same again: a field, or a version of a kind, that it does not know. */
const NEVER_PASSES =
  /field not declared in schema|failed to create typed (patch|live) object|failed to prune fields|invalid group\/version|request is too large/;

/** True for errors that pass by themselves: the server is starting, overloaded or out of reach. */
export function isTransient(error: unknown): boolean {
  if (isStatus(error, 500)) return !NEVER_PASSES.test(messageOf(error));
  if (isStatus(error, 429, 502, 503, 504)) return true;
  if (error instanceof ApiError) return false;
  if (((error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode ?? 0) >= 500)
    return true;
  const text = error instanceof Error ? `${error.name} ${(error as NodeJS.ErrnoException).code} ${error.message}` : '';
  return /TimeoutError|ECONNREFUSED|ECONNRESET|ECONNABORTED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|socket hang up|network timeout|premature close/i.test(
    text,
  );
}

/** True when a connection that was there ended before the whole answer had come. */
export function isBrokenConnection(error: unknown): boolean {
  return (
    !(error instanceof ApiError) &&
    error instanceof Error &&
    /ECONNRESET|EPIPE|socket hang up|premature close/i.test(`${(error as NodeJS.ErrnoException).code} ${error.message}`)
  );
}

/** What the server answers to the path of a kind that it lists but does not serve, as opposed to an object that does not exist. */
const NOT_SERVED = /the server could not find the requested resource|404 page not found/;

/**
 * True when the cluster does not know the kind, that is, its CRD is missing or does not serve it yet.
 *
 * Only a plain "not found" says so: a discovery that was refused or did not answer says nothing about the kind.
 */
export function isUnknownKind(error: unknown): boolean {
  // The client puts these words before what the server said about the kinds that it serves.
  if (isStatus(error, 404))
    return /^Failed to fetch resource metadata/.test(error.message) || NOT_SERVED.test(error.message);
  return error instanceof Error && /Unrecognized API version and kind/.test(error.message);
}

/** True when the server does not know who asks, or that identity may not do what it asks; an admission that refuses answers otherwise. */
export function isAccessRefused(error: unknown): boolean {
  return isStatus(error, 401) || (isStatus(error, 403) && /User "[^"]*" cannot /.test(error.message));
}

/** True when the object cannot be created because its namespace does not exist or is being deleted. */
export function isNamespaceGone(error: unknown): boolean {
  return (
    (isStatus(error, 404) && /^namespaces "[^"]*" not found/.test(error.message)) ||
    (isStatus(error, 403) && /it is being terminated/.test(error.message))
  );
}

/** True when the server refused nothing but changes of fields that cannot be changed. */
export function isImmutable(error: unknown): boolean {
  if (!isStatus(error, 422)) return false;
  const { details } = parse(error.body) as { details?: { causes?: { message?: string }[] } };
  const causes = details?.causes ?? [];
  return causes.length > 0 && causes.every(({ message }) => message?.includes('field is immutable'));
}

/** The message of the API server, or the first line of that of any other error. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return error instanceof Error ? error.message.split('\n')[0] : String(error);
}

function messageIn(body: ApiError['body']): string | undefined {
  return (parse(body) as { message?: string }).message;
}

function parse(body: ApiError['body']): object {
  if (typeof body !== 'string') return body ?? {};
  try {
    return JSON.parse(body) as object;
  } catch {
    return { message: body.slice(0, 300) };
  }
}
